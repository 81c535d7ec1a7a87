//! Every template, every component, and what every page shares.

use actix_web::{
    App, HttpMessage as _,
    cookie::Cookie,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use domain::FieldError;
use serde::Serialize;

use super::*;
use crate::{Edge, testing};

/// Every component of `templates/components/`, called as pages call it.
const SAMPLE: &str = include_str!("sample.html");

#[derive(Serialize)]
struct Sample {
    title: &'static str,
    name: &'static str,
    at: i64,
    errors: Vec<FieldError>,
    groups: Vec<NavGroup>,
    missing: Option<&'static str>,
}

impl Page for Sample {
    const TEMPLATE: &'static str = "sample.html";
}

fn sample() -> Sample {
    Sample {
        title: "Sample",
        name: "<Photo> & \"Printer\"",
        at: 1_794_999_000_000,
        errors: Vec::new(),
        groups: vec![NavGroup {
            title: "Set up".to_owned(),
            entries: vec![NavEntry {
                current: true,
                ..NavEntry::new("/console/applications/app_1/keys", "", "Keys")
            }],
        }],
        missing: None,
    }
}

fn shell() -> Shell {
    Shell {
        viewer: Viewer { name: "Ana Ruiz".to_owned(), detail: "Owner".to_owned() },
        nav: vec![NavGroup {
            title: "People".to_owned(),
            entries: vec![NavEntry::new("/console/users", "users", "Users")],
        }],
        may_register: true,
    }
}

async fn show(request: HttpRequest, page: Data<Sample>) -> HttpResponse {
    request.extensions_mut().insert(shell());
    flash::push(&request, flash::Level::Ok, "Saved <it>");
    render(&request, &**page, StatusCode::OK)
}

async fn html_of(source: &str, page: Sample, url: &str) -> (StatusCode, String, bool) {
    let config = Data::new(testing::config(url));
    let pages = Data::new(Pages::with(&[("sample.html", source)]).unwrap());
    let app = init_service(
        App::new()
            .app_data(config.clone())
            .app_data(pages.clone())
            .app_data(Data::new(page))
            .route("/console/users/1", web::get().to(show))
            .wrap(Edge::new(config, pages)),
    )
    .await;
    let request =
        TestRequest::get().uri("/console/users/1").cookie(Cookie::new("cs_theme", "dark"));
    let response = call_service(&app, request.to_request()).await;
    let status = response.status();
    let has_cookie = response.response().cookies().any(|it| it.name().ends_with("cs_pre"));
    (status, String::from_utf8(read_body(response).await.to_vec()).unwrap(), has_cookie)
}

async fn html(page: Sample) -> String {
    let (status, html, _) = html_of(SAMPLE, page, "https://id.example.com").await;
    assert_eq!(status, StatusCode::OK, "{html}");
    html
}

#[actix_web::test]
async fn every_component_is_in_the_sample_and_renders() {
    let pages = Pages::load().unwrap();
    for name in pages.tera.get_component_names() {
        let is_shared = Templates::iter().any(|file| {
            file.starts_with("components/")
                && String::from_utf8_lossy(&Templates::get(&file).unwrap().data)
                    .contains(&format!("component {name}("))
        });
        let internal = ["logo", "main_nav", "section_list", "theme_switch", "sign_out", "flashes"]
            .contains(&name)
            || ["flash_note", "field_message", "attributes", "described", "marked", "csrf"]
                .contains(&name);
        assert!(!is_shared || internal || SAMPLE.contains(&format!("<{name} ")), "{name}");
    }

    let html = html(sample()).await;

    assert!(html.contains("<title>Sample · Control center</title>"), "{html}");
    assert!(html.contains(r#"data-theme="dark""#));
    assert!(html.contains(r#"<a href="/console/users" aria-current="page">"#), "{html}");
    assert!(html.contains("Saved &lt;it&gt;"));
    assert!(html.contains("16 minutes ago"));
    assert!(!html.contains("None"), "{html}");
}

#[actix_web::test]
async fn what_people_typed_is_never_markup() {
    let html = html(sample()).await;

    assert!(!html.contains("<Photo>"));
    assert!(html.contains("&lt;Photo&gt; &amp; &quot;Printer&quot;"), "{html}");
}

#[actix_web::test]
async fn an_error_is_told_on_top_at_the_field_and_in_the_title() {
    let mut page = sample();
    page.errors = vec![
        FieldError::at("redirect_uris", 1, "https-required", "Use https."),
        FieldError::of("name", "required", "Type a name."),
    ];

    let html = html(page).await;

    assert!(html.contains("<title>Error: Sample"));
    assert!(html.contains(r##"<li><a href="#f-name">Name: Type a name.</a></li><li><a href="#f-redirect_uris-1">Callback URL 2: Use https.</a></li>"##), "{html}");
    for attribute in [
        r#"id="f-name" name="name" type="text" value="&lt;Photo"#,
        r#"id="f-redirect_uris-1""#,
        r#"aria-describedby="f-name-h f-name-e""#,
        r#"aria-describedby="f-redirect_uris-1-h f-redirect_uris-1-e""#,
    ] {
        assert!(html.contains(attribute), "{attribute} in {html}");
    }
    assert_eq!(html.matches(r#"aria-invalid="true""#).count(), 2);
}

#[actix_web::test]
async fn a_password_is_not_sent_back() {
    let html = html(sample()).await;

    let input = html.split(r#"id="f-password""#).nth(1).unwrap().split('>').next().unwrap();
    assert!(!input.contains("value="), "{input}");
}

#[actix_web::test]
async fn ids_are_unique() {
    let html = html(sample()).await;

    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
}

#[actix_web::test]
async fn an_unknown_variable_is_an_error_and_no_gap() {
    let source =
        r#"{% extends "layout/auth.html" %}{% block content %}{{ nobody }}{% endblock content %}"#;

    let (status, html, _) = html_of(source, sample(), "https://id.example.com").await;

    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(html.contains("Something broke on our side"), "{html}");
    assert!(!html.contains("nobody"));
}

#[actix_web::test]
async fn only_a_page_with_a_form_sets_a_cookie() {
    let bare = r#"{% extends "layout/auth.html" %}{% block content %}Hello{% endblock content %}"#;

    assert!(!html_of(bare, sample(), "https://id.example.com").await.2);
    assert!(html_of(SAMPLE, sample(), "https://id.example.com").await.2);
}

#[actix_web::test]
async fn plain_http_is_told_in_red_unless_it_stays_on_this_machine() {
    for (url, expected) in [
        ("https://id.example.com", false),
        ("http://localhost:8080", false),
        ("http://192.168.1.4:8080", true),
    ] {
        let (_, html, _) = html_of(SAMPLE, sample(), url).await;
        assert_eq!(html.contains(r#"class="banner""#), expected, "{url}");
    }
}

#[test]
fn templates_hold_nothing_that_the_policy_refuses() {
    for name in Templates::iter().filter(|name| !name.starts_with("mail/")) {
        let source = String::from_utf8(Templates::get(&name).unwrap().data.into_owned()).unwrap();
        let lower = source.to_lowercase();
        assert!(!lower.contains(" style="), "{name}: inline style");
        assert!(!lower.contains("| safe") && !lower.contains("|safe"), "{name}: unescaped");
        assert!(!lower.contains("javascript:"), "{name}: script address");
        for script in lower.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains("nonce=") && tag.contains("src="), "{name}: {tag}");
        }
        for attribute in lower.split(" on").skip(1) {
            let rest = attribute.trim_start_matches(|it: char| it.is_ascii_alphabetic());
            assert!(!rest.starts_with("=\""), "{name}: on{attribute}");
        }
    }
}

#[test]
fn a_template_that_does_not_fit_stops_the_start() {
    for source in [
        "{{ <no_such_component /> }}",
        "{% extends \"no/such.html\" %}",
        "{{ 1 | no_such_filter }}",
        "{% if %}",
    ] {
        assert!(Pages::with(&[("bad.html", source)]).is_err(), "{source}");
    }
}
