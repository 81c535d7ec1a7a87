//! `GET /health/live` and `GET /health/ready`.

use actix_web::{
    HttpResponse,
    web::{Data, ServiceConfig, get, resource},
};
use engine::Engine;
use store::Store;

/// Mounts both.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/health/live").route(get().to(live)))
        .service(resource("/health/ready").route(get().to(ready)));
}

/// The process runs.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

/// The database answers and there is a key to sign with.
async fn ready(engine: Data<Engine>, store: Data<Store>) -> HttpResponse {
    let database = store.ping().await.is_ok();
    let keys = engine.jwks().await.is_ok();
    let body = serde_json::json!({
        "status": if database && keys { "ready" } else { "not ready" },
        "database": if database { "ok" } else { "unreachable" },
        "signing_keys": if keys { "ok" } else { "missing" },
    });
    if database && keys {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}
