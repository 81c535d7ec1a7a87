//! People's pages: `/login`, `/consent`, `/device`, `/logout`, `/setup`, and links that work once.

use harness::{Form, PASSWORD, on_each_database};
use reqwest::Method;

use super::{FORM, post};

const PAGES: [&str; 8] = [
    "/login",
    "/login/console",
    "/consent",
    "/device",
    "/logout",
    "/setup",
    "/password/x",
    "/link/x",
];

on_each_database! {
    async fn addresses_that_lead_nowhere(server: TestServer) {
        for (path, status) in [
            ("/consent", 400), ("/consent?request=", 400), ("/consent?request=x", 400), ("/consent?request=%00", 400),
            ("/login?request=x", 400), ("/login?request=cs_tx_nonsense", 400),
            ("/password/x", 410), ("/password/%FF", 404), ("/link/x", 410), ("/link/console/x", 410),
            ("/password/", 404), ("/setup?token=x", 403),
        ] {
            let answer = server.get(path).await;
            assert!(answer.status == status || (path.contains("%FF") && answer.status < 500), "{path}: {}", answer.status);
            assert!(answer.headers["content-type"].starts_with("text/html"), "{path}");
        }
        for query in ["?user_code=a&user_code=b", "?user_code=%FF", "?user_code=%00"] {
            assert!(server.get(&format!("/device{query}")).await.status < 500, "{query}");
        }
        for query in ["?request=a&request=b", "?return_to=a&return_to=b", "?x=%FF", "?return_to=%FF"] {
            assert!(server.get(&format!("/login{query}")).await.status < 500, "{query}");
        }
    }

    async fn forms_that_fit_no_page(server: TestServer) {
        let alice = server.person("alice").await;
        let page = alice.visit("/login").await;
        let form = page.form_with("login-submit").unwrap();
        let csrf = form.fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let sign_in = |fields: Vec<(&str, String)>| {
            let mut all = vec![("csrf".to_owned(), csrf.clone())];
            all.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
            Form { action: form.action.clone(), fields: all }
        };
        let text = |text: &str| text.to_owned();
        for (fields, status) in [
            (vec![], 422),
            (vec![("username", text("alice"))], 422),
            (vec![("username", text("")), ("password", text(PASSWORD))], 422),
            (vec![("username", text("alice")), ("username", text("bob")), ("password", text(PASSWORD))], 400),
            (vec![("username", text("alice")), ("password", "x".repeat(1025))], 422),
            (vec![("username", "x".repeat(5000)), ("password", text(PASSWORD))], 422),
            (vec![("username", text("a\u{0}b")), ("password", text("\u{0}"))], 400),
            (vec![("username", text("alice")), ("password", "x".repeat(300_000))], 413),
        ] {
            let answer = alice.browser.post(&sign_in(fields)).await.unwrap();
            assert_eq!(answer.status, status, "{:.200}", answer.body);
        }
        let unticked = alice.browser.post(&sign_in(vec![("username", text("alice")), ("password", text(PASSWORD)), ("surprise", text("1"))])).await.unwrap();
        assert_eq!(unticked.status, 303, "an unknown field is nobody's fault");
    }

    async fn bodies_of_another_kind(server: TestServer) {
        for path in PAGES {
            // What clients post to `/logout` itself is no form of ours.
            let path = if path == "/logout" { "/logout/confirm" } else { path };
            for (content_type, body) in [
                ("application/json", b"{}".to_vec()),
                ("text/plain", b"csrf=x".to_vec()),
                ("", b"csrf=x".to_vec()),
                (FORM, b"csrf=\xff".to_vec()),
                (FORM, b"%zz=%z&csrf=%".to_vec()),
                (FORM, vec![b'a'; 300_000]),
                (FORM, b"csrf=a&csrf=b".to_vec()),
            ] {
                let from_page = [("sec-fetch-site", "same-origin")];
                let answer = post(server, path, (content_type, body), &from_page).await;
                assert!([400, 403, 413, 415].contains(&answer.status), "{path} {content_type}: {}", answer.status);
            }
        }
    }

    async fn queries_of_the_control_center(server: TestServer) {
        let olivia = server.staff("olivia", "owner").await;
        olivia.enter_console().await;
        for page in ["", "/applications", "/resources", "/users", "/search"] {
            for (query, status) in [
                ("q=%00", 400), ("q=a%00b", 400), ("cursor=%00", 400), ("range=%00", 400), ("x=%00", 400), ("%00=x", 400),
                ("q=%FF", 400), ("%zz=%&q=%", 200), ("q=%25%5F%27%22%3B--", 200), ("range=x&x=y", 200),
            ] {
                let path = format!("/console{page}?{query}");
                let answer = olivia.visit(&path).await;
                assert_eq!(answer.status, status, "{path}: {:.200}", answer.body);
                assert!(answer.headers["content-type"].starts_with("text/html"), "{path}");
            }
        }
    }

    async fn what_answers_get_answers_head(server: TestServer) {
        for path in [
            "/", "/login", "/logout", "/setup", "/console", "/console/users?q=a", "/authorize", "/health/live", "/health/ready",
            "/swagger/", "/api/openapi.json", "/problems", "/problems/forbidden", "/static/x", "/jwks", "/api/v1/users", "/nothing",
        ] {
            let (get, head) = (
                server.send(server.request(Method::GET, path)).await,
                server.send(server.request(Method::HEAD, path)).await,
            );
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.headers.get("content-type"), get.headers.get("content-type"), "{path}");
            assert_eq!(head.headers.get("location"), get.headers.get("location"), "{path}");
            assert_eq!(head.body, "", "{path}");
        }
    }

    async fn methods(server: TestServer) {
        for path in PAGES {
            for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
                let answer = server.send(server.request(method.clone(), path)).await;
                assert_eq!(answer.status, 405, "{method} {path}");
            }
        }
    }

    async fn a_consent_form_without_a_decision(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let page = alice.open(&rp.authorization().url()).await;
        let page = alice.sign_in_with(&page, PASSWORD).await;
        let form = page.form_with("consent-deny").unwrap();

        for decision in ["", "maybe", "ONCE"] {
            let answer = alice.browser.post(&form.clone().fill("decision", decision)).await.unwrap();
            assert_eq!((answer.status, answer.location()), (400, None), "{decision}");
        }
        assert_eq!(alice.browser.post(&form).await.unwrap().status, 400);
        let other = alice.browser.post(&form.clone().fill("decision", "once").fill("request", "x")).await.unwrap();
        assert_eq!((other.status, other.location()), (400, None));
        let answer = alice.submit(&form.fill("decision", "once")).await;
        assert!(harness::response_parameter(&answer, "code").is_some(), "{}", answer.body);
    }
}
