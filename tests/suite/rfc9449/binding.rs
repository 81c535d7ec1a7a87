//! Section 10: codes that only the holder of a key can redeem.

use harness::{
    DpopKey, RelyingParty, S256, assert_refused, json, on_each_database, response_parameter,
};

use super::{post, proof, redeem, text, tokens};

fn request(rp: &RelyingParty) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
        ("scope", "openid"),
        ("code_challenge", S256::CHALLENGE),
        ("code_challenge_method", "S256"),
        ("client_id", &rp.client_id),
    ]
}

on_each_database! {
    /// TK-04
    async fn a_code_that_names_a_key_is_redeemed_with_it_alone(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let url = rp.authorization().with("dpop_jkt", &key.thumbprint()).url();
        let code = rp.code_of(&server.person("alice").await.authorize(&url).await);

        assert_refused(&redeem(&rp, &code, &[]).await, 400, "invalid_grant");
        let wrong = proof(server, &other, "/token").sign();
        assert_refused(&redeem(&rp, &code, &[&wrong]).await, 400, "invalid_grant");

        let body = tokens(&redeem(&rp, &code, &[&proof(server, &key, "/token").sign()]).await);
        assert_eq!(body["token_type"], "DPoP");
        // A replay by whoever has neither the key nor a proof revokes nothing.
        assert_refused(&redeem(&rp, &code, &[]).await, 400, "invalid_grant");
        assert!(rp.is_active(text(&body, "access_token")).await);
        let replayed = proof(server, &key, "/token").sign();
        assert_refused(&redeem(&rp, &code, &[&replayed]).await, 400, "invalid_grant");
        assert!(!rp.is_active(text(&body, "access_token")).await);
    }

    async fn what_is_no_thumbprint_is_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let good = DpopKey::generate().thumbprint();
        for bad in [&good[1..], &format!("{good}A"), &good.replace(|_| true, "="), "x", "ü"] {
            let url = rp.authorization().with("dpop_jkt", bad).url();
            let answer = server.browser().get(&url).await.unwrap();
            assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"), "{bad}");
        }
        let twice = rp.authorization().and("dpop_jkt", &good).and("dpop_jkt", &good).url();
        let answer = server.browser().get(&twice).await.unwrap();
        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"));
        assert!(response_parameter(&answer, "error_description").unwrap().contains("dpop_jkt"));
    }

    async fn a_pushed_request_binds_its_code_to_the_key_of_its_proof(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let pushed = post(&rp, "/par", &request(&rp), &[&proof(server, &key, "/par").sign()]).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let pushed = json(&pushed);
        let url = format!(
            "{}/authorize?client_id={}&request_uri={}",
            server.url, rp.client_id, text(&pushed, "request_uri"),
        );
        let code = rp.code_of(&server.person("alice").await.authorize(&url).await);

        let wrong = proof(server, &other, "/token").sign();
        assert_refused(&redeem(&rp, &code, &[&wrong]).await, 400, "invalid_grant");
        let body = tokens(&redeem(&rp, &code, &[&proof(server, &key, "/token").sign()]).await);

        assert_eq!(body["token_type"], "DPoP");
    }

    async fn a_pushed_request_names_one_key(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let (same, different) = (key.thumbprint(), other.thumbprint());
        let push = async |jkt: &str, proof: String| {
            let mut form = request(&rp);
            form.push(("dpop_jkt", jkt));
            post(&rp, "/par", &form, &[&proof]).await
        };

        let answer = push(&same, proof(server, &key, "/par").sign()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let answer = push(&different, proof(server, &key, "/par").sign()).await;
        assert_refused(&answer, 400, "invalid_request");
        let answer = push(&same, proof(server, &key, "/token").sign()).await;
        assert_refused(&answer, 400, "invalid_dpop_proof");
        let stale = proof(server, &key, "/par").claim("nonce", "stale").sign();
        let answer = push(&same, stale).await;
        assert_refused(&answer, 400, "use_dpop_nonce");
        assert!(answer.headers.contains_key("dpop-nonce"));
    }
}
