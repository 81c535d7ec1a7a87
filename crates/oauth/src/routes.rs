//! The one list of the paths of this surface.

use std::sync::Arc;

use actix_web::{
    middleware::from_fn,
    web::{Data, ServiceConfig, post, resource},
};
use domain::SessionKind;
use engine::Engine;
use service::Service;
use web::{
    WebConfig, get,
    session::{ServiceStore, console_sessions, user_sessions},
};

use crate::{
    cors::cors,
    endpoint::{
        authorize, device_authorization, discovery, introspect, jwks, par, protected, revoke,
        token, userinfo,
    },
    interaction::{consent, device, link, login, logout, password, setup},
};

/// Which families of paths lead to the endpoints beside the main one.
///
/// People who come from another system keep the addresses in their clients; the
/// handlers are the same, and metadata names the main paths only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aliases {
    /// `/oauth2/*`, of WSO2 Identity Server and API Manager.
    pub wso2: bool,
    /// `/api/oauth/*`, of Axway API Gateway.
    pub axway: bool,
    /// `/v1/*`, of Akamai.
    pub akamai: bool,
}

/// The surface of the protocol, and what it works with.
#[derive(Clone)]
pub struct Oauth {
    /// What decides.
    pub engine: Arc<Engine>,
    /// What people can do for themselves.
    pub service: Arc<Service>,
    /// What pages are told of the server.
    pub web: Data<WebConfig>,
    /// Which families of paths are served beside the main one.
    pub aliases: Aliases,
    /// Whether the sample protected resource answers.
    pub sample_resource: bool,
}

impl Oauth {
    /// Adds every path of the surface, and the data its handlers take.
    ///
    /// Before the management API, whose prefix `/api` one of the families shares.
    pub fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(Data::from(Arc::clone(&self.engine)))
            .app_data(Data::from(Arc::clone(&self.service)));
        // Those that are asked most come first, as paths are tried in this order.
        self.programs(app);
        self.authorize(app);
        self.people(app);
        self.console(app);
    }

    /// The prefixes under which the endpoints answer.
    fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        let Aliases { wso2, axway, akamai } = self.aliases;
        [(true, ""), (wso2, "/oauth2"), (axway, "/api/oauth"), (akamai, "/v1")]
            .into_iter()
            .filter_map(|(is_on, prefix)| is_on.then_some(prefix))
    }

    fn authorize(&self, app: &mut ServiceConfig) {
        for prefix in self.prefixes() {
            let endpoint = resource(format!("{prefix}/authorize"))
                .route(get().to(authorize::authorize))
                .route(post().to(authorize::authorize));
            let sessions = user_sessions(&self.web, self.sessions(SessionKind::User));
            app.service(endpoint.wrap(sessions));
        }
    }

    /// Endpoints that programs call; each tells other methods what it takes.
    fn programs(&self, app: &mut ServiceConfig) {
        for prefix in self.prefixes() {
            let open = |path: &str| resource(format!("{prefix}/{path}"));
            app.service(open("token").to(token::token).wrap(from_fn(cors)))
                .service(open("introspect").to(introspect::introspect))
                .service(open("par").to(par::par))
                .service(open("userinfo").to(userinfo::userinfo).wrap(from_fn(cors)))
                .service(open("revoke").to(revoke::revoke).wrap(from_fn(cors)))
                .service(resource(format!("{prefix}/jwks")).to(jwks::jwks))
                .service(
                    open("device_authorization").to(device_authorization::device_authorization),
                );
        }
        if self.aliases.wso2 {
            // The one name that differs there.
            let path = "/oauth2/device_authorize";
            app.service(resource(path).to(device_authorization::device_authorization));
        }
        for name in ["openid-configuration", "oauth-authorization-server"] {
            let path = format!("/.well-known/{name}");
            app.service(resource(path).to(discovery::discovery));
        }
        if self.sample_resource {
            app.service(resource("/oauth/protected").to(protected::protected));
        }
    }

    /// Pages in the session of people.
    fn people(&self, app: &mut ServiceConfig) {
        let pages = [
            resource("/login").route(get().to(login::show)).route(post().to(login::submit)),
            resource("/consent").route(get().to(consent::show)).route(post().to(consent::submit)),
            resource("/device").route(get().to(device::show)).route(post().to(device::submit)),
            resource("/device/done").route(get().to(device::done)),
            resource("/device/denied").route(get().to(device::denied)),
            resource("/logout").route(get().to(logout::show)).route(post().to(logout::forward)),
            resource("/logout/confirm").route(post().to(logout::submit)),
            resource("/password/{token}")
                .route(get().to(password::show))
                .route(post().to(password::submit)),
            resource("/link/{token}").route(get().to(link::show)).route(post().to(link::submit)),
        ];
        for page in pages {
            let sessions = user_sessions(&self.web, self.sessions(SessionKind::User));
            app.service(page.wrap(sessions));
        }
    }

    /// Pages that begin a session of the control center.
    fn console(&self, app: &mut ServiceConfig) {
        let pages = [
            resource("/login/console")
                .route(get().to(login::show_for_console))
                .route(post().to(login::submit_for_console)),
            resource("/link/console/{token}")
                .route(get().to(link::show_for_console))
                .route(post().to(link::submit_for_console)),
            resource("/setup").route(get().to(setup::show)).route(post().to(setup::submit)),
        ];
        for page in pages {
            let sessions = console_sessions(&self.web, self.sessions(SessionKind::Console));
            app.service(page.wrap(sessions));
        }
    }

    fn sessions(&self, kind: SessionKind) -> ServiceStore {
        ServiceStore::new(Arc::clone(&self.service), kind)
    }
}

impl std::fmt::Debug for Oauth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oauth")
            .field("aliases", &self.aliases)
            .field("sample_resource", &self.sample_resource)
            .finish_non_exhaustive()
    }
}
