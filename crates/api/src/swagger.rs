//! Swagger UI at `/swagger`, from files that the binary holds.

use std::sync::Arc;

use ::web::PageError;
use actix_web::{
    HttpResponse,
    http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION},
    web::{Data, Path, ServiceConfig},
};
use utoipa_swagger_ui::{Config, SwaggerFile};

/// Its style sheets are written into the page, so it cannot have the policy of our own pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

/// Adds Swagger UI.
pub(crate) fn routes(cfg: &mut ServiceConfig) {
    let config = Config::from("/api/openapi.json").display_operation_id(true).filter(true);
    cfg.app_data(Data::from(Arc::new(config)))
        .route("/swagger", ::web::get().to(to_folder))
        .route("/swagger/{file:.*}", ::web::get().to(serve));
}

/// The page names its files relative to a folder.
async fn to_folder() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/swagger/")).finish()
}

async fn serve(
    file: Path<String>,
    config: Data<Config<'static>>,
) -> Result<HttpResponse, PageError> {
    let found = utoipa_swagger_ui::serve(&file, config.into_inner()).map_err(|error| {
        tracing::error!(error = %error, "Swagger UI could not be served");
        PageError::Internal
    })?;
    let SwaggerFile { bytes, content_type, gzpipped, .. } = found.ok_or(PageError::NotFound)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_SECURITY_POLICY, POLICY)).content_type(content_type);
    if gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(bytes.into_owned()))
}
