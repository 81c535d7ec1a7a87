//! Sections 2 and 3.1.3: what an ID token says.

use harness::{
    Authorization, Jws, Person, RelyingParty, TestServer, half_hash, json, on_each_database,
};
use serde_json::{Value, json};

/// The tokens that `request` leads `person` to.
async fn tokens_of(rp: &RelyingParty, person: &Person, request: &Authorization) -> Value {
    let code = rp.code_of(&person.authorize(&request.url()).await);
    rp.tokens(&code).await
}

async fn id_token(server: &TestServer, tokens: &Value) -> Jws {
    Jws::verify(tokens["id_token"].as_str().unwrap(), &server.jwks().await)
}

on_each_database! {
    async fn it_says_who_signed_in_when_and_for_whom(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("nonce", "n-0S6_WzA2Mj é");
        let page = alice.open(&request.url()).await;
        let page = alice.sign_in_with(&page, harness::PASSWORD).await;
        let signed_in_at = server.now() / 1000;
        server.advance(40);
        let code = rp.code_of(&alice.decide(&page, "once").await);

        let tokens = rp.tokens(&code).await;
        let Jws { header, claims } = id_token(server, &tokens).await;

        let now = server.now() / 1000;
        assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("JWT")));
        assert_eq!(claims["iss"], server.url);
        assert_eq!(claims["sub"], alice.id);
        assert_eq!(claims["aud"], rp.client_id);
        assert_eq!(claims["iat"], now);
        assert!(claims["exp"].as_i64().unwrap() > now);
        assert_eq!(claims["auth_time"], signed_in_at);
        assert_eq!(claims["nonce"], "n-0S6_WzA2Mj é");
        assert_eq!(claims["at_hash"], half_hash(tokens["access_token"].as_str().unwrap()));
        assert_eq!(claims["amr"], json!(["pwd"]));
        assert!(claims["sid"].is_string());
    }

    async fn nothing_personal_is_in_it(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid profile email");

        let claims = id_token(server, &tokens_of(&rp, &alice, &request).await).await.claims;

        for personal in ["name", "email", "email_verified", "preferred_username"] {
            assert!(claims.get(personal).is_none(), "{personal}");
        }
        assert!(claims.get("nonce").is_none(), "a nonce that nobody sent");
    }

    async fn without_openid_there_is_none(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "resource.read");

        assert!(tokens_of(&rp, &alice, &request).await.get("id_token").is_none());
    }

    async fn a_client_registered_for_rs256_gets_rs256(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({
            "scopes": ["openid", "resource.read"],
            "id_token_signed_response_alg": "RS256",
        });
        let rp = server.register("web", more).await;
        let alice = server.person("alice").await;

        let tokens = tokens_of(&rp, &alice, &rp.authorization()).await;
        let Jws { header, claims } = id_token(server, &tokens).await;
        let access = Jws::verify(tokens["access_token"].as_str().unwrap(), &server.jwks().await);

        assert_eq!(header["alg"], "RS256");
        assert_eq!(claims["at_hash"], half_hash(tokens["access_token"].as_str().unwrap()));
        assert_eq!(access.header["alg"], "ES256");
    }

    async fn at_hash_is_of_the_opaque_token_too(server: TestServer) {
        server.photos_api("opaque").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;

        let tokens = tokens_of(&rp, &alice, &rp.authorization()).await;
        let claims = id_token(server, &tokens).await.claims;

        assert_eq!(claims["at_hash"], half_hash(tokens["access_token"].as_str().unwrap()));
    }

    async fn a_refreshed_one_keeps_who_and_when(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("nonce", "first").with("scope", "openid offline_access");
        let first = tokens_of(&rp, &alice, &request).await;
        let before = id_token(server, &first).await.claims;
        server.advance(600);

        let second = json(&rp.refresh(first["refresh_token"].as_str().unwrap()).await);
        let after = id_token(server, &second).await.claims;

        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 600);
        assert!(after.get("nonce").is_none_or(|nonce| *nonce == before["nonce"]));
    }

    async fn the_lifetime_is_the_clients(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["openid", "resource.read"], "id_token_lifetime_seconds": 120 });
        let rp = server.register("web", more).await;
        let alice = server.person("alice").await;

        let claims = id_token(server, &tokens_of(&rp, &alice, &rp.authorization()).await).await.claims;

        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    }

    async fn state_and_nonce_come_back_byte_for_byte_or_not_at_all(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        for value in ["x", &"x".repeat(64), &"ü&=+%/?#".repeat(48), &"s".repeat(2048)] {
            let request = rp.authorization().with("state", value).with("nonce", value);
            let answer = alice.authorize(&request.url()).await;
            let state = harness::response_parameter(&answer, "state");
            let tokens = rp.tokens(&rp.code_of(&answer)).await;

            assert_eq!(state.as_deref(), Some(value));
            assert_eq!(id_token(server, &tokens).await.claims["nonce"], value);
        }
        let long = rp.authorization().with("state", &"s".repeat(2049));
        let answer = alice.open(&long.url()).await;
        let parameter = |name| harness::response_parameter(&answer, name);
        assert_eq!(parameter("error").as_deref(), Some("invalid_request"));
        assert_eq!((parameter("state"), parameter("code")), (None, None));
    }
}
