//! What every application of this server has: its configuration, its pages, its assets, its 404.

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};

use crate::{PageError, Pages, WebConfig, assets};

/// Adds configuration, pages, assets and the page for unknown addresses.
///
/// [`crate::Edge`] must wrap the application beside it.
pub fn app_defaults(app: &mut ServiceConfig, config: &Data<WebConfig>, pages: &Data<Pages>) {
    app.app_data(config.clone())
        .app_data(pages.clone())
        .service(
            web::resource("/static/{name}")
                .route(web::get().to(assets::serve))
                .route(web::head().to(assets::serve)),
        )
        .default_service(web::to(nothing_here));
}

async fn nothing_here() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}
