//! Authorization Server Metadata, RFC 8414, and OpenID Connect Discovery: they tell the truth.

use harness::{ClientKey, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

const DOCUMENTS: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn metadata(server: &TestServer) -> Value {
    json(&server.get(DOCUMENTS[0]).await)
}

/// The path of a listed endpoint.
fn path_of(server: &TestServer, metadata: &Value, name: &str) -> String {
    let url = metadata[name].as_str().unwrap_or_else(|| panic!("{name} is not listed"));
    url.strip_prefix(&server.url).unwrap_or_else(|| panic!("{url} is elsewhere")).to_owned()
}

on_each_database! {
    async fn both_documents_say_the_same(server: TestServer) {
        let mut told = Vec::new();
        for document in DOCUMENTS {
            let answer = server.get(document).await;

            assert_eq!(answer.status, 200, "{document}");
            assert!(answer.headers["content-type"].starts_with("application/json"));
            assert_eq!(json(&answer)["issuer"], server.url, "the issuer is the public URL, byte for byte");
            told.push(json(&answer));
        }
        assert_eq!(told[0], told[1]);
    }

    async fn what_the_specifications_require_is_there(server: TestServer) {
        let metadata = metadata(server).await;

        for required in [
            "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
            "scopes_supported", "response_types_supported", "subject_types_supported",
            "id_token_signing_alg_values_supported", "revocation_endpoint", "introspection_endpoint",
        ] {
            assert!(metadata.get(required).is_some(), "{required}");
        }
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        let modes = ["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];
        assert_eq!(metadata["response_modes_supported"], json!(modes));
        assert_eq!(metadata["authorization_signing_alg_values_supported"], json!(["ES256", "RS256"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        assert_eq!(metadata["request_parameter_supported"], true);
        assert_eq!(metadata["request_object_signing_alg_values_supported"], json!(["ES256", "PS256", "EdDSA", "RS256"]));
        assert_eq!(metadata["request_uri_parameter_supported"], false);
        let algorithms = metadata["id_token_signing_alg_values_supported"].as_array().unwrap();
        assert!(algorithms.contains(&"RS256".into()), "OpenID Connect Discovery 3 demands RS256");
    }

    async fn every_listed_endpoint_answers_its_methods_and_no_other(server: TestServer) {
        let metadata = metadata(server).await;
        let table: [(&str, &[Method]); 7] = [
            ("authorization_endpoint", &[Method::GET, Method::POST]),
            ("token_endpoint", &[Method::POST]),
            ("userinfo_endpoint", &[Method::GET, Method::POST]),
            ("jwks_uri", &[Method::GET]),
            ("revocation_endpoint", &[Method::POST]),
            ("introspection_endpoint", &[Method::POST]),
            ("pushed_authorization_request_endpoint", &[Method::POST]),
        ];
        let methods =
            [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE];
        for (name, allowed) in table {
            let path = path_of(server, &metadata, name);
            for method in &methods {
                let answer = server.send(server.request(method.clone(), &path)).await;

                let refused = answer.status == 405;
                assert_eq!(refused, !allowed.contains(method), "{method} {path}: {}", answer.status);
                assert_ne!(answer.status, 404, "{method} {path}");
                assert!(answer.status < 500, "{method} {path}: {}", answer.status);
            }
        }
    }

    async fn endpoints_that_are_not_listed_are_not_there(server: TestServer) {
        let text = metadata(server).await.to_string();

        for path in ["/register", "/bc-authorize", "/check_session"] {
            assert!(!text.contains(&format!("{}{path}\"", server.url)), "{path} is listed");
            for method in [Method::GET, Method::POST] {
                assert_eq!(server.send(server.request(method, path)).await.status, 404, "{path}");
            }
        }
    }

    async fn the_listed_grants_are_the_ones_that_work(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let listed = metadata(server).await["grant_types_supported"].clone();
        assert_eq!(listed, json!(["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE]));

        for grant in ["password", "implicit", "device_code", "nonsense"] {
            let answer = machine.post("/token", &[("grant_type", grant)]).await;
            harness::assert_refused(&answer, 400, "unsupported_grant_type");
        }
        let off = server.api().put("/settings/grants", &json!({ "grants": { "client_credentials": false } })).await;
        assert_eq!(off.status, 200, "{}", off.body);

        let listed = metadata(server).await["grant_types_supported"].clone();
        assert_eq!(listed, json!(["authorization_code", "refresh_token", DEVICE_CODE]));
    }

    async fn the_listed_client_authentication_methods_can_be_registered(server: TestServer) {
        let metadata = metadata(server).await;
        let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();

        assert_eq!(methods.len(), 4);
        let jwks = ClientKey::generate("k1").jwks();
        for method in methods {
            let kind = if method == "none" { "spa" } else { "web" };
            let more = json!({ "token_endpoint_auth_method": method, "jwks": jwks });
            server.register(kind, more).await;
        }
        let for_introspection = &metadata["introspection_endpoint_auth_methods_supported"];
        let confidential = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
        assert_eq!(for_introspection, &json!(confidential));
    }

    async fn the_key_set_holds_public_keys_of_both_algorithms(server: TestServer) {
        let answer = server.get("/jwks").await;
        let keys = json(&answer)["keys"].as_array().cloned().unwrap();

        let algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
        assert!(algorithms.contains(&"ES256") && algorithms.contains(&"RS256"), "{algorithms:?}");
        let mut names: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), keys.len(), "a kid is used twice");
        for key in &keys {
            assert_eq!(key["use"], "sig");
            for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
                assert!(key.get(private).is_none(), "{private} is published");
            }
        }
        assert!(answer.headers["cache-control"].contains("max-age"), "{:?}", answer.headers);
    }

    async fn documents_may_be_read_by_programs_in_browsers(server: TestServer) {
        for path in [DOCUMENTS[0], DOCUMENTS[1], "/jwks"] {
            let request = server.request(Method::GET, path).header("origin", "https://spa.example.com");
            let answer = server.send(request).await;

            let allowed = answer.headers.get("access-control-allow-origin").map(String::as_str);
            assert_eq!(allowed, Some("*"), "{path}");
            assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
        }
        let request = server.request(Method::GET, "/authorize").header("origin", "https://evil.test");
        let answer = server.send(request).await;
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control-")));
    }

    async fn the_issuer_is_not_taken_from_headers(server: TestServer) {
        let request = server
            .request(Method::GET, DOCUMENTS[0])
            .header("x-forwarded-host", "evil.test")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "host=evil.test;proto=https");
        let metadata = json(&server.send(request).await);

        assert_eq!(metadata["issuer"], server.url);
        assert!(!metadata.to_string().contains("evil.test"));
    }
}
