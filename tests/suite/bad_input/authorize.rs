//! `/authorize`.

use harness::{Answer, RelyingParty, TestServer, on_each_database, response_parameter};
use reqwest::Method;

use super::{FORM, post};

#[track_caller]
fn assert_page(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.location()), (400, None), "{what}: {}", answer.body);
    assert!(answer.body.contains("Authorization error"), "{what}: {}", answer.body);
    assert!(answer.body.contains(&answer.headers["x-request-id"]), "{what} lacks the trace ID");
    assert!(answer.headers["content-type"].starts_with("text/html"), "{what}");
    assert_eq!(answer.headers["x-frame-options"], "DENY");
}

async fn rp(server: &TestServer) -> RelyingParty {
    server.photos_api("jwt").await;
    server.web_app().await
}

on_each_database! {
    async fn no_mutation_of_a_redirect_uri_is_followed(server: TestServer) {
        let rp = rp(server).await;
        let long = format!("https://rp.example.com/callback{}", "/x".repeat(4096));
        for uri in [
            "https://rp.example.com", "https://rp.example.com/", "https://rp.example.com/callback/", "https://rp.example.com/callback?",
            "https://rp.example.com/callback?x=1", "https://rp.example.com/callback#", "https://rp.example.com/callback#x",
            "https://rp.example.com/Callback", "https://RP.example.com/callback", "HTTPS://rp.example.com/callback",
            "http://rp.example.com/callback", "https://rp.example.com:443/callback", "https://rp.example.com:8443/callback",
            "https://rp.example.com./callback", "https://rp.example.com//callback", "https://rp.example.com/./callback",
            "https://rp.example.com/x/../callback", "https://rp.example.com/..;/callback", "https://rp.example.com/%63allback",
            "https://rp.example.com/callback%2f", "https://rp.example.com/callback%00", "https://rp.example.com/callback\u{0}",
            "https://rp.example.com/callback\n", "https://rp.example.com/callback\r\nLocation: https://evil.test", "\thttps://rp.example.com/callback",
            " https://rp.example.com/callback", "https://rp.example.com/callback ", "https://user@rp.example.com/callback",
            "https://rp.example.com@evil.test/callback", "https://evil.test@rp.example.com/callback", "https://a@b@rp.example.com/callback",
            "https://rp.example.com\\@evil.test/callback", "https://rp.example.com\\evil.test", "https:\\\\rp.example.com\\callback",
            "https:/rp.example.com/callback", "https:rp.example.com/callback", "//rp.example.com/callback", "/callback", "callback", "",
            "https://rp.example.com.evil.test/callback", "https://evilrp.example.com/callback", "https://rp-example.com/callback",
            "https://rp.example.com%2eevil.test/callback", "https://rp.example.com%00.evil.test/callback", "https://xn--rp-example.com/callback",
            "https://rр.example.com/callback", "https://127.0.0.1/callback", "https://[::1]/callback", "http://localhost/callback",
            "javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://rp.example.com/x", "about:blank",
            "https://rp.example.com/callback,https://evil.test", "https://rp.example.com/callback https://evil.test", "*", "https://*.example.com/callback",
            "urn:ietf:wg:oauth:2.0:oob", "null", "undefined", long.as_str(),
        ] {
            let request = rp.authorization().with("redirect_uri", uri);
            for mode in ["", "form_post", "fragment", "query.jwt"] {
                let answer = server.browser().get(&request.clone().with("response_mode", mode).url()).await.unwrap();
                assert_page(&answer, &format!("{uri:?} {mode}"));
            }
        }
    }

    async fn a_parameter_that_comes_twice_is_refused(server: TestServer) {
        let rp = rp(server).await;
        for name in ["response_type", "scope", "state", "code_challenge", "code_challenge_method", "nonce", "prompt", "max_age", "login_hint", "response_mode"] {
            for values in [("x", "x"), ("x", "y"), ("", "x")] {
                let request = rp.authorization().without(name).and(name, values.0).and(name, values.1);
                let answer = server.browser().get(&request.url()).await.unwrap();

                assert_eq!(answer.status, 303, "{name} {values:?}: {}", answer.body);
                assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"), "{name} {values:?}");
                assert_eq!(response_parameter(&answer, "code"), None);
            }
        }
        let split = rp.authorization();
        let query: String = split.url().split_once('?').unwrap().1.to_owned();
        let answer = post(server, &format!("/authorize?{query}"), (FORM, "state=other"), &[]).await;
        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"), "{}", answer.body);
    }

    async fn an_empty_value_counts_as_none_and_an_unknown_name_as_nothing(server: TestServer) {
        let rp = rp(server).await;
        let request = rp.authorization();
        let request = ["nonce", "prompt", "max_age", "login_hint", "resource", "request", "response_mode", "display"]
            .into_iter()
            .fold(request, |it, name| it.with(name, ""));
        let request = request.with("foo", "bar").with("client_secret", "").with("claims", "{");

        let answer = server.browser().get(&request.url()).await.unwrap();

        assert!(answer.location().unwrap().path().starts_with("/login"), "{:?}", answer.location());
    }

    async fn what_cannot_be_read_is_a_page(server: TestServer) {
        let rp = rp(server).await;
        let query = rp.authorization().url().split_once('?').unwrap().1.to_owned();
        for bad in [
            format!("{query}&x=%FF"),
            format!("{query}&%FF=x"),
            format!("{query}&login_hint=a%00b"),
            query.replace("state=af0ifjsldkj", "state=%00"),
            query.replace("state=af0ifjsldkj", "state=%FF%FE"),
            format!("{query}&x={}", "x".repeat(17_000)),
            String::new(),
            "&&&===".to_owned(),
            "client_id".to_owned(),
            "client_id=%00".to_owned(),
            format!("client_id={}", "x".repeat(10_000)),
        ] {
            let shown: String = bad.chars().take(60).collect();
            assert_page(&server.get(&format!("/authorize?{bad}")).await, &shown);
        }
        for (content_type, body) in [
            ("application/json", "{}".as_bytes().to_vec()),
            ("", query.clone().into_bytes()),
            ("text/plain", query.clone().into_bytes()),
            ("multipart/form-data; boundary=x", query.clone().into_bytes()),
            (FORM, b"client_id=\xff".to_vec()),
            (FORM, vec![b'a'; 66_000]),
        ] {
            let answer = post(server, "/authorize", (content_type, body), &[]).await;
            assert!([400, 413].contains(&answer.status), "{content_type}: {}", answer.status);
            assert_eq!(answer.location(), None, "{content_type}");
        }
    }

    async fn only_get_and_post_are_taken(server: TestServer) {
        let rp = rp(server).await;
        let query = rp.authorization().url().split_once('?').unwrap().1.to_owned();
        for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            let answer = server.send(server.request(method.clone(), &format!("/authorize?{query}"))).await;
            assert_eq!(answer.status, 405, "{method}");
        }
        let preflight = server
            .request(Method::OPTIONS, &format!("/authorize?{query}"))
            .header("origin", "https://evil.test")
            .header("access-control-request-method", "GET");
        let answer = server.send(preflight).await;
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control-")), "{:?}", answer.headers);
    }

    async fn nothing_that_was_sent_is_markup_on_the_error_page(server: TestServer) {
        let evil = "\"><script>alert(1)</script>";
        let rp = rp(server).await;
        for (name, value) in [("client_id", evil), ("redirect_uri", evil), ("state", evil)] {
            let request = rp.authorization().with("redirect_uri", "https://evil.test").with(name, value);
            let answer = server.browser().get(&request.url()).await.unwrap();

            assert_page(&answer, name);
            assert!(!answer.body.contains("<script>alert"), "{name}: {}", answer.body);
        }
        let login = server.get(&format!("/login?return_to={evil}&request={evil}")).await;
        assert!(!login.body.contains("<script>alert"), "{}", login.body);
    }

    async fn the_host_header_changes_no_address(server: TestServer) {
        let rp = rp(server).await;
        for headers in [[("host", "evil.test"), ("x-a", "b")], [("x-forwarded-host", "evil.test"), ("x-forwarded-proto", "https")]] {
            let path = rp.authorization().url().replacen(&server.url, "", 1);
            let request = headers.iter().fold(server.request(Method::GET, &path), |it, (name, value)| it.header(*name, *value));
            let answer = server.send(request).await;

            let location = answer.headers.get("location").cloned().unwrap_or_default();
            assert!(!location.contains("evil.test"), "{location}");
            assert!(!answer.body.contains("evil.test"));
        }
    }
}
