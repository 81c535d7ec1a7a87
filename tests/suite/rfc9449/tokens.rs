//! Sections 5 to 6: tokens that are bound, and refresh tokens of clients without a secret.

use harness::{DpopKey, Jws, assert_refused, json, on_each_database};
use serde_json::json;

use super::{
    FOR_ITSELF, first_nonce, machine, nonce, post, proof, redeem, refresh, spa, text, tokens,
};

on_each_database! {
    async fn a_token_is_bound_to_the_key_of_the_proof(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let key = DpopKey::generate();

        let body = tokens(&post(&rp, "/token", &FOR_ITSELF, &[&proof(server, &key, "/token").sign()]).await);
        let told = rp.introspect(text(&body, "access_token")).await;
        let claims = Jws::verify(text(&body, "access_token"), &server.jwks().await).claims;

        assert_eq!(body["token_type"], "DPoP");
        assert_eq!(claims["cnf"], json!({ "jkt": key.thumbprint() }));
        assert_eq!((&told["token_type"], &told["cnf"]), (&json!("DPoP"), &claims["cnf"]));
    }

    async fn an_opaque_token_is_bound_in_its_row(server: TestServer) {
        let rp = machine(server, "opaque").await;
        let key = DpopKey::generate();

        let body = tokens(&post(&rp, "/token", &FOR_ITSELF, &[&proof(server, &key, "/token").sign()]).await);
        let told = rp.introspect(text(&body, "access_token")).await;

        assert_eq!(body["token_type"], "DPoP");
        assert_eq!(told["token_type"], "DPoP");
        assert_eq!(told["cnf"], json!({ "jkt": key.thumbprint() }));
    }

    async fn without_a_proof_nothing_is_bound(server: TestServer) {
        let rp = machine(server, "jwt").await;

        let answer = rp.client_credentials("resource.read").await;
        let told = rp.introspect(text(&json(&answer), "access_token")).await;

        assert_eq!(json(&answer)["token_type"], "Bearer");
        assert_eq!((&told["token_type"], told.get("cnf")), (&json!("Bearer"), None));
        assert!(!answer.headers.contains_key("dpop-nonce"));
    }

    async fn a_client_that_keeps_a_secret_may_change_its_key(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let code = server.person("alice").await.approve(&rp).await;
        let (first, second) = (DpopKey::generate(), DpopKey::generate());
        let body = tokens(&redeem(&rp, &code, &[&proof(server, &first, "/token").sign()]).await);
        assert_eq!(body["token_type"], "DPoP");

        let answer = refresh(&rp, text(&body, "refresh_token"), &[&proof(server, &second, "/token").sign()]).await;
        let told = rp.introspect(text(&tokens(&answer), "access_token")).await;

        assert_eq!(told["cnf"], json!({ "jkt": second.thumbprint() }));
        assert_eq!(told["active"], true);
        let unbound = refresh(&rp, text(&body, "refresh_token"), &[]).await;
        assert_eq!(tokens(&unbound)["token_type"], "Bearer");
    }

    /// RT-01, CVE-2026-39388
    async fn a_refresh_token_without_a_secret_works_with_its_key_alone(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = spa(server, json!({})).await;
        let code = server.person("alice").await.approve(&rp).await;
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let given = first_nonce(server, &rp).await;
        let with = |key: &DpopKey, nonce: &str| proof(server, key, "/token").claim("nonce", nonce).sign();
        let answer = redeem(&rp, &code, &[&with(&key, &given)]).await;
        let body = tokens(&answer);
        let refresh_token = text(&body, "refresh_token");

        for proofs in [vec![], vec![with(&other, &given)]] {
            let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
            assert_refused(&refresh(&rp, refresh_token, &proofs).await, 400, "invalid_grant");
        }

        // The answer brought the next nonce, and nothing was spent by the wrong ones.
        let answer = refresh(&rp, refresh_token, &[&with(&key, nonce(&answer))]).await;
        assert_eq!(tokens(&answer)["token_type"], "DPoP");
    }

    async fn a_refresh_token_that_was_never_bound_stays_so(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = spa(server, json!({})).await;
        let code = server.person("alice").await.approve(&rp).await;
        let body = rp.tokens(&code).await;
        assert_eq!(body["token_type"], "Bearer");

        let key = DpopKey::generate();
        let bound = proof(server, &key, "/token").claim("nonce", first_nonce(server, &rp).await).sign();
        let body = tokens(&refresh(&rp, text(&body, "refresh_token"), &[&bound]).await);

        assert_eq!(body["token_type"], "DPoP");
        let again = refresh(&rp, text(&body, "refresh_token"), &[]).await;
        assert_eq!(tokens(&again)["token_type"], "Bearer");
    }

    async fn a_client_that_must_be_bound_gets_nothing_without_a_proof(server: TestServer) {
        server.photos_api("jwt").await;
        let settings = json!({ "scopes": ["openid", "resource.read"], "dpop_bound_access_tokens": true });
        let rp = server.register("web", settings).await;
        let code = server.person("alice").await.approve(&rp).await;

        assert_refused(&rp.redeem(&code).await, 400, "invalid_dpop_proof");

        // The code was not spent.
        let key = DpopKey::generate();
        let body = tokens(&redeem(&rp, &code, &[&proof(server, &key, "/token").sign()]).await);
        assert_refused(&rp.refresh(text(&body, "refresh_token")).await, 400, "invalid_dpop_proof");
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        assert_eq!(json(&server.api().get(&path).await)["dpop_bound_access_tokens"], true);
        let changed = server.api().patch(&path, &json!({ "dpop_bound_access_tokens": false })).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(tokens(&rp.refresh(text(&body, "refresh_token")).await)["token_type"], "Bearer");
    }

    /// A sender-constrained client without a secret may keep its refresh token.
    async fn bound_refresh_tokens_need_not_rotate(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = spa(server, json!({ "dpop_bound_access_tokens": true })).await;
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        assert_eq!(json(&server.api().get(&path).await)["refresh_mode"], "reuse");
        let code = server.person("alice").await.approve(&rp).await;
        let key = DpopKey::generate();
        let given = first_nonce(server, &rp).await;
        let proven = || proof(server, &key, "/token").claim("nonce", given.clone()).sign();
        let body = tokens(&redeem(&rp, &code, &[&proven()]).await);

        for _ in 0..2 {
            let next = tokens(&refresh(&rp, text(&body, "refresh_token"), &[&proven()]).await);
            assert_eq!(next["refresh_token"], body["refresh_token"]);
        }
        let refused = server
            .api()
            .patch(&path, &json!({ "dpop_bound_access_tokens": false, "refresh_mode": "reuse" }))
            .await;
        harness::assert_problem(&refused, 422, &[("#/refresh_mode", "public-reuse")]);
        let unbound = server.api().patch(&path, &json!({ "dpop_bound_access_tokens": false })).await;
        assert_eq!(json(&unbound)["refresh_mode"], "rotate");
    }

    async fn the_metadata_lists_the_algorithms(server: TestServer) {
        let metadata = json(&server.get("/.well-known/openid-configuration").await);

        assert_eq!(metadata["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "PS256"]));
    }
}
