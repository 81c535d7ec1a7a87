//! An API without a service: what is answered before anybody is asked who they are.

use std::sync::{Arc, OnceLock};

use actix_web::{
    App,
    body::to_bytes,
    http::{StatusCode, header::HeaderMap},
    test::{TestRequest, init_service, try_call_service},
    web::Data,
};
use domain::{Clock, Entropy, HandleKeys, MasterKeys, Timestamp};
use serde_json::Value;
use web::{Edge, Pages, WebConfig, app_defaults};

const MASTER: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000)
    }
}

struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn config() -> WebConfig {
    WebConfig {
        public_url: "https://id.example.com".parse().unwrap(),
        secure: true,
        trusted_proxies: Vec::new(),
        product_name: "Countersign".to_owned(),
        clock: Arc::new(Standing),
        entropy: Arc::new(Sevens),
        handles: Arc::new(HandleKeys::new(&MasterKeys::parse(MASTER).unwrap())),
    }
}

/// An answer, read whole.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends one request to an application with the routes of the API.
pub(crate) async fn send(request: TestRequest) -> Reply {
    static PAGES: OnceLock<Pages> = OnceLock::new();
    let config = Data::new(config());
    let pages = Data::new(PAGES.get_or_init(|| Pages::load().unwrap()).clone());
    let defaults = (config.clone(), pages.clone());
    let app = App::new()
        .configure(move |cfg| app_defaults(cfg, &defaults.0, &defaults.1))
        .configure(crate::routes)
        .wrap(Edge::new(config, pages));
    let app = init_service(app).await;
    let (_, response) = try_call_service(&app, request.to_request()).await.unwrap().into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap().to_vec();
    Reply { status: head.status(), headers: head.headers().clone(), body }
}
