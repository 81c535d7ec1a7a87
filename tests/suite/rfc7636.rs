//! Proof Key for Code Exchange, RFC 7636.

use harness::{
    Answer, Authorization, RelyingParty, S256, TestServer, assert_refused, on_each_database,
    response_parameter,
};
use serde_json::json;

/// Redeems `code` with these verifiers, none or several of them.
async fn redeem(rp: &RelyingParty, code: &str, verifiers: &[&str]) -> Answer {
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
    ];
    parameters.extend(verifiers.iter().map(|verifier| ("code_verifier", *verifier)));
    rp.post("/token", &parameters).await
}

/// A confidential client of OpenID Connect that need not send a challenge.
async fn exempt(server: &TestServer) -> RelyingParty {
    let scopes = ["openid", "resource.read"];
    server.register("web", json!({ "scopes": scopes, "require_pkce": false })).await
}

fn without_challenge(rp: &RelyingParty) -> Authorization {
    rp.authorization().without("code_challenge").without("code_challenge_method")
}

async fn error_of(server: &TestServer, request: &Authorization) -> Option<String> {
    let answer = server.browser().get(&request.url()).await.unwrap();
    response_parameter(&answer, "error")
}

on_each_database! {
    /// PK-01
    async fn a_challenge_is_required_of_every_kind_of_client(server: TestServer) {
        server.photos_api("jwt").await;
        for kind in ["web", "spa", "native"] {
            let rp = server.register(kind, json!({ "scopes": ["openid", "resource.read"] })).await;
            let error = error_of(server, &without_challenge(&rp)).await;

            assert_eq!(error.as_deref(), Some("invalid_request"), "{kind}");
        }
    }

    /// PK-02
    async fn only_s256_is_taken(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let right = rp.authorization();

        for method in ["plain", "s256", "S512", "S256 "] {
            let error = error_of(server, &right.clone().with("code_challenge_method", method)).await;
            assert_eq!(error.as_deref(), Some("invalid_request"), "{method:?}");
        }
        for request in [
            right.clone().without("code_challenge_method"),
            right.clone().with("code_challenge_method", ""),
            right.clone().without("code_challenge"),
            right.clone().with("code_challenge", ""),
        ] {
            let error = error_of(server, &request).await;
            assert_eq!(error.as_deref(), Some("invalid_request"), "{}", request.url());
        }
    }

    /// PK-05
    async fn a_challenge_is_43_base64url_characters(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let challenge = S256::CHALLENGE;

        for wrong in [
            challenge[..42].to_owned(),
            format!("{challenge}A"),
            format!("{challenge}="),
            challenge.replace('-', "+"),
            challenge.replace('E', "ä"),
            "x".repeat(4096),
        ] {
            let error = error_of(server, &rp.authorization().with("code_challenge", &wrong)).await;
            assert_eq!(error.as_deref(), Some("invalid_request"), "{wrong}");
        }
    }

    /// PK-04 and PK-05
    async fn only_the_verifier_behind_the_challenge_redeems(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let code = server.person("alice").await.approve(&rp).await;
        let verifier = S256::VERIFIER;

        assert_refused(&redeem(&rp, &code, &[]).await, 400, "invalid_grant");
        for wrong in [
            "",
            " ",
            S256::CHALLENGE,
            &verifier[..42],
            &format!("{verifier} "),
            &verifier.to_lowercase(),
            &format!("{}ä", &verifier[..42]),
            &"a".repeat(128),
            &"a".repeat(129),
        ] {
            assert_refused(&redeem(&rp, &code, &[wrong]).await, 400, "invalid_grant");
        }
        assert_refused(&redeem(&rp, &code, &[verifier, verifier]).await, 400, "invalid_request");

        assert_eq!(redeem(&rp, &code, &[verifier]).await.status, 200);
    }

    async fn the_longest_and_strangest_verifier_works(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let verifier = "-._~".repeat(32);
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        let challenge = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(hash.as_ref());

        let request = rp.authorization().with("code_challenge", &challenge);
        let code = rp.code_of(&alice.authorize(&request.url()).await);

        assert_eq!(redeem(&rp, &code, &[&verifier]).await.status, 200);
    }

    async fn an_exempt_client_of_openid_connect_may_leave_it_out_with_a_nonce(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = exempt(server).await;
        let alice = server.person("alice").await;
        let request = without_challenge(&rp).with("nonce", "n-0S6_WzA2Mj");

        let code = rp.code_of(&alice.authorize(&request.url()).await);

        assert_eq!(redeem(&rp, &code, &[]).await.status, 200);
    }

    async fn the_exemption_asks_for_openid_and_a_nonce(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = exempt(server).await;
        let plain_oauth = without_challenge(&rp).with("scope", "resource.read").with("nonce", "n");

        for request in [without_challenge(&rp), plain_oauth] {
            let error = error_of(server, &request).await;
            assert_eq!(error.as_deref(), Some("invalid_request"), "{}", request.url());
        }
    }

    /// PK-03
    async fn a_verifier_without_a_challenge_is_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = exempt(server).await;
        let alice = server.person("alice").await;
        let request = without_challenge(&rp).with("nonce", "n-0S6_WzA2Mj");
        let code = rp.code_of(&alice.authorize(&request.url()).await);

        assert_refused(&redeem(&rp, &code, &[S256::VERIFIER]).await, 400, "invalid_grant");

        assert_eq!(redeem(&rp, &code, &[]).await.status, 200);
    }

    async fn a_challenge_that_was_sent_binds_an_exempt_client_too(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = exempt(server).await;
        let code = server.person("alice").await.approve(&rp).await;

        assert_refused(&redeem(&rp, &code, &[]).await, 400, "invalid_grant");

        assert_eq!(redeem(&rp, &code, &[S256::VERIFIER]).await.status, 200);
    }

    async fn no_public_client_is_exempt(server: TestServer) {
        for kind in ["spa", "native"] {
            let body = json!({
                "name": "No secret", "type": kind, "environment": "sandbox", "require_pkce": false,
                "redirect_uris": [RelyingParty::REDIRECT_URI],
            });
            let answer = server.api().post("/applications", &body).await;

            harness::assert_problem(&answer, 422, &[("#/require_pkce", "pkce-required")]);
        }
    }
}
