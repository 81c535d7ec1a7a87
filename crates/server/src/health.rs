//! `GET /health/live` and `GET /health/ready`.

use actix_web::{
    HttpResponse,
    web::{Data, ServiceConfig, resource},
};
use engine::Engine;
use store::Store;
use web::get;

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

/// The database answers, has the schema this program needs, and there is a key to sign with.
async fn ready(engine: Data<Engine>, store: Data<Store>) -> HttpResponse {
    let database = store.ping().await.is_ok();
    let migrations = database && matches!(store.missing_migrations().await, Ok(0));
    let keys = engine.jwks().await.is_ok();
    let is_ready = database && migrations && keys;
    let word = |is_good, otherwise| if is_good { "ok" } else { otherwise };
    let body = serde_json::json!({
        "status": if is_ready { "ready" } else { "not ready" },
        "database": word(database, "unreachable"),
        "migrations": word(migrations, if database { "missing" } else { "unknown" }),
        "signing_keys": word(keys, "missing"),
    });
    if is_ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}
