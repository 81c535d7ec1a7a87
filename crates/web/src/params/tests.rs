//! How parameters are read and refused.

use actix_web::{
    App, HttpResponse,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};

use super::*;

fn parse(text: &str) -> Result<Params, ParamsError> {
    Params::parse(text.as_bytes())
}

#[test]
fn pairs_keep_their_order_and_are_decoded() {
    let params = parse("b=2&a=x+y%20z&plus=%2B&caf%C3%A9=cr%C3%A8me").unwrap();

    let pairs: Vec<_> = params.iter().collect();
    assert_eq!(pairs, [("b", "2"), ("a", "x y z"), ("plus", "+"), ("café", "crème")]);
}

#[test]
fn a_parameter_sent_twice_is_named() {
    assert_eq!(parse("state=1&x=2&state=1"), Err(ParamsError::Repeated("state".to_owned())));
    assert_eq!(parse("sta%74e=1&state=2"), Err(ParamsError::Repeated("state".to_owned())));
}

#[test]
fn resource_and_audience_may_repeat() {
    let params = parse("resource=a&audience=c&resource=b&audience=d").unwrap();

    assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(params.all("audience").collect::<Vec<_>>(), ["c", "d"]);
    assert_eq!(params.get("resource"), Some("a"));
}

#[test]
fn an_empty_value_is_left_out() {
    let params = parse("scope=&state&&=&scope=openid").unwrap();

    assert_eq!(params.get("state"), None);
    assert_eq!(params.get("scope"), Some("openid"));
    assert!(parse("").unwrap().is_empty());
}

#[test]
fn what_is_not_utf_8_is_refused() {
    for bad in ["a=%FF", "%C3=1", "a=%ED%A0%80", "a=%C0%80"] {
        assert_eq!(parse(bad), Err(ParamsError::NotUtf8), "{bad}");
    }
    assert_eq!(Params::parse(b"a=\xff"), Err(ParamsError::NotUtf8));
}

#[test]
fn a_percent_sign_that_escapes_nothing_stands_for_itself() {
    assert_eq!(parse("a=100%&b=%4&c=%zz").unwrap().get("a"), Some("100%"));
    assert_eq!(parse("a=100%&b=%4&c=%zz").unwrap().get("c"), Some("%zz"));
}

#[test]
fn a_value_may_hold_equals_signs() {
    assert_eq!(parse("a=b=c==").unwrap().get("a"), Some("b=c=="));
}

#[test]
fn values_are_not_printed() {
    let printed = format!("{:?}", parse("client_secret=hunter2").unwrap());

    assert_eq!(printed, r#"Params["client_secret"]"#);
}

async fn post(body: Vec<u8>, content_type: Option<&str>) -> (u16, String) {
    let handler = async |params: Result<FormParams, ParamsError>| match params {
        Ok(FormParams(params)) => {
            HttpResponse::Ok().body(params.get("a").unwrap_or("none").to_owned())
        }
        Err(error) => HttpResponse::new(error.status_code()),
    };
    let app = init_service(App::new().route("/", web::post().to(handler))).await;
    let mut request = TestRequest::post().uri("/").set_payload(body);
    if let Some(content_type) = content_type {
        request = request.insert_header(("content-type", content_type));
    }
    let response = call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    (status, String::from_utf8(read_body(response).await.to_vec()).unwrap())
}

#[actix_web::test]
async fn a_form_is_read_up_to_the_limit() {
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    let full = format!("a={}", "x".repeat(MAX_LEN - 2));

    assert_eq!(post(full.clone().into_bytes(), FORM).await.0, 200);
    assert_eq!(post(format!("{full}x").into_bytes(), FORM).await.0, 413);
    assert_eq!(post(b"a=1&a=2".to_vec(), FORM).await.0, 400);
    assert_eq!(post(b"a=%ff".to_vec(), FORM).await.0, 400);
}

#[actix_web::test]
async fn only_a_form_in_utf_8_is_read() {
    for good in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLEncoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=\"utf-8\"",
    ] {
        assert_eq!(post(b"a=1".to_vec(), Some(good)).await, (200, "1".to_owned()), "{good}");
    }
    for bad in [
        None,
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
        Some("application/x-www-form-urlencoded; charset=iso-8859-1"),
    ] {
        assert_eq!(post(b"a=1".to_vec(), bad).await.0, 415, "{bad:?}");
    }
}
