//! The application: every surface in one place, bound to an address.

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::{Server, ServerHandle},
    http::header,
    web::{Data, ServiceConfig, resource, scope},
};
use api::{AccessTokens, SentToken, TokenFault, Unavailable, VerifiedToken};
use domain::SessionKind;
use engine::{BearerRefusal, DpopRequest, Engine, PresentedToken};
use oauth::{Aliases, Oauth};
use protocol::BearerErrorCode;
use tokio::{signal::unix, task::JoinHandle};
use url::Url;
use web::{
    Edge, Pages, WebConfig, app_defaults, get,
    session::{ServiceStore, console_sessions},
    template::TemplateError,
};

use crate::{
    cli::with_sources,
    config::{ConfigError, tls_server_config},
    core::Core,
    health,
};

/// How long the process may go on once it is told to stop.
pub const END_WITHIN: Duration = Duration::from_secs(10);
/// How much of that requests in flight may take, in seconds; the rest is for the last flush.
const GRACE_SECONDS: u64 = 8;
/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// What pages call the product.
const PRODUCT_NAME: &str = "Countersign";

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    address: String,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

/// Why a server cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The pages do not fit together.
    #[error("the pages cannot be read")]
    Pages(#[from] TemplateError),
    /// The address cannot be used.
    #[error("the address cannot be bound")]
    Bind(#[from] io::Error),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] ConfigError),
    /// The issuer is not an address.
    #[error("server.public_url is not an address")]
    PublicUrl(#[from] url::ParseError),
}

/// Answers on `listener`, on threads of its own.
///
/// # Errors
///
/// When the pages, the certificate or the address cannot be used.
pub fn start(core: &Arc<Core>, listener: TcpListener) -> Result<Running, ServeError> {
    let settings = &core.settings;
    let scheme = if settings.server.tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}", listener.local_addr()?);
    let parts = Parts::of(core)?;
    let factory = move || {
        let parts = parts.clone();
        App::new()
            .configure(|app| parts.mount(app))
            .wrap(Edge::new(parts.web.clone(), parts.pages.clone()))
    };
    let mut server = HttpServer::new(factory)
        .disable_signals()
        .shutdown_timeout(GRACE_SECONDS)
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE);
    if let Some(workers) = settings.server.workers {
        server = server.workers(workers.get());
    }
    let server: Server = match &settings.server.tls {
        Some(files) => server.listen_rustls_0_23(listener, tls_server_config(files)?)?.run(),
        None => server.listen(listener)?.run(),
    };
    let handle = server.handle();
    let task = actix_web::rt::spawn(server);
    Ok(Running { address, handle, task })
}

impl Running {
    /// Where the server answers.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops taking requests and finishes those in flight.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        let _ = self.task.await;
    }
}

/// `SIGTERM` and `SIGINT`, which from now on ask the server to end instead of ending it.
#[derive(Debug)]
pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
}

impl Signals {
    /// Begins to catch them; before anybody is told that the server is there.
    ///
    /// # Errors
    ///
    /// When the system does not allow it.
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(unix::SignalKind::terminate())?,
            interrupt: unix::signal(unix::SignalKind::interrupt())?,
        })
    }

    /// Waits for the first of them.
    pub async fn first(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What every worker's application holds.
#[derive(Clone)]
struct Parts {
    web: Data<WebConfig>,
    pages: Data<Pages>,
    engine: Data<Engine>,
    service: Data<service::Service>,
    store: Data<store::Store>,
    tokens: Data<dyn AccessTokens>,
    oauth: Oauth,
}

impl Parts {
    fn of(core: &Core) -> Result<Self, ServeError> {
        let settings = &core.settings;
        let web = Data::new(WebConfig {
            public_url: Url::parse(settings.server.public_url.as_str())?,
            secure: settings.server.public_url.is_https(),
            trusted_proxies: settings.server.trusted_proxies.clone(),
            product_name: PRODUCT_NAME.to_owned(),
            clock: Arc::clone(&core.world.clock),
            entropy: Arc::clone(&core.world.entropy),
            handles: Arc::clone(&core.handles),
        });
        let oauth = Oauth {
            engine: Arc::clone(&core.engine),
            service: Arc::clone(&core.service),
            web: web.clone(),
            aliases: Aliases {
                wso2: settings.compat.wso2_paths,
                axway: settings.compat.axway_paths,
                akamai: settings.compat.akamai_paths,
            },
            sample_resource: settings.sample_resource.enabled,
        };
        let audience = format!("{}/api", settings.server.public_url.as_str());
        let tokens: Arc<dyn AccessTokens> =
            Arc::new(EngineTokens { engine: Arc::clone(&core.engine), audience });
        Ok(Self {
            web,
            pages: Data::new(Pages::load()?),
            engine: Data::from(Arc::clone(&core.engine)),
            service: Data::from(Arc::clone(&core.service)),
            store: Data::new(core.store.clone()),
            tokens: Data::from(tokens),
            oauth,
        })
    }

    fn mount(&self, app: &mut ServiceConfig) {
        app.app_data(self.engine.clone())
            .app_data(self.service.clone())
            .app_data(self.store.clone())
            .app_data(self.tokens.clone());
        // Paths are tried in this order, so those that programs ask for come first.
        self.oauth.configure(app);
        app.configure(health::routes).service(resource("/").route(get().to(front_door)));
        let store = ServiceStore::new(Arc::clone(&self.service), SessionKind::Console);
        app.configure(api::routes).service(
            scope("/console").configure(console::routes).wrap(console_sessions(&self.web, store)),
        );
        app_defaults(app, &self.web, &self.pages);
    }
}

/// Nobody comes here for the address itself.
async fn front_door() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/console")).finish()
}

/// Lets the management API ask the engine about access tokens, which it does not know.
struct EngineTokens {
    engine: Arc<Engine>,
    audience: String,
}

impl AccessTokens for EngineTokens {
    fn verify<'a>(&'a self, sent: &'a SentToken<'a>) -> api::Verifying<'a> {
        let SentToken { text, scheme, method, path, proof } = *sent;
        let presented = PresentedToken { text, scheme, dpop: DpopRequest { method, path, proof } };
        Box::pin(async move {
            let now = self.engine.now();
            let accepted = self.engine.accept(&presented, now).await.map_err(|error| {
                tracing::error!(
                    error = %with_sources(&error),
                    "a token cannot be checked"
                );
                Unavailable
            })?;
            let token = match accepted {
                Ok(token) if token.is_for(&self.audience) => token,
                Ok(_) => return Ok(Err(self.fault(BearerRefusal::InvalidToken))),
                Err(refusal) => return Ok(Err(self.fault(refusal))),
            };
            Ok(Ok(VerifiedToken {
                client_id: token.client.client.client_id.as_str().to_owned(),
                user_id: token.user_id,
                scope: token.scope.clone(),
            }))
        })
    }
}

impl EngineTokens {
    fn fault(&self, refusal: BearerRefusal) -> TokenFault {
        let nonce = || self.engine.dpop_nonce();
        TokenFault {
            error: refusal.code().as_str(),
            description: refusal.description(),
            dpop_nonce: (refusal.code() == BearerErrorCode::UseDpopNonce).then(nonce),
        }
    }
}
