//! What every application of this server has: its configuration, its pages, its assets, its 404.

use actix_web::{
    HttpResponse, Route, guard,
    web::{self, Data, ServiceConfig},
};

use crate::{PageError, Pages, WebConfig, assets};

/// Adds configuration, pages, assets and the page for unknown addresses.
///
/// [`crate::Edge`] must wrap the application beside it.
pub fn app_defaults(app: &mut ServiceConfig, config: &Data<WebConfig>, pages: &Data<Pages>) {
    app.app_data(config.clone())
        .app_data(pages.clone())
        .service(web::resource("/static/{name}").route(get().to(assets::serve)))
        .default_service(web::to(nothing_here));
}

/// A route for `GET` and `HEAD`: what answers the one answers the other, [RFC 9110 section 9.1],
/// and the connection leaves out the content.
///
/// [RFC 9110 section 9.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.1
#[must_use]
pub fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn nothing_here() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}
