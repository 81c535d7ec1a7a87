//! Section 5.3: the claims of a person, by scope.

use harness::{Answer, RelyingParty, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

/// An access token of alice with `scope`.
async fn token(server: &TestServer, rp: &RelyingParty, scope: &str) -> String {
    let alice = server.person("alice").await;
    let request = rp.authorization().with("scope", scope);
    let code = rp.code_of(&alice.authorize(&request.url()).await);
    rp.tokens(&code).await["access_token"].as_str().unwrap().to_owned()
}

fn names(claims: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Asserts that the challenge carries `error`, or none when there were no credentials.
#[track_caller]
fn assert_challenged(answer: &Answer, status: u16, error: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let challenge = &answer.headers["www-authenticate"];
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    match error {
        Some(error) => assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}"),
        None => assert!(!challenge.contains("error="), "{challenge}"),
    }
}

on_each_database! {
    async fn scopes_decide_which_claims_are_told(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        for (scope, expected) in [
            ("openid", vec!["sub"]),
            ("openid resource.read", vec!["sub"]),
            ("openid profile", vec!["name", "preferred_username", "sub", "updated_at"]),
            ("openid email", vec!["email", "email_verified", "sub"]),
        ] {
            let request = rp.authorization().with("scope", scope);
            let code = rp.code_of(&alice.authorize(&request.url()).await);
            let tokens = rp.tokens(&code).await;

            let answer = rp.userinfo(tokens["access_token"].as_str().unwrap()).await;
            let claims = json(&answer);

            assert_eq!(answer.status, 200, "{scope}");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(names(&claims), expected, "{scope}");
            assert_eq!(claims["sub"], alice.id);
        }
    }

    async fn the_claims_are_the_persons(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let token = token(server, &rp, "openid profile email").await;

        let claims = json(&rp.userinfo(&token).await);

        assert_eq!(claims["name"], "alice Example");
        assert_eq!(claims["preferred_username"], "alice");
        assert_eq!(claims["email"], "alice@example.com");
        assert_eq!(claims["email_verified"], true);
        assert_eq!(claims["updated_at"], server.now() / 1000);
    }

    async fn the_token_comes_in_the_header_or_in_a_form(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let token = token(server, &rp, "openid").await;
        let post = || server.request(Method::POST, "/userinfo");

        let by_get = rp.userinfo(&token).await;
        let by_header = server.send(post().bearer_auth(&token)).await;
        let by_form = server.send(post().form(&[("access_token", token.as_str())])).await;
        let in_query = server.get(&format!("/userinfo?access_token={token}")).await;
        let twice = post().bearer_auth(&token).form(&[("access_token", token.as_str())]);

        assert_eq!((by_get.status, by_header.status, by_form.status), (200, 200, 200));
        assert_eq!((&by_get.body, &by_get.body), (&by_header.body, &by_form.body));
        assert!([400, 401].contains(&in_query.status), "{}", in_query.status);
        assert_challenged(&server.send(twice).await, 400, Some("invalid_request"));
    }

    async fn bad_credentials_are_challenged(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let get = || server.request(Method::GET, "/userinfo");
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let machine_token = json(&machine.client_credentials("resource.read").await);
        let machine_token = machine_token["access_token"].as_str().unwrap();

        assert_challenged(&server.send(get()).await, 401, None);
        assert_challenged(&rp.userinfo("nonsense").await, 401, Some("invalid_token"));
        assert_challenged(&rp.userinfo(machine_token).await, 403, Some("insufficient_scope"));
        let basic = get().basic_auth(&rp.client_id, rp.client_secret.as_ref());
        assert_eq!(server.send(basic).await.status, 401);
        assert_challenged(&rp.userinfo("").await, 400, Some("invalid_request"));
    }

    async fn without_openid_it_stays_closed(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let token = token(server, &rp, "resource.read").await;

        assert_challenged(&rp.userinfo(&token).await, 403, Some("insufficient_scope"));
    }

    async fn an_expired_token_opens_nothing(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let token = token(server, &rp, "openid").await;

        server.advance(3600);

        assert_challenged(&rp.userinfo(&token).await, 401, Some("invalid_token"));
    }

    async fn an_opaque_token_with_openid_opens_it_too(server: TestServer) {
        server.photos_api("opaque").await;
        let rp = server.web_app().await;
        let token = token(server, &rp, "openid email resource.read").await;

        let claims = json(&rp.userinfo(&token).await);

        assert_eq!(claims["email"], "alice@example.com");
    }

    async fn claims_follow_the_account(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid email");
        let code = rp.code_of(&alice.authorize(&request.url()).await);
        let tokens = rp.tokens(&code).await;
        let path = format!("/users/{}", alice.id);
        let changed = server.api().patch(&path, &json!({ "email": "new@example.com" })).await;
        assert_eq!(changed.status, 200, "{}", changed.body);

        let claims = json(&rp.userinfo(tokens["access_token"].as_str().unwrap()).await);

        assert_eq!(claims["email"], "new@example.com");
        assert_eq!(claims["email_verified"], false, "a new address is not verified");
    }
}
