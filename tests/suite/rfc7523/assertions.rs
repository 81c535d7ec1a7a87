//! Section 3: what an assertion has to be.

use harness::{
    Answer, ClientKey, Db, RelyingParty, S256, TestServer, assert_refused, json, on_each_database,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Signer, post};

const GRANT: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "resource.read")];

/// A server that lets a table of wrong assertions come from one address.
async fn patient(db: Db) -> TestServer {
    TestServer::with(db, &[("limits.enabled", "false")]).await
}

#[track_caller]
fn assert_token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    json(answer)["access_token"].as_str().unwrap().to_owned()
}

on_each_database! {
    async fn a_client_proves_itself_at_every_endpoint(server: TestServer) {
        let signer = Signer::machine(server, json!({})).await;

        let token = assert_token(&signer.ask(server, &signer.assertion(server)).await);
        let asked = [("token", token.as_str())];
        let told = post(server, "/introspect", &signer.assertion(server), &asked).await;
        let revoked = post(server, "/revoke", &signer.assertion(server), &asked).await;
        let gone = post(server, "/introspect", &signer.assertion(server), &asked).await;

        assert_eq!(json(&told)["active"], true, "{}", told.body);
        assert_eq!(revoked.status, 200, "{}", revoked.body);
        assert_eq!(json(&gone), json!({ "active": false }));
        for path in ["/token", "/introspect", "/revoke", "/par"] {
            let nobody = [GRANT.as_slice(), &asked, &[("client_id", &signer.rp.client_id)]].concat();
            let answer = server.send(server.request(Method::POST, path).form(&nobody)).await;
            assert_refused(&answer, 401, "invalid_client");
        }
    }

    async fn a_pushed_request_and_a_code_are_asked_for_with_a_key(server: TestServer) {
        server.photos_api("jwt").await;
        let key = ClientKey::generate("k1");
        let settings = json!({
            "jwks": key.jwks(), "token_endpoint_auth_method": "private_key_jwt",
            "scopes": ["openid", "resource.read"],
        });
        let rp = server.register("web", settings).await;
        let assertion = || key.assertion(&rp.client_id, &server.url, server.now());
        let request = rp.authorization();
        let pushed: Vec<_> = request
            .parameters()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();

        let answer = post(server, "/par", &assertion(), &pushed).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let code = server.person("alice").await.approve(&rp).await;
        let redemption = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", RelyingParty::REDIRECT_URI),
            ("code_verifier", S256::VERIFIER),
        ];
        let tokens = post(server, "/token", &assertion(), &redemption).await;

        assert_token(&tokens);
    }

    async fn an_assertion_counts_once(server: TestServer) {
        let signer = Signer::machine(server, json!({})).await;
        let assertion = signer.assertion(server);

        assert_token(&signer.ask(server, &assertion).await);
        let again = signer.ask(server, &assertion).await;
        let elsewhere = post(server, "/introspect", &assertion, &[("token", "x")]).await;

        assert_refused(&again, 401, "invalid_client");
        assert!(again.body.contains("new jti"), "{}", again.body);
        assert_refused(&elsewhere, 401, "invalid_client");
    }

    async fn the_method_is_the_registered_one_and_the_only_one(server: TestServer) {
        let signer = Signer::machine(server, json!({})).await;
        let other = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let secret = other.client_secret.clone().unwrap();
        let id = signer.rp.client_id.as_str();
        let of_other = signer.key.assertion(&other.client_id, &server.url, server.now());

        let with_secret = signer.rp.with_secret(&secret).post("/token", &GRANT).await;
        let named = [GRANT.as_slice(), &[("client_id", id)]].concat();
        let without = server.send(server.request(Method::POST, "/token").form(&named)).await;
        let wrong_client = post(server, "/token", &of_other, &GRANT).await;
        let posted = [named.as_slice(), &[("client_secret", "x")]].concat();
        let mixed = post(server, "/token", &signer.assertion(server), &posted).await;
        let assertion = signer.assertion(server);
        let form = [GRANT.as_slice(), &[
            ("client_assertion_type", ClientKey::JWT_BEARER),
            ("client_assertion", &assertion),
        ]].concat();
        let request = server.request(Method::POST, "/token").basic_auth(id, Some(&secret));
        let header = server.send(request.form(&form)).await;
        let another = [GRANT.as_slice(), &[("client_id", other.client_id.as_str())]].concat();
        let two = post(server, "/token", &signer.assertion(server), &another).await;

        for answer in [with_secret, without, wrong_client] {
            assert_refused(&answer, 401, "invalid_client");
        }
        for answer in [mixed, header, two] {
            assert_refused(&answer, 400, "invalid_request");
        }
        assert_token(&post(server, "/token", &signer.assertion(server), &named).await);
    }

    async fn an_old_library_may_be_let_name_the_endpoint(server: TestServer) {
        let endpoint = format!("{}/token", server.url);
        let strict = Signer::machine(server, json!({})).await;
        let key = ClientKey::generate("k2");
        let lenient = Signer::with(
            server,
            key,
            |jwks| json!({ "jwks": jwks }),
            json!({ "accept_endpoint_audience": true }),
        )
        .await;

        let refused = strict.ask(server, &strict.bent(server, "aud", &json!(endpoint))).await;
        assert_refused(&refused, 401, "invalid_client");
        assert!(refused.body.contains("issuer"), "{}", refused.body);
        for audience in [json!(endpoint), json!([endpoint]), json!(server.url)] {
            let assertion = lenient.bent(server, "aud", &audience);
            assert_token(&lenient.ask(server, &assertion).await);
        }
    }
}

on_each_database! {
    async fn every_wrong_claim_is_refused_and_told_to_the_holder_of_the_key(db: Db) {
        let server = patient(db).await;
        let signer = Signer::machine(&server, json!({})).await;
        let now = server.now() / 1000;
        for (name, value, told) in [
            ("iss", Value::Null, "iss"),
            ("iss", json!("other"), "iss"),
            ("sub", Value::Null, "sub"),
            ("sub", json!(7), "sub"),
            ("aud", Value::Null, "aud"),
            ("aud", json!([server.url]), "aud"),
            ("aud", json!(format!("{}/token", server.url)), "aud"),
            ("aud", json!(format!("{}/par", server.url)), "aud"),
            ("aud", json!("https://other.example"), "aud"),
            ("exp", Value::Null, "exp"),
            ("exp", json!(now), "exp"),
            ("exp", json!(now - 3600), "exp"),
            ("exp", json!(now + 311), "exp"),
            ("exp", json!(now + 48 * 3600), "exp"),
            ("exp", json!((now + 60).to_string()), "exp"),
            ("exp", json!(-1), "exp"),
            ("exp", json!(1e300), "exp"),
            ("nbf", json!(now + 60), "future"),
            ("iat", json!(now + 60), "future"),
            ("iat", json!("now"), "future"),
            ("jti", Value::Null, "jti"),
            ("jti", json!(""), "jti"),
            ("jti", json!(["a"]), "jti"),
            ("jti", json!("j".repeat(256)), "jti"),
        ] {
            let answer = signer.ask(&server, &signer.bent(&server, name, &value)).await;
            assert_refused(&answer, 401, "invalid_client");
            let description = json(&answer)["error_description"].as_str().unwrap().to_owned();
            assert!(description.contains(told), "{name} {value}: {description}");
        }
        let ahead = signer.bent(&server, "iat", &json!(now + 8));
        assert_token(&signer.ask(&server, &ahead).await);
        server.finish().await;
    }

    async fn every_forged_header_is_refused(db: Db) {
        let server = patient(db).await;
        let signer = Signer::machine(&server, json!({})).await;
        let stranger = ClientKey::generate("k1");
        let with = |name: &str, value: Value| {
            let mut header = signer.key.header();
            header[name] = value;
            header
        };
        for header in [
            with("alg", json!("none")),
            with("alg", json!("HS256")),
            with("alg", json!("RS256")),
            with("alg", json!("ES384")),
            with("alg", Value::Null),
            with("kid", json!("k2")),
            with("kid", json!(7)),
            with("typ", json!("at+jwt")),
            with("typ", json!("dpop+jwt")),
            with("crit", json!(["exp"])),
            with("crit", json!([])),
            json!({}),
            json!([]),
        ] {
            let assertion = signer.key.sign(&header, &signer.claims(&server));
            assert_refused(&signer.ask(&server, &assertion).await, 401, "invalid_client");
        }
        for brought in ["jwk", "jku", "x5u", "x5c"] {
            let value = if brought == "jwk" { stranger.jwk() } else { json!("https://a.example") };
            let header = with(brought, value);
            let forged = stranger.sign(&header, &signer.claims(&server));
            assert_refused(&signer.ask(&server, &forged).await, 401, "invalid_client");
            let honest = signer.key.sign(&header, &signer.claims(&server));
            assert_token(&signer.ask(&server, &honest).await);
        }
        server.finish().await;
    }

    async fn whatever_is_sent_is_refused_with_a_registered_code(db: Db) {
        let server = patient(db).await;
        let signer = Signer::machine(&server, json!({})).await;
        let good = signer.assertion(&server);
        let [cut, _] = [good.rsplit_once('.').unwrap().0, ""];
        let huge = "a".repeat(20_000);
        for (assertion, kind) in [
            ("", ClientKey::JWT_BEARER),
            ("a", ClientKey::JWT_BEARER),
            ("..", ClientKey::JWT_BEARER),
            ("\u{e9}.\u{e9}.\u{e9}", ClientKey::JWT_BEARER),
            (cut, ClientKey::JWT_BEARER),
            (&format!("{cut}."), ClientKey::JWT_BEARER),
            (&format!("{good}="), ClientKey::JWT_BEARER),
            (&huge, ClientKey::JWT_BEARER),
            (&good, ""),
            (&good, "jwt-bearer"),
            (&good, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ] {
            let form = [GRANT.as_slice(), &[
                ("client_assertion_type", kind),
                ("client_assertion", assertion),
            ]].concat();
            let answer = server.send(server.request(Method::POST, "/token").form(&form)).await;
            assert_refused(&answer, 401, "invalid_client");
        }
        let doubled = [GRANT.as_slice(), &[("client_assertion", good.as_str())]].concat();
        assert_refused(&post(&server, "/token", &good, &doubled).await, 400, "invalid_request");
        let address = format!("/token?client_assertion={good}");
        assert_refused(&post(&server, &address, &good, &GRANT).await, 400, "invalid_request");
        assert_token(&signer.ask(&server, &good).await);
        server.finish().await;
    }

    async fn strangers_are_slowed_down_and_told_alike(db: Db) {
        let server = TestServer::spawn(db).await;
        let signer = Signer::machine(&server, json!({})).await;
        let stranger = ClientKey::generate("k1");
        let forge = |id: &str| stranger.assertion(id, &server.url, server.now());
        let told = |answer: &Answer| json(answer)["error_description"].clone();
        let known = post(&server, "/token", &forge(&signer.rp.client_id), &GRANT).await;
        assert!(told(&known).as_str().unwrap().starts_with("Client authentication failed."));

        let mut last = known;
        for _ in 0..40 {
            last = post(&server, "/token", &forge(&signer.rp.client_id), &GRANT).await;
        }

        assert!(last.headers.contains_key("retry-after"), "{} {}", last.status, last.body);
        server.finish().await;
    }
}
