//! How parameters are read and refused.

use actix_web::{
    App,
    test::{TestRequest, call_service, init_service},
    web,
};

use super::*;

async fn post(body: Vec<u8>, content_type: Option<&str>) -> u16 {
    let handler = async |request: actix_web::HttpRequest, body: web::Payload| {
        read_form(request.headers(), body.into_inner(), MAX_LEN).await
    };
    let app = init_service(App::new().route("/", web::post().to(handler))).await;
    let mut request = TestRequest::post().uri("/").set_payload(body);
    if let Some(content_type) = content_type {
        request = request.insert_header(("content-type", content_type));
    }
    call_service(&app, request.to_request()).await.status().as_u16()
}

#[actix_web::test]
async fn a_form_is_read_up_to_the_limit() {
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    let full = vec![b'x'; MAX_LEN];

    assert_eq!(post(full.clone(), FORM).await, 200);
    assert_eq!(post([full, vec![b'x']].concat(), FORM).await, 413);
}

#[actix_web::test]
async fn only_a_form_in_utf_8_is_read() {
    for good in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLEncoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=\"utf-8\"",
    ] {
        assert_eq!(post(b"a=1".to_vec(), Some(good)).await, 200, "{good}");
    }
    for bad in [
        None,
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
        Some("application/x-www-form-urlencoded; charset=iso-8859-1"),
    ] {
        assert_eq!(post(b"a=1".to_vec(), bad).await, 415, "{bad:?}");
    }
}
