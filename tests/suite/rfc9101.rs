//! JWT-Secured Authorization Requests, RFC 9101: request objects by value. Rows AU-17 and PK-06.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use harness::{
    Answer, Authorization, ClientKey, RelyingParty, S256, TestServer, assert_problem,
    assert_refused, json, on_each_database, response_parameter,
};
use serde_json::{Value, json};

/// An application whose key was registered, with `more` settings.
async fn app(server: &TestServer, more: Value) -> (RelyingParty, ClientKey) {
    server.photos_api("jwt").await;
    let key = ClientKey::generate("k1");
    let mut settings = json!({ "scopes": ["openid", "resource.read"], "jwks": key.jwks() });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    (server.register("web", settings).await, key)
}

/// The claims of a request object that everything is right about.
fn claims(server: &TestServer, rp: &RelyingParty) -> Value {
    let now = server.now() / 1000;
    json!({
        "iss": rp.client_id, "aud": server.url, "iat": now, "nbf": now, "exp": now + 300, "jti": "r1",
        "client_id": rp.client_id, "response_type": "code", "redirect_uri": RelyingParty::REDIRECT_URI,
        "scope": "openid resource.read", "state": "signed", "max_age": 3600,
        "code_challenge": S256::CHALLENGE, "code_challenge_method": "S256",
    })
}

fn header(key: &ClientKey) -> Value {
    let mut header = key.header();
    header["typ"] = "oauth-authz-req+jwt".into();
    header
}

/// The request that brings `object` and nothing else.
fn request(rp: &RelyingParty, object: &str) -> Authorization {
    let names: Vec<String> =
        rp.authorization().parameters().iter().map(|(name, _)| name.clone()).collect();
    let bare = names.iter().fold(rp.authorization(), |it, name| it.without(name));
    bare.with("client_id", &rp.client_id).with("request", object)
}

/// The claims with one of them changed; `null` takes it away.
fn bent(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

#[track_caller]
fn assert_page(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.location()), (400, None), "{what}: {}", answer.body);
    assert!(answer.body.contains("<code>invalid_request_object</code>"), "{what}: {}", answer.body);
}

on_each_database! {
    async fn what_the_client_signed_is_the_request(server: TestServer) {
        let (rp, key) = app(server, json!({})).await;
        let alice = server.person("alice").await;
        for typ in ["oauth-authz-req+jwt", "JWT", "application/oauth-authz-req+jwt"] {
            let mut header = key.header();
            header["typ"] = typ.into();
            let object = key.sign(&header, &claims(server, &rp));
            // What stands beside it is not looked at.
            let sent = request(&rp, &object)
                .and("state", "evil").and("scope", "openid").and("redirect_uri", "https://evil.test/")
                .and("code_challenge", "x").and("response_mode", "fragment").and("prompt", "none");

            let answer = alice.authorize(&sent.url()).await;

            assert_eq!(response_parameter(&answer, "state").as_deref(), Some("signed"), "{typ} {}", answer.body);
            assert_eq!(rp.tokens(&rp.code_of(&answer)).await["scope"], "openid resource.read");
        }
    }

    async fn what_is_wrong_with_a_signed_request_is_told_like_any_other(server: TestServer) {
        let (rp, key) = app(server, json!({})).await;
        let right = claims(server, &rp);
        for (name, value, code) in [
            ("scope", json!("nonsense"), "invalid_scope"),
            ("code_challenge", json!(null), "invalid_request"),
            ("max_age", json!("soon"), "invalid_request"),
            ("max_age", json!({}), "invalid_request"),
            ("response_type", json!(["code"]), "unsupported_response_type"),
            ("resource", json!(["https://unknown.test"]), "invalid_target"),
            ("prompt", json!("none"), "login_required"),
        ] {
            let object = key.sign(&header(&key), &bent(&right, name, value));
            let answer = server.browser().get(&request(&rp, &object).url()).await.unwrap();
            assert_eq!(response_parameter(&answer, "error").as_deref(), Some(code), "{name} {}", answer.body);
            assert_eq!(response_parameter(&answer, "state").as_deref(), Some("signed"));
        }
        let elsewhere = key.sign(&header(&key), &bent(&right, "redirect_uri", json!("https://evil.test/")));
        let answer = server.browser().get(&request(&rp, &elsewhere).url()).await.unwrap();
        assert_eq!((answer.status, answer.location()), (400, None), "{}", answer.body);
    }

    async fn who_when_and_for_whom_is_checked(server: TestServer) {
        let (rp, key) = app(server, json!({})).await;
        let right = claims(server, &rp);
        let now = server.now() / 1000;
        let mut objects: Vec<(String, String)> = [
            ("iss", json!(null)), ("iss", json!("app_sbx_other")), ("iss", json!(7)),
            ("client_id", json!("app_sbx_other")), ("client_id", json!([rp.client_id])),
            ("sub", json!(rp.client_id)),
            ("aud", json!(null)), ("aud", json!("https://other.test")), ("aud", json!(["https://other.test"])), ("aud", json!(format!("{}/", server.url))),
            ("exp", json!(now)), ("exp", json!("soon")), ("nbf", json!(now + 60)), ("iat", json!(now + 60)),
            ("request", json!("ey")), ("request_uri", json!("urn:x")), ("state", json!("a\u{0}b")),
        ].into_iter()
            .map(|(name, value)| (format!("{name} {value}"), key.sign(&header(&key), &bent(&right, name, value))))
            .collect();
        let stranger = ClientKey::generate("k1");
        let named = ClientKey::generate("k9");
        let typ = |typ: &str| { let mut it = header(&key); it["typ"] = typ.into(); it };
        let alg = |alg: &str| { let mut it = header(&key); it["alg"] = alg.into(); it };
        let unsigned = |alg: &str| {
            let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
            format!("{}.{}.", part(&json!({ "alg": alg })), part(&right))
        };
        let good = key.sign(&header(&key), &right);
        objects.extend([
            ("another key".to_owned(), stranger.sign(&header(&key), &right)),
            ("a key of no name".to_owned(), named.sign(&header(&named), &right)),
            ("a type of tokens".to_owned(), key.sign(&typ("at+jwt"), &right)),
            ("a type of proofs".to_owned(), key.sign(&typ("client-authentication+jwt"), &right)),
            ("alg HS256".to_owned(), key.sign(&alg("HS256"), &right)),
            ("alg RS256".to_owned(), key.sign(&alg("RS256"), &right)),
            ("alg none".to_owned(), unsigned("none")),
            ("alg None".to_owned(), unsigned("None")),
            ("no signature".to_owned(), good.rsplit_once('.').unwrap().0.to_owned()),
            ("five parts, as if encrypted".to_owned(), format!("{good}.a.b")),
            ("garbage".to_owned(), "eyJ".to_owned()),
            ("not base64url".to_owned(), "a.b.\u{e4}".to_owned()),
        ]);
        for (what, object) in objects {
            assert_page(&server.browser().get(&request(&rp, &object).url()).await.unwrap(), &what);
            assert_refused(&rp.push(&request(&rp, &object)).await, 400, "invalid_request_object");
        }
        assert_page(&server.browser().get(&request(&rp, &good).and("request", &good).url()).await.unwrap(), "twice");
        let assertion = key.assertion(&rp.client_id, &server.url, server.now());
        assert_page(&server.browser().get(&request(&rp, &assertion).url()).await.unwrap(), "a proof of the client");
    }

    async fn the_registered_algorithm_alone_is_taken(server: TestServer) {
        let (rp, key) = app(server, json!({ "request_object_signing_alg": "PS256" })).await;
        let object = key.sign(&header(&key), &claims(server, &rp));
        assert_page(&server.browser().get(&request(&rp, &object).url()).await.unwrap(), "ES256");

        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        for alg in ["none", "HS256", "ES512"] {
            let answer = server.api().patch(&path, &json!({ "request_object_signing_alg": alg })).await;
            assert_problem(&answer, 422, &[("#/request_object_signing_alg", "unknown-value")]);
        }
        let changed = server.api().patch(&path, &json!({ "request_object_signing_alg": null })).await;
        assert_eq!(json(&changed)["request_object_signing_alg"], json!(null));
        let answer = server.browser().get(&request(&rp, &object).url()).await.unwrap();
        assert!(answer.location().unwrap().path().starts_with("/login"), "{:?}", answer.location());
    }

    async fn a_signed_request_can_be_pushed(server: TestServer) {
        let (rp, key) = app(server, json!({})).await;
        let alice = server.person("alice").await;
        let object = key.sign(&header(&key), &claims(server, &rp));

        let pushed = rp.pushed(&request(&rp, &object).and("state", "evil")).await;
        let answer = alice.authorize(&pushed.url()).await;

        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("signed"));
        assert_eq!(rp.tokens(&rp.code_of(&answer)).await["scope"], "openid resource.read");
    }

    async fn a_client_can_be_made_to_sign(server: TestServer) {
        let (rp, key) = app(server, json!({ "require_signed_request_object": true })).await;
        let alice = server.person("alice").await;
        let plain = rp.authorization();

        let refused = server.browser().get(&plain.url()).await.unwrap();
        assert_eq!(response_parameter(&refused, "error").as_deref(), Some("invalid_request"));
        assert_refused(&rp.push(&plain).await, 400, "invalid_request");

        let object = key.sign(&header(&key), &claims(server, &rp));
        let pushed = rp.pushed(&request(&rp, &object)).await;
        for sent in [pushed, request(&rp, &object)] {
            assert!(response_parameter(&alice.authorize(&sent.url()).await, "code").is_some());
        }
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let answer = server.api().patch(&path, &json!({ "jwks": null })).await;
        assert_problem(&answer, 422, &[("#/require_signed_request_object", "keys-needed")]);
    }

    async fn a_client_without_keys_has_no_request_objects(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let key = ClientKey::generate("k1");
        let object = key.sign(&header(&key), &claims(server, &rp));

        let answer = server.browser().get(&rp.authorization().with("request", &object).url()).await.unwrap();

        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("request_not_supported"));
    }
}
