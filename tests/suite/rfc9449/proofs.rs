//! Sections 4.3, 8 and 11.1: which proofs are taken, once each, and with which nonce.

use harness::{Answer, DpopKey, DpopProof, TestServer, assert_refused, on_each_database};
use serde_json::{Value, json};

use super::{FOR_ITSELF, first_nonce, machine, nonce, post, proof, redeem, spa, tokens};

/// Every way to bend a proof for `/token`, by name.
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn bad_proofs(server: &TestServer, key: &DpopKey) -> Vec<(&'static str, String)> {
    let now = server.now() / 1000;
    let other = DpopKey::generate();
    let good = || proof(server, key, "/token");
    let jwk = |name: &str, value: &str| {
        let mut jwk = key.jwk().clone();
        jwk[name] = value.into();
        jwk
    };
    let bent: Vec<(&str, DpopProof<'_>)> = vec![
        ("no typ", good().header("typ", Value::Null)),
        ("typ of a JWT", good().header("typ", "JWT")),
        ("no alg", good().header("alg", Value::Null)),
        ("alg none", good().header("alg", "none")),
        ("alg symmetric", good().header("alg", "HS256")),
        ("alg not listed", good().header("alg", "RS256")),
        ("alg of another key", good().header("alg", "EdDSA")),
        ("crit", good().header("crit", json!(["exp"]))),
        ("no jwk", good().header("jwk", Value::Null)),
        ("kid instead of jwk", good().header("jwk", Value::Null).header("kid", "a")),
        ("jwk no object", good().header("jwk", "a")),
        ("jwk private", good().header("jwk", jwk("d", "AAAA"))),
        ("jwk symmetric", good().header("jwk", json!({ "kty": "oct", "k": "AAAA" }))),
        ("jwk off the curve", good().header("jwk", jwk("x", key.jwk()["y"].as_str().unwrap()))),
        ("jwk of someone else", good().header("jwk", other.jwk().clone())),
        ("no jti", good().claim("jti", Value::Null)),
        ("jti empty", good().claim("jti", "")),
        ("jti a number", good().claim("jti", 7)),
        ("jti huge", good().claim("jti", "j".repeat(7000))),
        ("no htm", good().claim("htm", Value::Null)),
        ("htm GET", good().claim("htm", "GET")),
        ("htm lower case", good().claim("htm", "post")),
        ("no htu", good().claim("htu", Value::Null)),
        ("htu of another endpoint", good().claim("htu", format!("{}/userinfo", server.url))),
        ("htu of another path", good().claim("htu", format!("{}/oauth2/token", server.url))),
        ("htu of another server", good().claim("htu", "https://evil.example.com/token")),
        (
            "htu of another scheme",
            good().claim("htu", server.url.replace("http", "https") + "/token"),
        ),
        ("htu a path", good().claim("htu", "/token")),
        ("no iat", good().claim("iat", Value::Null)),
        ("iat a text", good().claim("iat", now.to_string())),
        ("iat an hour ago", good().claim("iat", now - 3600)),
        ("iat in an hour", good().claim("iat", now + 3600)),
        ("iat 62 seconds ago", good().claim("iat", now - 62)),
        ("iat in 12 seconds", good().claim("iat", now + 12)),
        ("iat beyond time", good().claim("iat", i64::MAX)),
        ("nonce a number", good().claim("nonce", 1)),
    ];
    let mut proofs: Vec<_> = bent.into_iter().map(|(name, it)| (name, it.sign())).collect();
    let signed = good().sign();
    let (message, signature) = signed.rsplit_once('.').unwrap();
    proofs.extend([
        ("nothing", String::new()),
        ("a text", "proof".to_owned()),
        ("two parts", message.to_owned()),
        ("four parts", format!("{signed}.x")),
        ("no signature", format!("{message}.")),
        ("padded", format!("{signed}=")),
        ("another signature", format!("{message}.{}", signature.chars().rev().collect::<String>())),
        ("list of two", format!("{signed}, {}", good().sign())),
        ("no JSON", format!("eA.eA.{signature}")),
    ]);
    proofs
}

async fn ask(rp: &harness::RelyingParty, proofs: &[&str]) -> Answer {
    post(rp, "/token", &FOR_ITSELF, proofs).await
}

on_each_database! {
    /// TK-20
    async fn bad_proofs_are_refused_with_the_registered_code(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let key = DpopKey::generate();

        for (name, proof) in bad_proofs(server, &key) {
            let answer = ask(&rp, &[&proof]).await;
            assert_refused(&answer, 400, "invalid_dpop_proof");
            assert!(!answer.body.contains(&key.thumbprint()), "{name}: {}", answer.body);
        }
        let [one, two] = [0, 1].map(|_| proof(server, &key, "/token").sign());
        assert_refused(&ask(&rp, &[&one, &two]).await, 400, "invalid_dpop_proof");
        let raw = server
            .request(reqwest::Method::POST, "/token")
            .basic_auth(&rp.client_id, rp.client_secret.as_ref())
            .header("dpop", reqwest::header::HeaderValue::from_bytes(b"\xff\xfe").unwrap())
            .form(&FOR_ITSELF);
        assert_refused(&server.send(raw).await, 400, "invalid_dpop_proof");
        // None of them was remembered.
        assert!(!server.rows().await.iter().any(|(table, _)| table == "spent_jwt"));
        tokens(&ask(&rp, &[&one]).await);
    }

    /// TK-20
    async fn proofs_may_differ_in_what_does_not_matter(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let key = DpopKey::generate();
        let now = server.now() / 1000;
        let good = || proof(server, &key, "/token");
        for taken in [
            good().claim("iat", now - 10),
            good().claim("iat", now + 8),
            good().claim("htu", format!("{}/token?a=b#c", server.url)),
            good().claim("htu", server.url.replace("http", "HTTP") + "/token"),
            good().claim("unknown", json!({ "a": 1 })).header("unknown", 1),
            good().header("kid", "a"),
        ] {
            assert_eq!(tokens(&ask(&rp, &[&taken.sign()]).await)["token_type"], "DPoP");
        }
        let alias = key.proof("POST", &format!("{}/oauth2/token", server.url), server.now()).sign();
        tokens(&post(&rp, "/oauth2/token", &FOR_ITSELF, &[&alias]).await);
    }

    /// TK-21
    async fn a_proof_counts_once_and_its_name_once_for_each_key(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let (key, other) = (DpopKey::generate(), DpopKey::generate());
        let named = |key: &DpopKey| proof(server, key, "/token").claim("jti", "same").sign();
        let first = named(&key);
        tokens(&ask(&rp, &[&first]).await);

        for again in [&first, &named(&key)] {
            assert_refused(&ask(&rp, &[again]).await, 400, "invalid_dpop_proof");
        }
        tokens(&ask(&rp, &[&named(&other)]).await);
        server.advance(62);
        assert_refused(&ask(&rp, &[&first]).await, 400, "invalid_dpop_proof");
    }

    async fn who_proves_nothing_else_needs_a_nonce(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = spa(server, json!({})).await;
        let code = server.person("alice").await.approve(&rp).await;
        let key = DpopKey::generate();
        let with = |nonce: &str| proof(server, &key, "/token").claim("nonce", nonce).sign();
        let old = first_nonce(server, &rp).await;
        server.advance(301);

        for bad in [proof(server, &key, "/token").sign(), with(&old), with(""), with(&"n".repeat(3000))] {
            let answer = redeem(&rp, &code, &[&bad]).await;
            assert_refused(&answer, 400, "use_dpop_nonce");
            assert!(nonce(&answer).bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)));
        }

        // The request is sent again with the nonce, and the code is still good.
        let code = server.person("bob").await.approve(&rp).await;
        let answer = redeem(&rp, &code, &[&with(&first_nonce(server, &rp).await)]).await;
        assert_eq!(tokens(&answer)["token_type"], "DPoP");
        assert_ne!(nonce(&answer), old);
    }

    async fn a_client_with_a_secret_may_send_a_nonce_but_no_wrong_one(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let key = DpopKey::generate();
        let with = |nonce: &str| proof(server, &key, "/token").claim("nonce", nonce).sign();

        let answer = ask(&rp, &[&with("made up")]).await;
        assert_refused(&answer, 400, "use_dpop_nonce");

        tokens(&ask(&rp, &[&with(nonce(&answer))]).await);
    }

    async fn refusals_of_strangers_are_limited(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = spa(server, json!({})).await;
        let given = first_nonce(server, &rp).await;
        let key = DpopKey::generate();

        let mut last = 0;
        for _ in 0..40 {
            let proven = proof(server, &key, "/token").claim("nonce", given.clone()).sign();
            last = redeem(&rp, "x", &[&proven]).await.status;
        }

        assert_eq!(last, 429);
    }
}
