//! Another server that speaks TLS, for what is fetched from elsewhere.

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use ::server::config::{TlsFiles, tls_server_config};
use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::StatusCode,
    web::{self, Data},
};

/// What a host answers.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: String,
    /// Where it sends to, if anywhere.
    pub location: Option<String>,
    /// The body.
    pub body: String,
    /// How long it takes.
    pub delay: Duration,
}

impl Page {
    /// A JSON document.
    #[must_use]
    pub fn json(body: &serde_json::Value) -> Self {
        Self {
            status: 200,
            content_type: "application/json".to_owned(),
            location: None,
            body: body.to_string(),
            delay: Duration::ZERO,
        }
    }
}

/// A host on the loopback whose certificate [`HttpsHost::authority`] signed.
pub struct HttpsHost {
    /// Its address.
    pub url: String,
    state: Data<State>,
    handle: ServerHandle,
}

struct State {
    page: Mutex<Page>,
    asked: Mutex<usize>,
}

impl HttpsHost {
    /// Starts a host that answers `page` at every address.
    #[must_use]
    pub fn start(page: Page) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let state = Data::from(Arc::new(State { page: Mutex::new(page), asked: Mutex::new(0) }));
        let shared = state.clone();
        let files = TlsFiles { cert_file: file("server.pem"), key_file: file("server.key") };
        let app = move || App::new().app_data(shared.clone()).default_service(web::to(answer));
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .listen_rustls_0_23(listener, tls_server_config(&files).unwrap())
            .unwrap()
            .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, state, handle }
    }

    /// The file of the authority that signed its certificate.
    #[must_use]
    pub fn authority() -> String {
        file("ca.pem").display().to_string()
    }

    /// From now on it answers `page`.
    pub fn put(&self, page: Page) {
        *self.state.page.lock().unwrap() = page;
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        *self.state.asked.lock().unwrap()
    }

    /// Ends it.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("harness/tls").join(name)
}

async fn answer(state: Data<State>) -> HttpResponse {
    *state.asked.lock().unwrap() += 1;
    let page = state.page.lock().unwrap().clone();
    actix_web::rt::time::sleep(page.delay).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(page.status).unwrap());
    response.insert_header(("content-type", page.content_type));
    if let Some(location) = page.location {
        response.insert_header(("location", location));
    }
    response.body(page.body)
}
