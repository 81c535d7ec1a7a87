//! `/token`.

use harness::{RelyingParty, S256, TestServer, assert_refused, on_each_database};
use reqwest::Method;
use serde_json::json;

use super::{FORM, basic, post};

async fn rp(server: &TestServer) -> (RelyingParty, String) {
    server.photos_api("jwt").await;
    let more = json!({
        "scopes": ["openid", "resource.read"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    });
    let rp = server.register("web", more).await;
    let header = basic(&rp.client_id, rp.client_secret.as_deref().unwrap());
    (rp, header)
}

on_each_database! {
    async fn parameters(server: TestServer) {
        let (rp, header) = rp(server).await;
        let huge = format!("grant_type=client_credentials&x={}", "x".repeat(66_000));
        let many = "a=1&".repeat(16_000);
        for (body, status, code) in [
            (String::new(), 400, "invalid_request"),
            ("grant_type=".to_owned(), 400, "invalid_request"),
            ("grant_type=client_credentials&grant_type=client_credentials".to_owned(), 400, "invalid_request"),
            ("grant_type=nonsense".to_owned(), 400, "unsupported_grant_type"),
            ("grant_type=CLIENT_CREDENTIALS".to_owned(), 400, "unsupported_grant_type"),
            ("grant_type=password&username=a&password=b".to_owned(), 400, "unsupported_grant_type"),
            ("grant_type=authorization_code".to_owned(), 400, "invalid_request"),
            ("grant_type=authorization_code&code=".to_owned(), 400, "invalid_request"),
            ("grant_type=authorization_code&code=a&code=b".to_owned(), 400, "invalid_request"),
            ("grant_type=authorization_code&code=%00".to_owned(), 400, "invalid_request"),
            (format!("grant_type=authorization_code&code={}", "x".repeat(60_000)), 400, "invalid_grant"),
            ("grant_type=refresh_token".to_owned(), 400, "invalid_request"),
            ("grant_type=refresh_token&refresh_token=x".to_owned(), 400, "invalid_grant"),
            ("grant_type=client_credentials&scope=%22".to_owned(), 400, "invalid_scope"),
            ("grant_type=client_credentials&scope=nonsense".to_owned(), 400, "invalid_scope"),
            (format!("grant_type=client_credentials&scope={}", "a%20".repeat(65) + "b"), 400, "invalid_scope"),
            ("grant_type=client_credentials&scope=resource.read&resource=https%3A%2F%2Fx.test".to_owned(), 400, "invalid_target"),
            ("grant_type=client_credentials&scope=%FF".to_owned(), 400, "invalid_request"),
            ("grant_type=client_credentials&%FF=1".to_owned(), 400, "invalid_request"),
            ("grant_type=client_credentials&format=yaml".to_owned(), 400, "invalid_request"),
            (format!("grant_type=client_credentials&client_id={}&client_secret=x", rp.client_id), 400, "invalid_request"),
            ("grant_type=client_credentials&client_id=someone-else".to_owned(), 400, "invalid_request"),
            ("grant_type=client_credentials&client_assertion=x&client_assertion_type=y".to_owned(), 400, "invalid_request"),
            (huge, 413, "invalid_request"),
            (many, 400, "invalid_request"),
        ] {
            let shown: String = body.chars().take(80).collect();
            let answer = post(server, "/token", (FORM, body), &[("authorization", &header)]).await;

            assert_eq!(answer.status, status, "{shown}: {}", answer.body);
            assert_refused(&answer, status, code);
        }
        let raw = post(server, "/token", (FORM, b"grant_type=\xff\xfe".to_vec()), &[("authorization", &header)]).await;
        assert_refused(&raw, 400, "invalid_request");
    }

    async fn credentials(server: TestServer) {
        let (rp, right) = rp(server).await;
        let secret = rp.client_secret.as_deref().unwrap();
        let body = "grant_type=client_credentials&scope=resource.read";
        assert_eq!(post(server, "/token", (FORM, body), &[("authorization", &right)]).await.status, 200);
        for header in [
            "Basic", "Basic ", "Basic !!!", "Basic Og==", "Basic YQ==", "Bearer x", "Digest username=x", "x",
            &basic(&rp.client_id, ""), &basic("", secret), &basic(&rp.client_id, &secret.to_lowercase()),
            &basic(&format!("{} ", rp.client_id), secret), &basic(&rp.client_id.to_uppercase(), secret),
            &basic(&rp.client_id, &format!("{secret}=")), &basic(&rp.client_id, "%zz"),
            &basic(&"x".repeat(5000), secret),
        ] {
            let answer = post(server, "/token", (FORM, body), &[("authorization", header)]).await;
            assert_refused(&answer, 401, "invalid_client");
            assert!(answer.headers["www-authenticate"].starts_with("Basic"), "{header}");
        }
        let twice = server.request(Method::POST, "/token").header("content-type", FORM).body(body);
        let twice = twice.header("authorization", &right).header("authorization", &right);
        assert_refused(&server.send(twice).await, 400, "invalid_request");
        assert_refused(&post(server, "/token", (FORM, body), &[]).await, 401, "invalid_client");
    }

    /// Both halves are form-encoded before base64, RFC 6749 section 2.3.1.
    async fn encoded_credentials_work(server: TestServer) {
        let (rp, _) = rp(server).await;
        let encode = |text: &str| {
            text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
        };
        let header = basic(&encode(&rp.client_id), &encode(rp.client_secret.as_deref().unwrap()));

        let body = "grant_type=client_credentials&scope=resource.read";
        let answer = post(server, "/token", (FORM, body), &[("authorization", &header)]).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn methods_and_media_types(server: TestServer) {
        let (_, header) = rp(server).await;
        let body = "grant_type=client_credentials&scope=resource.read";
        for content_type in ["", "application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-16", "nonsense"] {
            let answer = post(server, "/token", (content_type, body), &[("authorization", &header)]).await;
            assert_refused(&answer, 415, "invalid_request");
        }
        for content_type in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLEncoded"] {
            let answer = post(server, "/token", (content_type, body), &[("authorization", &header)]).await;
            assert_eq!(answer.status, 200, "{content_type}: {}", answer.body);
        }
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let answer = server.send(server.request(method.clone(), &format!("/token?{body}"))).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.headers["allow"], "POST", "{method}");
        }
    }

    async fn nothing_secret_in_the_address(server: TestServer) {
        let (rp, header) = rp(server).await;
        let body = "grant_type=client_credentials&scope=resource.read";
        for query in [
            "client_secret=x", "code=x", "code_verifier=x", "refresh_token=x", "password=x", "client_assertion=x",
            &format!("client_id={}&client_secret={}", rp.client_id, rp.client_secret.as_deref().unwrap()),
        ] {
            let answer = post(server, &format!("/token?{query}"), (FORM, body), &[("authorization", &header)]).await;
            assert_refused(&answer, 400, "invalid_request");
        }
    }

    async fn wrong_input_spends_no_code(server: TestServer) {
        let (rp, header) = rp(server).await;
        let code = server.person("alice").await.approve(&rp).await;
        let right = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={}",
            "https%3A%2F%2Frp.example.com%2Fcallback", S256::VERIFIER,
        );
        for wrong in [
            format!("{right}&code={code}"),
            format!("{right}&redirect_uri=x"),
            right.replace("callback", "callbac"),
            right.replace(S256::VERIFIER, "short"),
            format!("{right}&format=yaml"),
            format!("{right}&x=%FF"),
            right.replace("authorization_code", "refresh_token"),
        ] {
            let answer = post(server, "/token", (FORM, wrong.clone()), &[("authorization", &header)]).await;
            assert_eq!(answer.status, 400, "{wrong}: {}", answer.body);
        }
        assert_eq!(post(server, "/token", (FORM, right), &[("authorization", &header)]).await.status, 200);
    }
}
