//! `countersign serve`.

use std::{io::Write, net::TcpListener, sync::Arc};

use secrecy::ExposeSecret as _;
use service::bootstrap;

use super::{CliError, ServeArgs, open::with_sources};
use crate::{
    app,
    config::{Env, load_or_make_master_keys},
    core::{Core, OpenError, Use, World},
    worker::Workers,
};

/// Serves until a signal; finishes what is in flight.
///
/// # Errors
///
/// When the server cannot be opened or the address is taken.
pub async fn run(
    args: &ServeArgs,
    env: &dyn Env,
    world: &World,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut settings = args.settings.load(env, &mut std::io::stderr())?.settings;
    let (keys, is_new) = load_or_make_master_keys(&settings, &*world.entropy)?;
    let listen = settings.server.listen;
    let listener = TcpListener::bind(listen).map_err(|error| {
        CliError::failure(format!(
            "{listen} cannot be bound ({error}); choose another server.listen"
        ))
    })?;
    let port = listener.local_addr()?.port();
    settings.server.public_url = settings.server.public_url.with_picked_port(port);
    let core = Arc::new(Core::open(settings, &keys, world.clone(), Use::Serving).await?);
    let running =
        app::start(&core, listener).map_err(|error| CliError::failure(with_sources(&error)))?;
    let workers = Workers::start(&core);

    let signals = app::Signals::catch()?;
    writeln!(out, "listening on {}", running.address())?;
    if is_new {
        let file = core.settings.keys.master_key_file.display();
        writeln!(out, "made the master key in {file}; keep a copy apart from the database")?;
    }
    let link = bootstrap::make_set_up_link(&core.service).await.map_err(OpenError::from)?;
    if let Some(link) = link {
        let url = link.url.expose_secret();
        writeln!(out, "set up the first administrator within 30 minutes: {url}")?;
    }
    out.flush()?;
    tracing::info!(
        address = running.address(),
        public_url = core.settings.server.public_url.as_str(),
        database = core.store.kind(),
        "ready"
    );

    signals.first().await;
    let ending = async {
        running.stop().await;
        workers.stop().await;
    };
    // A database that is away would otherwise hold the process for as long as it likes.
    if tokio::time::timeout(app::END_WITHIN, ending).await.is_err() {
        tracing::warn!("ended before everything was written; usage of the last second is lost");
    }
    Ok(())
}
