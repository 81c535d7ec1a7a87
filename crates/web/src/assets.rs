//! Style, script and icons, which the binary holds.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    web::Path,
};
use rust_embed::{Embed, EmbeddedFile};

use crate::PageError;

#[derive(Embed)]
#[folder = "../../static/"]
struct Assets;

/// The address of the asset called `name`, which changes with its content.
#[must_use]
pub fn address(name: &str) -> Option<String> {
    let file = find(name)?;
    Some(format!("/static/{name}?v={}", version(&file)))
}

/// Every asset's name and address.
pub(crate) fn addresses() -> impl Iterator<Item = (String, String)> {
    Assets::iter().filter_map(|name| address(&name).map(|address| (name.into_owned(), address)))
}

/// `GET /static/{name}`.
///
/// # Errors
///
/// When there is no such asset.
pub async fn serve(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, PageError> {
    let file = find(&name).ok_or(PageError::NotFound)?;
    let version = version(&file);
    let etag = format!("\"{version}\"");
    let is_known = request.headers().get_all(IF_NONE_MATCH).any(|value| {
        value
            .to_str()
            .is_ok_and(|it| it.split(',').any(|tag| tag.trim() == etag || tag.trim() == "*"))
    });
    // An address without the version is not that of this content for ever.
    let lasts = if request.query_string() == format!("v={version}") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, lasts));
    if is_known {
        return Ok(response.finish());
    }
    Ok(response.insert_header((CONTENT_TYPE, content_type(&name))).body(file.data.into_owned()))
}

/// What lies in folders is what the assets are made from.
fn find(name: &str) -> Option<EmbeddedFile> {
    if name.contains('/') { None } else { Assets::get(name) }
}

fn version(file: &EmbeddedFile) -> String {
    use std::fmt::Write as _;
    file.metadata.sha256_hash().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        test::{TestRequest, call_service, init_service, read_body},
        web,
    };

    use super::*;

    async fn get(uri: &str, etag: Option<&str>) -> (u16, Vec<String>, usize) {
        let app = init_service(App::new().route("/static/{name}", web::get().to(serve))).await;
        let mut request = TestRequest::get().uri(uri);
        if let Some(etag) = etag {
            request = request.insert_header((IF_NONE_MATCH, etag));
        }
        let response = call_service(&app, request.to_request()).await;
        let header = |name| {
            let value = response.headers().get(name);
            value.map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let headers = vec![header(CONTENT_TYPE), header(CACHE_CONTROL), header(ETAG)];
        (response.status().as_u16(), headers, read_body(response).await.len())
    }

    #[actix_web::test]
    async fn a_versioned_address_lasts_for_ever() {
        let (status, headers, len) = get(&address("app.css").unwrap(), None).await;

        assert_eq!(status, 200);
        assert_eq!(headers[0], "text/css; charset=utf-8");
        assert_eq!(headers[1], "public, max-age=31536000, immutable");
        assert!(len > 10_000);
    }

    #[actix_web::test]
    async fn another_address_is_asked_for_again() {
        let (_, headers, _) = get("/static/app.js?v=old", None).await;
        assert_eq!(headers[1], "no-cache");
        assert_eq!(headers[0], "text/javascript; charset=utf-8");

        let (status, _, len) = get("/static/app.js", Some(&headers[2])).await;
        assert_eq!((status, len), (304, 0));
        let (status, _, _) = get("/static/app.js", Some("\"other\"")).await;
        assert_eq!(status, 200);
    }

    #[actix_web::test]
    async fn nothing_else_is_served() {
        for uri in ["/static/nothing.css", "/static/src%2Ftokens.mjs", "/static/..%2FCargo.toml"] {
            let app = init_service(App::new().route("/static/{name}", web::get().to(serve))).await;
            let response = call_service(&app, TestRequest::get().uri(uri).to_request()).await;
            assert_eq!(response.status().as_u16(), 404, "{uri}");
        }
    }

    #[test]
    fn the_first_page_stays_light() {
        assert!(Assets::get("app.css").unwrap().data.len() < 25_000);
        assert!(Assets::get("app.js").unwrap().data.len() < 7_000);
        assert!(Assets::get("icons.svg").unwrap().data.len() < 8_000);
    }
}
