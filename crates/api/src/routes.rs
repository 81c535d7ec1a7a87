//! Every route of the API, listed once; the document is made from the same list.

use actix_web::{
    HttpResponse, Route,
    body::BoxBody,
    dev::ServiceRequest,
    http::Method,
    middleware::{Next, from_fn},
    web::{self, ServiceConfig},
};

use crate::{
    gate::gate,
    openapi,
    operation::Operation,
    problem::{ApiProblem, Extra, Kind, page, present::present},
    v1::{
        api_keys, applications, audit_events, clients, consents, resources, scopes, secrets,
        sessions, settings, tokens, users,
    },
};

/// What every path of the API begins with.
pub(crate) const BASE: &str = "/api/v1";

/// One operation at its place.
pub(crate) struct Entry {
    pub(crate) method: Method,
    /// After [`BASE`].
    pub(crate) path: &'static str,
    pub(crate) operation: &'static Operation,
    handler: fn(Route) -> Route,
}

macro_rules! entries {
    ($($method:ident $path:literal => $module:ident::$handler:ident, $operation:ident;)*) => {
        vec![$(Entry {
            method: Method::$method,
            path: $path,
            operation: &$module::$operation,
            handler: |route| route.to($module::$handler),
        },)*]
    };
}

/// Every operation, in the order of the document.
pub(crate) fn all() -> Vec<Entry> {
    entries! {
        GET "/applications" => applications::list, LIST;
        POST "/applications" => applications::create, CREATE;
        GET "/applications/{application_id}" => applications::get, GET;
        PATCH "/applications/{application_id}" => applications::update, UPDATE;
        DELETE "/applications/{application_id}" => applications::remove, DELETE;
        GET "/applications/{application_id}/clients/{environment}" => clients::get, GET;
        PUT "/applications/{application_id}/clients/{environment}" => clients::put, PUT;
        PATCH "/applications/{application_id}/clients/{environment}" => clients::update, UPDATE;
        GET "/applications/{application_id}/clients/{environment}/secrets" => secrets::list, LIST;
        POST "/applications/{application_id}/clients/{environment}/secrets" => secrets::create, CREATE;
        GET "/applications/{application_id}/clients/{environment}/secrets/{secret_id}" => secrets::get, GET;
        PATCH "/applications/{application_id}/clients/{environment}/secrets/{secret_id}" => secrets::update, UPDATE;
        DELETE "/applications/{application_id}/clients/{environment}/secrets/{secret_id}" => secrets::revoke, REVOKE;
        POST "/applications/{application_id}/clients/{environment}/secrets/{secret_id}/rotate" => secrets::rotate, ROTATE;
        GET "/resources" => resources::list, LIST;
        POST "/resources" => resources::create, CREATE;
        GET "/resources/{resource_id}" => resources::get, GET;
        PATCH "/resources/{resource_id}" => resources::update, UPDATE;
        DELETE "/resources/{resource_id}" => resources::remove, DELETE;
        GET "/resources/{resource_id}/scopes" => scopes::list, LIST;
        POST "/resources/{resource_id}/scopes" => scopes::create, CREATE;
        GET "/resources/{resource_id}/scopes/{scope_id}" => scopes::get, GET;
        PATCH "/resources/{resource_id}/scopes/{scope_id}" => scopes::update, UPDATE;
        DELETE "/resources/{resource_id}/scopes/{scope_id}" => scopes::remove, DELETE;
        GET "/users" => users::list, LIST;
        POST "/users" => users::create, CREATE;
        GET "/users/{user_id}" => users::get, GET;
        PATCH "/users/{user_id}" => users::update, UPDATE;
        DELETE "/users/{user_id}" => users::remove, DELETE;
        POST "/users/{user_id}/password-reset" => users::start_password_reset, RESET_PASSWORD;
        GET "/consents" => consents::list, LIST;
        DELETE "/consents" => consents::revoke_many, REVOKE_MANY;
        DELETE "/consents/{consent_id}" => consents::revoke, REVOKE;
        GET "/tokens" => tokens::list, LIST;
        DELETE "/tokens" => tokens::revoke_many, REVOKE_MANY;
        DELETE "/tokens/{token_id}" => tokens::revoke, REVOKE;
        GET "/sessions" => sessions::list, LIST;
        DELETE "/sessions" => sessions::end_many, END_MANY;
        DELETE "/sessions/{session_id}" => sessions::end, END;
        GET "/settings/grants" => settings::grants, GRANTS;
        PUT "/settings/grants" => settings::put_grants, PUT_GRANTS;
        GET "/audit-events" => audit_events::list, LIST;
        GET "/audit-events/{event_id}" => audit_events::get, GET;
        GET "/api-keys" => api_keys::list, LIST;
        POST "/api-keys" => api_keys::create, CREATE;
        DELETE "/api-keys/{key_id}" => api_keys::revoke, REVOKE;
    }
}

/// Adds the management API, its document, the pages of its problems, and Swagger UI
/// where that is built in.
///
/// The application must hold `Data<service::Service>` and `Data<web::WebConfig>`, be
/// wrapped in `web::Edge`, and may hold `Data<dyn AccessTokens>`: without it only API
/// keys are taken.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/problems", ::web::get().to(page::index))
        .route("/problems/{slug}", ::web::get().to(page::show));
    #[cfg(feature = "swagger")]
    crate::swagger::routes(cfg);
    let mut v1 = web::scope("/v1");
    for path in paths() {
        v1 = v1.service(resource(path));
    }
    cfg.app_data(openapi::Cache::data()).service(
        web::scope("/api")
            .wrap(from_fn(present))
            .route("/openapi.json", ::web::get().to(openapi::serve))
            .service(v1.default_service(web::to(nothing_here)))
            .default_service(web::to(nothing_here)),
    );
}

/// Every path once, in order.
pub(crate) fn paths() -> Vec<&'static str> {
    let mut paths = Vec::new();
    for entry in all() {
        if !paths.contains(&entry.path) {
            paths.push(entry.path);
        }
    }
    paths
}

fn resource(path: &'static str) -> actix_web::Resource {
    let mut methods = Vec::new();
    let mut resource = web::resource(path);
    for Entry { method, operation, handler, .. } in all().into_iter().filter(|it| it.path == path) {
        methods.push(method.to_string());
        let route = if method == Method::GET {
            methods.push(Method::HEAD.to_string());
            ::web::get()
        } else {
            web::method(method)
        };
        let layer = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
            gate(operation, request, next)
        });
        resource = resource.route(handler(route).wrap(layer));
    }
    let allow = methods.join(", ");
    resource.default_service(web::to(move || std::future::ready(wrong_method(&allow))))
}

fn wrong_method(allow: &str) -> Result<HttpResponse, ApiProblem> {
    let detail = format!("This address takes {allow}.");
    Err(ApiProblem::new(Kind::MethodNotAllowed, detail).with_extra(Extra::Allow(allow.to_owned())))
}

async fn nothing_here() -> Result<HttpResponse, ApiProblem> {
    let detail = "The API has no such address. Its document is at /api/openapi.json.";
    Err(ApiProblem::new(Kind::NotFound, detail))
}

#[cfg(test)]
mod tests;
