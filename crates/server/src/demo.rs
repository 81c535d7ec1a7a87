//! `countersign demo`: the whole main job on a temporary server, step by step.

mod browser;
mod flow;
mod journal;
mod provision;

use std::{
    io::{self, Write},
    net::TcpListener,
    path::Path,
    sync::Arc,
};

use domain::MasterKeys;
use secrecy::ExposeSecret as _;
use service::{
    Call, Problem,
    links::{self, SignInLinkTo},
};

pub use browser::{Answer, Browser, Form};

use crate::{
    app::{self, ServeError},
    config::{ConfigError, Env, Overrides, Settings},
    core::{Core, OpenError, Use, World},
};
use flow::Flow;
use journal::Journal;

/// Why the demonstration stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A claim did not hold.
    #[error("the demonstration stopped: {0} does not hold")]
    Check(String),
    /// An answer lacks a member.
    #[error("the demonstration stopped: the answer has no {0}")]
    Missing(&'static str),
    /// A page or an answer is not what it should be.
    #[error("the demonstration stopped: {0}")]
    Unexpected(&'static str),
    /// An operation refused.
    #[error("the demonstration could not be prepared")]
    Prepare(#[from] Problem),
    /// The server did not answer.
    #[error("the temporary server did not answer")]
    Http(#[from] reqwest::Error),
    /// The temporary database cannot be opened.
    #[error("the temporary server could not be opened")]
    Open(#[from] OpenError),
    /// The temporary server did not start.
    #[error("the temporary server could not be started")]
    Serve(#[from] ServeError),
    /// The settings of the temporary server do not hold.
    #[error("the temporary server could not be configured")]
    Config(#[from] ConfigError),
    /// The temporary folder or the terminal failed.
    #[error("the temporary folder or the output cannot be written")]
    Io(#[from] io::Error),
}

/// Runs the demonstration; with `keep` the server stays until it is stopped.
///
/// # Errors
///
/// When a step does not check out.
pub async fn run(
    world: &World,
    env: &dyn Env,
    keep: bool,
    out: &mut dyn Write,
) -> Result<(), DemoError> {
    let folder = tempfile::Builder::new().prefix("countersign-demo-").tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let settings = settings(folder.path(), &issuer, env)?;
    let keys = MasterKeys::parse(&MasterKeys::generate(&*world.entropy))
        .map_err(|_reason| DemoError::Unexpected("the new master key cannot be read"))?;
    let core = Arc::new(Core::open(settings, &keys, world.clone(), Use::Serving).await?);
    let running = app::start(&core, listener)?;
    let provision = provision::provision(&core.service, &*world.entropy).await?;

    writeln!(out, "Countersign is running at {issuer} with a temporary database.")?;
    let flow = Flow { issuer: &issuer, http: reqwest::Client::new(), entropy: &*world.entropy };
    let mut journal = Journal::new(&mut *out);
    journal.part("Authorization code flow with PKCE")?;
    flow.authorization_code(&mut journal, &provision).await?;
    journal.part("Client credentials")?;
    flow.client_credentials(&mut journal, &provision.machine).await?;
    writeln!(out, "\nEvery step checked out.")?;

    if keep {
        let signals = app::Signals::catch()?;
        let to = SignInLinkTo::Console;
        let link = links::make_sign_in_link(&core.service, &Call::operator(), provision.person, to)
            .await?;
        let url = link.url.expose_secret();
        writeln!(
            out,
            "\nThe server stays until you press Ctrl+C. Open the control center:\n{url}"
        )?;
        out.flush()?;
        signals.first().await;
    }
    running.stop().await;
    Ok(())
}

fn settings(folder: &Path, issuer: &str, env: &dyn Env) -> Result<Settings, ConfigError> {
    let database = format!("sqlite://{}/demo.db", folder.display());
    let overrides = Overrides::none()
        .command("demo", "server.public_url", issuer)
        .command("demo", "database.url", &database)
        .command("demo", "sample_resource.enabled", "true");
    Ok(Settings::load(None, &overrides, env)?.settings)
}
