//! Section 7: a token that is bound opens nothing without a proof of its key.

use harness::{Answer, DpopKey, RelyingParty, TestServer, json, on_each_database};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{first_nonce, machine, post, proof, redeem, spa, text, tokens};

/// The three protected resources of the server.
const RESOURCES: [&str; 3] = ["/userinfo", "/oauth/protected", "/api/v1/applications"];

/// A token of alice that is bound to `key` and opens `/userinfo` and the sample.
async fn token_of_person(server: &TestServer, key: &DpopKey) -> String {
    server.photos_api("jwt").await;
    let rp = server.web_app().await;
    let code = server.person("alice").await.approve(&rp).await;
    let body = tokens(&redeem(&rp, &code, &[&proof(server, key, "/token").sign()]).await);
    text(&body, "access_token").to_owned()
}

/// A token of a machine that is bound to `key` and opens the management API.
async fn token_of_machine(server: &TestServer, key: &DpopKey) -> String {
    let rp = server.register("machine", json!({ "scopes": ["apps:read"] })).await;
    let form = [("grant_type", "client_credentials"), ("scope", "apps:read")];
    let answer = post(&rp, "/token", &form, &[&proof(server, key, "/token").sign()]).await;
    text(&tokens(&answer), "access_token").to_owned()
}

fn get(server: &TestServer, path: &str, scheme: &str, token: &str) -> RequestBuilder {
    server.request(Method::GET, path).header("authorization", format!("{scheme} {token}"))
}

/// Asks for `path` with a proof that is right but for what `bend` does.
async fn ask(
    server: &TestServer,
    path: &str,
    (key, token): (&DpopKey, &str),
    bend: impl FnOnce(harness::DpopProof<'_>) -> harness::DpopProof<'_>,
) -> Answer {
    let good = key.proof("GET", &format!("{}{path}", server.url), server.now()).with(token);
    server.send(get(server, path, "DPoP", token).header("dpop", bend(good).sign())).await
}

#[track_caller]
fn assert_refused(answer: &Answer, scheme: &str, error: &str) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    let challenge = &answer.headers["www-authenticate"];
    assert!(challenge.starts_with(&format!("{scheme} realm=")), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    assert!(challenge.contains("algs=\"ES256 EdDSA PS256\""), "{challenge}");
}

on_each_database! {
    /// TK-22
    async fn each_resource_takes_the_token_with_a_proof_and_nothing_less(server: TestServer) {
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let person = token_of_person(server, &key).await;
        let machine = token_of_machine(server, &key).await;
        for path in RESOURCES {
            let token = if path.starts_with("/api") { &machine } else { &person };
            let with = (&key, token.as_str());

            let answer = ask(server, path, with, |it| it).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);

            let as_bearer = server.send(get(server, path, "Bearer", token)).await;
            assert_refused(&as_bearer, "Bearer", "invalid_token");
            let proven = key.proof("GET", &format!("{}{path}", server.url), server.now()).with(token).sign();
            let bearer_with_proof = get(server, path, "Bearer", token).header("dpop", &proven);
            assert_refused(&server.send(bearer_with_proof).await, "Bearer", "invalid_token");
            let without_proof = server.send(get(server, path, "DPoP", token)).await;
            assert_refused(&without_proof, "DPoP", "invalid_dpop_proof");
            let of_another = ask(server, path, (&other, token), |it| it).await;
            assert_refused(&of_another, "DPoP", "invalid_token");
            let twice = get(server, path, "DPoP", token).header("dpop", &proven).header("dpop", &proven);
            assert_refused(&server.send(twice).await, "DPoP", "invalid_dpop_proof");

            for (name, answer) in [
                ("no ath", ask(server, path, with, |it| it.claim("ath", json!(null))).await),
                ("ath of another", ask(server, path, with, |it| it.with("another")).await),
                ("htm", ask(server, path, with, |it| it.claim("htm", "POST")).await),
                ("htu", ask(server, path, with, |it| it.claim("htu", server.url.clone())).await),
                ("typ", ask(server, path, with, |it| it.header("typ", "JWT")).await),
                ("iat", ask(server, path, with, |it| it.claim("iat", 1)).await),
            ] {
                assert_refused(&answer, "DPoP", "invalid_dpop_proof");
                assert!(!answer.headers.contains_key("dpop-nonce"), "{name}");
            }
        }
    }

    /// TK-21
    async fn a_proof_opens_a_resource_once(server: TestServer) {
        let key = DpopKey::generate();
        let token = token_of_person(server, &key).await;
        let proven = key.proof("GET", &format!("{}/userinfo", server.url), server.now()).with(&token).sign();
        let call = || get(server, "/userinfo", "DPoP", &token).header("dpop", &proven);

        assert_eq!(server.send(call()).await.status, 200);

        assert_refused(&server.send(call()).await, "DPoP", "invalid_dpop_proof");
    }

    async fn a_token_that_is_bound_to_nothing_is_no_dpop_token(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let key = DpopKey::generate();
        let body = tokens(&rp.client_credentials("resource.read").await);

        let answer = ask(server, "/oauth/protected", (&key, text(&body, "access_token")), |it| it).await;

        assert_refused(&answer, "DPoP", "invalid_token");
    }

    async fn an_opaque_token_asks_for_its_key_as_well(server: TestServer) {
        let rp = machine(server, "opaque").await;
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let form = [("grant_type", "client_credentials"), ("scope", "resource.read")];
        let answer = post(&rp, "/token", &form, &[&proof(server, &key, "/token").sign()]).await;
        let body = tokens(&answer);
        let token = text(&body, "access_token");

        assert_eq!(ask(server, "/oauth/protected", (&key, token), |it| it).await.status, 200);
        let answer = ask(server, "/oauth/protected", (&other, token), |it| it).await;
        assert_refused(&answer, "DPoP", "invalid_token");
        let as_bearer = server.send(get(server, "/oauth/protected", "Bearer", token)).await;
        assert_refused(&as_bearer, "Bearer", "invalid_token");
        let in_the_body = server.request(Method::POST, "/userinfo").form(&[("access_token", token)]);
        assert_refused(&server.send(in_the_body).await, "Bearer", "invalid_token");
    }

    async fn who_proves_nothing_else_needs_a_nonce_here_too(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = spa(server, json!({})).await;
        let code = server.person("alice").await.approve(&rp).await;
        let key = DpopKey::generate();
        let given = first_nonce(server, &rp).await;
        let proven = proof(server, &key, "/token").claim("nonce", given.clone()).sign();
        let body = tokens(&redeem(&rp, &code, &[&proven]).await);
        let with = (&key, text(&body, "access_token"));

        let answer = ask(server, "/userinfo", with, |it| it).await;
        assert_refused(&answer, "DPoP", "use_dpop_nonce");
        let nonce = answer.headers["dpop-nonce"].clone();
        // Libraries look for this one challenge alone.
        assert_eq!(answer.headers["www-authenticate"].matches("realm=").count(), 1);

        let answer = ask(server, "/userinfo", with, |it| it.claim("nonce", nonce)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn who_sends_nothing_is_told_of_both_schemes(server: TestServer) {
        for path in RESOURCES {
            let answer = server.get(path).await;

            let challenge = &answer.headers["www-authenticate"];
            assert_eq!(answer.status, 401, "{path}");
            assert!(challenge.starts_with("Bearer realm=") && challenge.contains(", DPoP realm="), "{challenge}");
            assert!(!challenge.contains("error"), "{challenge}");
        }
    }

    async fn an_api_key_is_no_dpop_token(server: TestServer) {
        let key = server.api().create("/api-keys", &json!({ "name": "k", "permissions": ["apps:read"] })).await;
        let text = key["api_key"].as_str().unwrap();

        let answer = server.send(get(server, "/api/v1/applications", "DPoP", text)).await;

        assert_refused(&answer, "DPoP", "invalid_token");
    }

    async fn a_lacking_scope_is_told_under_the_scheme_that_was_used(server: TestServer) {
        server.photos_api("jwt").await;
        let rp: RelyingParty = server.register("machine", json!({ "scopes": ["resource.write"] })).await;
        let key = DpopKey::generate();
        let form = [("grant_type", "client_credentials"), ("scope", "resource.write")];
        let answer = post(&rp, "/token", &form, &[&proof(server, &key, "/token").sign()]).await;
        let body = json(&answer);

        let answer = ask(server, "/oauth/protected", (&key, text(&body, "access_token")), |it| it).await;

        assert_eq!(answer.status, 403);
        let challenge = &answer.headers["www-authenticate"];
        assert!(challenge.starts_with("DPoP ") && challenge.contains("insufficient_scope"), "{challenge}");
    }
}
