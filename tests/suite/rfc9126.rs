//! Pushed Authorization Requests, RFC 9126. Rows AU-16 and PK-06.

use harness::{
    Answer, Authorization, RelyingParty, TestServer, assert_refused, json, on_each_database,
    response_parameter,
};
use reqwest::Method;
use serde_json::json;

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
const FORM: &str = "application/x-www-form-urlencoded";

async fn rp(server: &TestServer) -> RelyingParty {
    server.photos_api("jwt").await;
    server.web_app().await
}

/// The error page: no client is told.
#[track_caller]
fn assert_page(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.location()), (400, None), "{}", answer.body);
    assert!(answer.body.contains("Authorization error"), "{}", answer.body);
    assert!(answer.body.contains(&format!("<code>{code}</code>")), "{}", answer.body);
}

async fn open(server: &TestServer, request: &Authorization) -> Answer {
    server.browser().get(&request.url()).await.unwrap()
}

on_each_database! {
    async fn a_client_pushes_and_the_browser_refers_to_it(server: TestServer) {
        let rp = rp(server).await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("state", "a b+c%&é").with("nonce", "n-0S6");

        let answer = rp.push(&request).await;

        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(json(&answer)["expires_in"], 60);
        let request_uri = json(&answer)["request_uri"].as_str().unwrap().to_owned();
        assert!(request_uri.strip_prefix(PREFIX).unwrap().len() > 43, "{request_uri}");

        let reference = url::Url::parse_with_params(
            &format!("{}/authorize", server.url),
            [("client_id", rp.client_id.as_str()), ("request_uri", &request_uri)],
        ).unwrap();
        let answer = alice.authorize(reference.as_str()).await;
        assert!(answer.location().unwrap().as_str().starts_with(RelyingParty::REDIRECT_URI));
        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("a b+c%&é"));
        assert_eq!(response_parameter(&answer, "iss"), Some(server.url.clone()));
        let tokens = rp.tokens(&rp.code_of(&answer)).await;
        assert_eq!(tokens["scope"], "openid resource.read");
    }

    async fn what_stands_beside_the_reference_is_not_looked_at(server: TestServer) {
        let rp = rp(server).await;
        let alice = server.person("alice").await;
        let pushed = rp.pushed(&rp.authorization()).await;
        let bent = pushed
            .and("scope", "openid profile email")
            .and("state", "evil")
            .and("redirect_uri", "https://evil.test/")
            .and("code_challenge", "x")
            .and("code_challenge_method", "plain")
            .and("response_mode", "fragment")
            .and("response_type", "token")
            .and("prompt", "none")
            .and("request", "ey");

        let answer = alice.authorize(&bent.url()).await;

        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("af0ifjsldkj"));
        assert_eq!(rp.tokens(&rp.code_of(&answer)).await["scope"], "openid resource.read");
        // A challenge that only the address holds is none.
        let without = rp.authorization().without("code_challenge").without("code_challenge_method");
        assert_refused(&rp.push(&without).await, 400, "invalid_request");
    }

    async fn the_client_proves_itself_as_at_the_token_endpoint(server: TestServer) {
        let rp = rp(server).await;
        let right = rp.authorization();
        assert_refused(&rp.with_secret("wrong").push(&right).await, 401, "invalid_client");
        let nobody = RelyingParty { client_secret: None, ..rp.clone() };
        assert_refused(&nobody.push(&right).await, 401, "invalid_client");
        let unknown = RelyingParty { client_id: "app_sbx_unknown".to_owned(), ..rp.clone() };
        assert_refused(&unknown.push(&right).await, 401, "invalid_client");
        let in_address = format!("/par?client_secret={}", rp.client_secret.as_deref().unwrap());
        assert_refused(&rp.post(&in_address, &[("response_type", "code")]).await, 400, "invalid_request");
        let other = [("response_type", "code"), ("client_id", "app_sbx_other")];
        assert_refused(&rp.post("/par", &other).await, 400, "invalid_request");

        let public = server.register("spa", json!({ "scopes": ["openid"] })).await;
        let pushed = public.pushed(&public.authorization().with("scope", "openid")).await;
        let alice = server.person("alice").await;
        assert!(response_parameter(&alice.authorize(&pushed.url()).await, "code").is_some());
    }

    async fn all_that_authorize_checks_is_checked_at_once(server: TestServer) {
        let rp = rp(server).await;
        let right = rp.authorization();
        let long = "x".repeat(2049);
        let longer = "x".repeat(17_000);
        let table = [
            (right.clone().without("response_type"), "invalid_request"),
            (right.clone().with("response_type", "token"), "unsupported_response_type"),
            (right.clone().with("response_mode", "telepathy"), "invalid_request"),
            (right.clone().with("response_mode", "fragment"), "invalid_request"),
            (right.clone().without("redirect_uri"), "invalid_request"),
            (right.clone().with("redirect_uri", "https://evil.test/"), "invalid_request"),
            (right.clone().with("redirect_uri", &longer), "invalid_request"),
            (right.clone().and("redirect_uri", RelyingParty::REDIRECT_URI), "invalid_request"),
            (right.clone().and("scope", "openid"), "invalid_request"),
            (right.clone().with("scope", "openid nonsense"), "invalid_scope"),
            (right.clone().with("scope", "a\"b"), "invalid_scope"),
            (right.clone().without("code_challenge"), "invalid_request"),
            (right.clone().with("code_challenge_method", "plain"), "invalid_request"),
            (right.clone().with("prompt", "none login"), "invalid_request"),
            (right.clone().with("max_age", "soon"), "invalid_request"),
            (right.clone().with("nonce", &long), "invalid_request"),
            (right.clone().with("state", &long), "invalid_request"),
            (right.clone().with("id_token_hint", "ey"), "invalid_request"),
            (right.clone().with("resource", "https://unknown.test"), "invalid_target"),
            (right.clone().with("request", "eyJ"), "request_not_supported"),
            (right.clone().with("registration", "{}"), "registration_not_supported"),
            (right.clone().with("request_uri", "https://a.test"), "invalid_request"),
            (right.clone().with("request_uri", &format!("{PREFIX}x")), "invalid_request"),
            (right.clone().with("foo", &longer), "invalid_request"),
        ];
        for (request, code) in table {
            let answer = rp.push(&request).await;
            assert_refused(&answer, 400, code);
            assert!(!answer.body.contains("rp.example.com"), "a registered address leaked: {}", answer.body);
        }
        let rows = server.rows().await;
        assert!(!rows.iter().any(|(table, _)| table == "pushed_request"), "nothing was kept");
        // What a person would have to answer is not asked here.
        assert_eq!(rp.push(&right.with("prompt", "none")).await.status, 201);
    }

    async fn what_could_not_be_read_back_is_not_kept(server: TestServer) {
        let rp = rp(server).await;
        let request = rp.authorization();
        let more: Vec<_> = (0..128).map(|number| format!("p{number}")).collect();
        let mut sent: Vec<(&str, &str)> = request.parameters().iter()
            .filter(|(name, _)| name != "client_id")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let missing = 128 - sent.len();
        sent.extend(more.iter().take(missing).map(|name| (name.as_str(), "x")));

        assert_refused(&rp.post("/par", &sent).await, 400, "invalid_request");
        sent.pop();
        assert_eq!(rp.post("/par", &sent).await.status, 201);
    }

    async fn only_a_form_by_post_is_taken(server: TestServer) {
        let rp = rp(server).await;
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = server.send(server.request(method.clone(), "/par")).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.headers["allow"], "POST");
        }
        let huge = vec![b'a'; 66_000];
        for (content_type, body, status) in [
            ("application/json", b"{}".to_vec(), 415),
            ("", b"client_id=a".to_vec(), 415),
            (FORM, huge, 413),
            (FORM, b"state=\xff".to_vec(), 400),
            (FORM, b"state=%FF".to_vec(), 400),
            (FORM, b"state=%00".to_vec(), 400),
            (FORM, b"a=1&".repeat(2000), 400),
        ] {
            let request = server.request(Method::POST, "/par").body(body);
            let request = request.basic_auth(&rp.client_id, rp.client_secret.as_deref());
            let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
            let answer = server.send(request).await;
            assert_eq!(answer.status, status, "{content_type}: {}", answer.body);
            assert_eq!(json(&answer)["error"], "invalid_request");
        }
    }

    async fn a_reference_is_its_clients_alone_and_short_lived(server: TestServer) {
        let rp = rp(server).await;
        let other = server.web_app().await;
        let alice = server.person("alice").await;
        let pushed = rp.pushed(&rp.authorization()).await;

        assert_page(&open(server, &pushed.clone().with("client_id", &other.client_id)).await, "invalid_request_uri");
        assert_page(&open(server, &pushed.clone().without("client_id")).await, "invalid_request");
        assert_page(&open(server, &pushed.clone().with("client_id", "app_sbx_unknown")).await, "invalid_request");
        assert_page(&open(server, &pushed.clone().with("request_uri", &format!("{PREFIX}cs_par_1x"))).await, "invalid_request_uri");
        assert_page(&open(server, &pushed.clone().with("request_uri", &format!("{PREFIX}\u{e4}"))).await, "invalid_request_uri");
        assert_page(&open(server, &pushed.clone().and("request_uri", &format!("{PREFIX}x"))).await, "invalid_request");
        server.advance(59);
        let page = alice.open(&pushed.url()).await;
        assert!(page.form_with("login-submit").is_some(), "{}", page.body);
        server.advance(2);
        assert_page(&open(server, &pushed).await, "invalid_request_uri");

        // Who is at the sign-in page already may take their time.
        server.advance(300);
        let page = alice.sign_in_with(&page, harness::PASSWORD).await;
        assert!(response_parameter(&alice.decide(&page, "once").await, "code").is_some());
    }

    async fn a_reference_is_good_for_one_answer(server: TestServer) {
        let rp = rp(server).await;
        let alice = server.person("alice").await;
        let pushed = rp.pushed(&rp.authorization()).await;

        // Loaded again, even in another browser, it still waits for its answer.
        let first = alice.open(&pushed.url()).await;
        assert!(open(server, &pushed).await.location().is_some());
        let reloaded = alice.open(&pushed.url()).await;
        let page = alice.sign_in_with(&reloaded, harness::PASSWORD).await;
        assert!(response_parameter(&alice.decide(&page, "always").await, "code").is_some());

        assert_page(&alice.browser.get(&pushed.url()).await.unwrap(), "invalid_request_uri");
        let late = alice.open(first.url.as_str()).await;
        assert!(late.body.contains("answered"), "{:?} {}", late.location(), late.body);

        let silent = rp.pushed(&rp.authorization().with("prompt", "none")).await;
        let answer = alice.browser.get(&silent.url()).await.unwrap();
        assert!(response_parameter(&answer, "code").is_some(), "{}", answer.body);
        assert_page(&alice.browser.get(&silent.url()).await.unwrap(), "invalid_request_uri");

        let denied = rp.pushed(&rp.authorization().with("prompt", "consent")).await;
        let page = alice.open(&denied.url()).await;
        assert_eq!(response_parameter(&alice.decide(&page, "deny").await, "error").as_deref(), Some("access_denied"));
        assert_page(&alice.browser.get(&denied.url()).await.unwrap(), "invalid_request_uri");
    }

    async fn a_client_can_be_made_to_push(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["openid", "resource.read"], "require_pushed_authorization_requests": true });
        let rp = server.register("web", more).await;
        let alice = server.person("alice").await;

        let refused = open(server, &rp.authorization()).await;

        assert_eq!(response_parameter(&refused, "error").as_deref(), Some("invalid_request"));
        assert_eq!(response_parameter(&refused, "state").as_deref(), Some("af0ifjsldkj"));
        let pushed = rp.pushed(&rp.authorization()).await;
        assert!(response_parameter(&alice.authorize(&pushed.url()).await, "code").is_some());
    }

    async fn what_the_client_loses_meanwhile_is_refused(server: TestServer) {
        let rp = rp(server).await;
        let pushed = rp.pushed(&rp.authorization()).await;
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let patch = async |body| assert_eq!(server.api().patch(&path, &body).await.status, 200);

        patch(json!({ "scopes": ["openid"] })).await;
        let answer = open(server, &pushed).await;
        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_scope"));

        patch(json!({ "redirect_uris": ["https://rp.example.com/other"] })).await;
        assert_page(&open(server, &pushed).await, "invalid_request");
    }

    async fn nothing_that_proves_the_client_is_kept(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.register("web", json!({ "scopes": ["openid"], "token_endpoint_auth_method": "client_secret_post" })).await;
        let secret = rp.client_secret.clone().unwrap();
        let request = rp.authorization().with("scope", "openid");
        let mut parameters: Vec<_> = request.parameters().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        parameters.push(("client_secret", &secret));
        let post = server.request(Method::POST, "/par").form(&parameters);

        let answer = server.send(post).await;

        assert_eq!(answer.status, 201, "{}", answer.body);
        let request_uri = json(&answer)["request_uri"].as_str().unwrap().to_owned();
        let handle = request_uri.strip_prefix(PREFIX).unwrap();
        let rows = server.rows().await;
        assert!(rows.iter().any(|(table, _)| table == "pushed_request"));
        assert!(!rows.iter().any(|(_, row)| row.contains(&secret) || row.contains(handle)));
    }

    async fn discovery_tells_where_to_push(server: TestServer) {
        for prefix in ["", "/oauth2"] {
            let answer = server.send(server.request(Method::POST, &format!("{prefix}/par")).form(&[("a", "b")])).await;
            assert_refused(&answer, 401, "invalid_client");
        }
        let metadata = json(&server.get("/.well-known/oauth-authorization-server").await);

        assert_eq!(metadata["pushed_authorization_request_endpoint"], format!("{}/par", server.url));
        assert_eq!(metadata["require_pushed_authorization_requests"], false);
        let preflight = server.request(Method::OPTIONS, "/par").header("origin", "https://a.test").header("access-control-request-method", "POST");
        assert!(!server.send(preflight).await.headers.keys().any(|name| name.starts_with("access-control-")));
    }
}

on_each_database! {
    async fn requests_of_public_clients_are_bounded_by_address(db: Db) {
        let server = TestServer::with(db, &[("server.trusted_proxies", "127.0.0.0/8")]).await;
        let public = server.register("spa", json!({ "scopes": ["openid"] })).await;
        let own = server.register("web", json!({ "scopes": ["openid"] })).await;
        let push = async |rp: &RelyingParty, from: &str| {
            let request = rp.authorization().with("scope", "openid");
            let post = server.request(Method::POST, "/par").header("x-forwarded-for", from);
            let post = match &rp.client_secret {
                Some(secret) => post.basic_auth(&rp.client_id, Some(secret)),
                None => post,
            };
            server.send(post.form(request.parameters())).await
        };
        let (here, there) = ("198.51.100.1", "203.0.113.9");
        for _ in 0..1000 {
            assert_eq!(push(&public, here).await.status, 201);
        }

        let refused = push(&public, here).await;

        assert_refused(&refused, 429, "invalid_request");
        assert!(refused.headers.contains_key("retry-after"));
        assert_eq!(push(&public, there).await.status, 201);
        assert_eq!(push(&own, here).await.status, 201, "who proves itself is not slowed down");
        server.finish().await;
    }
}
