//! Light or dark, as the reader chose; otherwise as their system says.

use actix_web::{
    HttpRequest, HttpResponse, Resource,
    cookie::time::Duration,
    web::{self, Data},
};
use serde::Deserialize;

use crate::{Protected, WebConfig, cookies, redirect};

const COOKIE: &str = "cs_theme";

/// The colours a reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the reader chose, `None` when the system decides.
    pub(crate) fn chosen(cookie: Option<&str>) -> Option<Self> {
        cookie.and_then(Self::parse)
    }
}

/// The name of the cookie that keeps the choice.
pub(crate) const fn cookie_name() -> &'static str {
    COOKIE
}

/// The theme form: `theme` is `light`, `dark` or `auto`, `back` the page it was on.
#[derive(Debug, Deserialize)]
struct ThemeForm {
    theme: String,
    #[serde(default)]
    back: String,
}

/// Where the theme form of a surface is sent; `path` is below the surface's scope.
///
/// It keeps the choice and leads back. Form tokens are bound to sessions, so each
/// surface has its own.
#[must_use]
pub fn at(path: &str) -> Resource {
    web::resource(path).route(web::post().to(switch))
}

async fn switch(
    request: HttpRequest,
    config: Data<WebConfig>,
    form: Protected<ThemeForm>,
) -> HttpResponse {
    let ThemeForm { theme, back } = form.0;
    let (value, age) = Theme::parse(&theme).map_or((String::new(), Duration::ZERO), |it| {
        (it.as_str().to_owned(), Duration::days(365))
    });
    cookies::send(&request, cookies::build(&config, COOKIE.to_owned(), value, age));
    redirect::see_other(redirect::local_path(&back).unwrap_or("/"))
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        cookie::Cookie,
        test::{TestRequest, call_service, init_service},
    };

    use super::*;
    use crate::{Edge, Pages, csrf, testing};

    /// The answer to the form: where it leads, and the cookie's value and lifetime.
    async fn switch_to(fields: &str) -> (String, String, Option<Duration>) {
        let config = Data::new(testing::config("https://id.example.com"));
        let pages = Data::new(Pages::load().unwrap());
        let issued = csrf::issue(&config, &TestRequest::get().to_http_request());
        let pre = issued.cookie.unwrap();
        let app = init_service(
            App::new()
                .app_data(config.clone())
                .service(at("/theme"))
                .wrap(Edge::new(config, pages)),
        )
        .await;
        let request = TestRequest::post()
            .uri("/theme")
            .cookie(Cookie::new(pre.name().to_owned(), pre.value().to_owned()))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(format!("csrf={}&{fields}", issued.token));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), 303);
        let to = response.headers().get("location").unwrap().to_str().unwrap().to_owned();
        let cookie = response.response().cookies().find(|it| it.name() == COOKIE).unwrap();
        (to, cookie.value().to_owned(), cookie.max_age())
    }

    #[actix_web::test]
    async fn a_choice_is_kept_and_leads_back() {
        let (to, value, age) = switch_to("theme=dark&back=/console/users").await;

        assert_eq!((to.as_str(), value.as_str()), ("/console/users", "dark"));
        assert_eq!(age, Some(Duration::days(365)));
    }

    #[actix_web::test]
    async fn the_system_decides_again() {
        let (_, value, age) = switch_to("theme=auto&back=/").await;

        assert_eq!((value.as_str(), age), ("", Some(Duration::ZERO)));
    }

    #[actix_web::test]
    async fn it_leads_nowhere_else() {
        assert_eq!(switch_to("theme=light&back=//evil.example").await.0, "/");
        assert_eq!(switch_to("theme=light").await.0, "/");
    }

    #[test]
    fn an_unknown_choice_is_none() {
        assert_eq!(Theme::chosen(Some("\"><script>")), None);
        assert_eq!(Theme::chosen(None), None);
        assert_eq!(Theme::chosen(Some("light")), Some(Theme::Light));
    }
}
