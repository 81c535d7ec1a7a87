//! Registering keys: through the management API and the control center.

use harness::{ClientKey, Form, assert_problem, json, on_each_database};
use serde_json::{Value, json};

use super::Signer;

fn body(more: &Value) -> Value {
    let mut body = json!({
        "name": "Printer", "type": "machine", "environment": "sandbox", "scopes": [],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

on_each_database! {
    async fn what_is_registered_is_read_back_and_can_be_sent_back(server: TestServer) {
        let signer = Signer::machine(server, json!({})).await;
        let path = format!("/applications/{}/clients/sandbox", signer.rp.application_id);

        let read = json(&server.api().get(&path).await);
        assert_eq!(read["jwks"], signer.key.jwks());
        assert_eq!(read["jwks_uri"], Value::Null);
        assert_eq!(read["token_endpoint_auth_method"], "private_key_jwt");
        assert_eq!(read["secrets"], json!([]));
        let sent_back = server.api().patch(&path, &read).await;
        assert_eq!(sent_back.status, 200, "{}", sent_back.body);
        assert_eq!(json(&sent_back), read);

        let change = json!({
            "jwks_uri": "https://app.example.com/jwks.json",
            "token_endpoint_auth_signing_alg": "PS256",
        });
        let moved = json(&server.api().patch(&path, &change).await);
        assert_eq!(moved["jwks"], Value::Null);
        assert_eq!(moved["jwks_uri"], "https://app.example.com/jwks.json");
        assert_eq!(moved["token_endpoint_auth_signing_alg"], "PS256");
        let without = server.api().patch(&path, &json!({ "jwks_uri": null })).await;
        assert_problem(&without, 422, &[("#/jwks", "keys-needed")]);
        let basic = json!({ "jwks_uri": null, "token_endpoint_auth_method": "client_secret_basic" });
        let basic = json(&server.api().patch(&path, &basic).await);
        assert_eq!(basic["jwks_uri"], Value::Null);
        let refused = server.api().post(&format!("{path}/secrets"), &json!({})).await;
        assert_eq!(refused.status, 201, "{}", refused.body);
    }

    async fn changing_to_keys_ends_the_secrets(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let key = ClientKey::generate("k1");
        let change = json!({ "jwks": key.jwks(), "token_endpoint_auth_method": "private_key_jwt" });

        let changed = json(&server.api().patch(&path, &change).await);

        assert_eq!(changed["secrets"], json!([]));
        let secret = server.api().post(&format!("{path}/secrets"), &json!({})).await;
        let kind = json(&secret)["type"].as_str().unwrap_or_default().to_owned();
        assert!(secret.status == 409 && kind.ends_with("/no-secret"), "{}", secret.body);
    }

    async fn keys_that_cannot_be_taken_are_named(server: TestServer) {
        let good = ClientKey::generate("k1").jwk();
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key[name] = value;
            key
        };
        let set = |keys: Vec<Value>| json!({ "keys": keys });
        let long = with("x5c", json!(["A".repeat(17_000)]));
        let rs256 = json!({
            "kty": "RSA", "alg": "RS256", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });
        for (jwks, pointer, code) in [
            (json!({}), "#/jwks", "not-a-key-set"),
            (json!([]), "#/jwks", "not-a-key-set"),
            (json!("{}"), "#/jwks", "not-a-key-set"),
            (set(vec![]), "#/jwks", "no-usable-key"),
            (set(vec![with("use", json!("enc"))]), "#/jwks", "no-usable-key"),
            (set(vec![with("crv", json!("P-384"))]), "#/jwks", "no-usable-key"),
            (set(vec![good.clone(); 33]), "#/jwks", "too-many"),
            (set(vec![long]), "#/jwks", "too-long"),
            (set(vec![good.clone(), good.clone()]), "#/jwks/keys/1", "duplicate"),
            (set(vec![with("d", json!("AA"))]), "#/jwks/keys/0", "private-key"),
            (set(vec![good.clone(), json!({ "kty": "oct", "k": "AAAA" })]), "#/jwks/keys/1", "private-key"),
            (set(vec![json!({ "kty": "RSA", "n": "gH8A", "e": "AQAB" })]), "#/jwks/keys/0", "weak-key"),
            (set(vec![with("x", good["y"].clone())]), "#/jwks/keys/0", "not-a-key"),
            (set(vec![with("x", json!("AA"))]), "#/jwks/keys/0", "not-a-key"),
            (set(vec![with("kid", json!(""))]), "#/jwks/keys/0", "not-a-key"),
            (set(vec![json!(7)]), "#/jwks/keys/0", "not-a-key"),
            (set(vec![rs256.clone()]), "#/jwks", "no-usable-key"),
        ] {
            let more = json!({ "jwks": jwks, "token_endpoint_auth_method": "private_key_jwt" });
            let answer = server.api().post("/applications", &body(&more)).await;
            assert_problem(&answer, 422, &[(pointer, code)]);
        }
        let more = json!({
            "jwks": set(vec![rs256]), "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "RS256",
        });
        let answer = server.api().post("/applications", &body(&more)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    async fn addresses_and_combinations_are_checked(server: TestServer) {
        let jwks = ClientKey::generate("k1").jwks();
        let signs = "private_key_jwt";
        for (more, errors) in [
            (json!({ "jwks_uri": "http://app.example.com/jwks" }), [("#/jwks_uri", "https-required")]),
            (json!({ "jwks_uri": "jwks.json" }), [("#/jwks_uri", "not-a-url")]),
            (json!({ "jwks_uri": "https://" }), [("#/jwks_uri", "not-a-url")]),
            (json!({ "jwks_uri": "https://a@b.example/" }), [("#/jwks_uri", "no-userinfo")]),
            (json!({ "jwks_uri": "https://b.example/#k" }), [("#/jwks_uri", "no-fragment")]),
            (
                json!({ "jwks_uri": format!("https://b.example/{}", "a".repeat(2000)) }),
                [("#/jwks_uri", "too-long")],
            ),
            (
                json!({ "jwks_uri": "https://b.example/", "jwks": jwks }),
                [("#/jwks_uri", "one-key-source")],
            ),
            (json!({ "token_endpoint_auth_method": signs }), [("#/jwks", "keys-needed")]),
            (
                json!({ "token_endpoint_auth_method": "client_secret_jwt" }),
                [("#/token_endpoint_auth_method", "unknown-value")],
            ),
            (
                json!({ "token_endpoint_auth_signing_alg": "none" }),
                [("#/token_endpoint_auth_signing_alg", "unknown-value")],
            ),
            (
                json!({ "token_endpoint_auth_signing_alg": "HS256" }),
                [("#/token_endpoint_auth_signing_alg", "unknown-value")],
            ),
            (
                json!({ "type": "spa", "jwks": jwks, "token_endpoint_auth_method": signs }),
                [("#/token_endpoint_auth_method", "public-type")],
            ),
        ] {
            let answer = server.api().post("/applications", &body(&more)).await;
            assert_problem(&answer, 422, &errors);
        }
    }

    async fn keys_are_as_guarded_as_secrets(server: TestServer) {
        let signer = Signer::machine(server, json!({})).await;
        let path = format!("/applications/{}/clients/sandbox", signer.rp.application_id);
        let developer = server.api_with(&["apps:read", "apps:write"]).await;
        let mine = ClientKey::generate("mine").jwks();

        let stolen = developer.patch(&path, &json!({ "jwks": mine })).await;
        let same = developer.patch(&path, &json!({ "jwks": signer.key.jwks() })).await;

        assert_problem(&stolen, 422, &[("#/jwks", "not-yours")]);
        assert_eq!(same.status, 200, "{}", same.body);
    }

    async fn the_metadata_says_what_is_taken(server: TestServer) {
        let metadata = json(&server.get("/.well-known/oauth-authorization-server").await);
        let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
        for endpoint in ["token", "introspection", "revocation"] {
            let methods_of = &metadata[format!("{endpoint}_endpoint_auth_methods_supported")];
            for method in methods {
                assert!(methods_of.as_array().unwrap().contains(&json!(method)), "{endpoint}");
            }
            let algorithms = &metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
            assert_eq!(*algorithms, json!(["ES256", "PS256", "EdDSA", "RS256"]), "{endpoint}");
        }
    }

    async fn the_control_center_takes_a_set_and_tells_what_is_wrong(server: TestServer) {
        let rp = server.register("machine", json!({ "scopes": [] })).await;
        let owner = server.staff("olive", "owner").await;
        owner.enter_console().await;
        let address = format!("/console/applications/{}/keys/public?env=sandbox", rp.application_id);
        let open = async || -> Form {
            let page = owner.visit(&address).await;
            page.form_with("jwks_uri").unwrap_or_else(|| panic!("{}", page.body))
        };

        let private = r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
        let refused = owner.submit(&open().await.fill("jwks", private)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("Key 1: the key holds a private part"), "{}", refused.body);
        assert!(refused.body.contains("&quot;oct&quot;"), "what was typed stays");

        let key = ClientKey::generate("k 1");
        let form = open().await.fill("jwks", &key.jwks().to_string()).fill("proves", "true");
        let saved = owner.submit(&form).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        assert!(saved.body.contains("Public keys saved. 1 secret was revoked"), "{}", saved.body);
        assert!(saved.body.contains("k 1"), "{}", saved.body);
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let client = json(&server.api().get(&path).await);
        assert_eq!(client["jwks"], key.jwks());
        assert_eq!(client["token_endpoint_auth_method"], "private_key_jwt");
        assert_eq!(client["secrets"], json!([]));
    }
}
