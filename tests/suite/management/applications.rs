//! `/applications`.

use harness::{assert_problem, json, on_each_database};
use serde_json::{Value, json};

fn body(name: &str) -> Value {
    json!({
        "name": name,
        "type": "web",
        "environment": "sandbox",
        "redirect_uris": ["https://rp.example.com/callback"],
    })
}

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

on_each_database! {
    async fn the_type_chooses_what_is_left_out(server: TestServer) {
        for (kind, method, grants, has_secret) in [
            ("web", "client_secret_basic", json!(["authorization_code", "refresh_token"]), true),
            ("spa", "none", json!(["authorization_code", "refresh_token"]), false),
            ("native", "none", json!(["authorization_code", "refresh_token"]), false),
            ("machine", "client_secret_basic", json!(["client_credentials"]), true),
        ] {
            let mut body = json!({ "name": "Photo Printer", "type": kind, "environment": "sandbox" });
            if kind != "machine" {
                body["redirect_uris"] = json!(["https://rp.example.com/callback"]);
            }
            let answer = server.api().post("/applications", &body).await;
            assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
            let application = json(&answer);
            let client = &application["clients"][0];

            assert_eq!(application["type"], kind);
            assert_eq!(application["status"], "active");
            assert_eq!(client["token_endpoint_auth_method"], method, "{kind}");
            assert_eq!(client["grant_types"], grants, "{kind}");
            assert_eq!(client["require_pkce"], true);
            assert_eq!(client["access_token_lifetime_seconds"], 3600);
            assert!(client["client_id"].as_str().unwrap().starts_with("app_sbx_"));
            assert_eq!(client["secrets"].as_array().unwrap().len(), usize::from(has_secret), "{kind}");
            let location = format!("{}/api/v1/applications/{}", server.url, application["id"].as_str().unwrap());
            assert_eq!(answer.headers["location"], location);
            assert!(answer.headers["etag"].starts_with('"'));
        }
    }

    async fn the_secret_is_in_the_first_answer_alone(server: TestServer) {
        let created = server.api().create("/applications", &body("Photo Printer")).await;
        let path = format!("/applications/{}", created["id"].as_str().unwrap());
        let secret = &created["clients"][0]["secrets"][0];
        assert!(secret["client_secret"].as_str().unwrap().starts_with("cs_sbx_"));

        let shown = server.api().get(&path).await;
        let listed = server.api().get("/applications").await;
        let client = server.api().get(&format!("{path}/clients/sandbox")).await;

        for answer in [&shown, &listed, &client] {
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(!answer.body.contains("client_secret\""), "{}", answer.body);
            assert!(answer.body.contains(secret["hint"].as_str().unwrap()));
        }
    }

    async fn a_change_leaves_the_rest_as_it_was(server: TestServer) {
        let created = server.api().create("/applications", &body("Photo Printer")).await;
        let path = format!("/applications/{}", created["id"].as_str().unwrap());
        let set = json!({ "policy_uri": "https://rp.example.com/privacy", "description": "Prints." });
        assert_eq!(server.api().patch(&path, &set).await.status, 200);

        let changed = json(&server.api().patch(&path, &json!({ "name": "Printer", "policy_uri": null })).await);

        assert_eq!(changed["name"], "Printer");
        assert_eq!(changed["description"], "Prints.");
        assert_eq!(changed["policy_uri"], Value::Null);
        assert_eq!(changed["clients"][0]["redirect_uris"], created["clients"][0]["redirect_uris"]);
    }

    async fn a_deleted_application_is_gone_with_its_client(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let path = format!("/applications/{}", machine.application_id);
        let token = json(&machine.client_credentials("resource.read").await);
        let token = token["access_token"].as_str().unwrap();
        let api = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        assert!(api.is_active(token).await);

        assert_eq!(server.api().delete(&path).await.status, 204);

        assert_eq!(server.api().get(&path).await.status, 404);
        assert_eq!(server.api().get(&format!("{path}/clients/sandbox")).await.status, 404);
        let listed = json(&server.api().get("/applications").await);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1);
        harness::assert_refused(&machine.client_credentials("resource.read").await, 401, "invalid_client");
        assert!(!api.is_active(token).await);
    }

    async fn every_wrong_field_is_named_at_once(server: TestServer) {
        let wrong = json!({
            "name": "",
            "type": "robot",
            "environment": "staging",
            "redirect_uris": ["https://rp.example.com/cb"],
            "policy_uri": "javascript:alert(1)",
            "client_uri": "http://rp.example.com",
        });
        let answer = server.api().post("/applications", &wrong).await;

        assert_eq!(answer.status, 422, "{}", answer.body);
        let errors = harness::problem_errors(&answer);
        for expected in [
            ("#/name", "length"),
            ("#/type", "unknown-type"),
            ("#/environment", "unknown-environment"),
            ("#/policy_uri", "not-a-link"),
            ("#/client_uri", "not-a-link"),
        ] {
            let expected = (expected.0.to_owned(), expected.1.to_owned());
            assert!(errors.contains(&expected), "{expected:?} is not in {errors:?}");
        }
        assert_eq!(json(&server.api().get("/applications").await)["data"], json!([]));
    }

    async fn single_faults_have_their_pointer_and_code(server: TestServer) {
        let long = "x".repeat(101);
        for (member, value, pointer, code) in [
            ("name", json!(long), "#/name", "length"),
            ("name", json!("a\nb"), "#/name", "one-line"),
            ("description", json!("x".repeat(513)), "#/description", "length"),
            ("grant_types", json!(["authorization_code", "password"]), "#/grant_types/1", "unknown-grant-type"),
            ("grant_types", json!(["refresh_token"]), "#/grant_types/0", "refresh-needs-code"),
            ("redirect_uris", json!([]), "", ""),
            ("scopes", json!(["openid", "nonsense"]), "#/scopes/1", "unknown-scope"),
            ("default_scopes", json!(["email"]), "", ""),
            ("token_endpoint_auth_method", json!("tls"), "#/token_endpoint_auth_method", "unknown-value"),
            ("refresh_mode", json!("sometimes"), "#/refresh_mode", "unknown-value"),
            ("access_token_lifetime_seconds", json!(59), "#/access_token_lifetime_seconds", "range"),
            ("access_token_lifetime_seconds", json!(86401), "#/access_token_lifetime_seconds", "range"),
            ("id_token_signed_response_alg", json!("none"), "#/id_token_signed_response_alg", "unknown-value"),
            ("response_types", json!(["token"]), "#/response_types/0", "unknown-response-type"),
            ("owner", json!("usr_00000000000000000000000000"), "#/owner", "unknown-user"),
        ] {
            let mut body = body("Photo Printer");
            body[member] = value.clone();
            let answer = server.api().post("/applications", &body).await;

            if code.is_empty() {
                assert_eq!(answer.status, 201, "{member}={value}: {}", answer.body);
            } else {
                assert_eq!(harness::problem_errors(&answer), [(pointer.to_owned(), code.to_owned())], "{member}={value}: {}", answer.body);
            }
        }
    }

    async fn redirect_uris_keep_their_rules(server: TestServer) {
        for (uri, environment, kind, code) in [
            ("http://rp.example.com/cb", "sandbox", "web", "https-required"),
            ("http://localhost:3000/cb", "production", "web", "localhost-prod"),
            ("https://rp.example.com/cb#x", "sandbox", "web", "no-fragment"),
            ("https://*.example.com/cb", "sandbox", "web", "no-wildcard"),
            ("https://u:p@rp.example.com/cb", "sandbox", "web", "no-userinfo"),
            ("https://rp.example.com/cb?code=x", "sandbox", "web", "answer-parameter"),
            ("com.example.app:/cb?a=b&State=x", "production", "native", "answer-parameter"),
            ("javascript:alert(1)", "sandbox", "web", "forbidden-scheme"),
            ("JaVaScRiPt:alert(1)", "sandbox", "native", "forbidden-scheme"),
            ("data:text/html,x", "sandbox", "native", "forbidden-scheme"),
            ("myapp:/cb", "production", "native", "private-scheme"),
            ("com.example.app:/cb", "production", "web", "https-required"),
            ("/callback", "sandbox", "web", "not-a-url"),
            ("https://rp.example.com/a b", "sandbox", "web", "not-a-url"),
            ("regexp=(https://a.test|https://b.test)", "sandbox", "web", "not-a-url"),
        ] {
            let body = json!({ "name": "x", "type": kind, "environment": environment, "redirect_uris": [uri] });
            let answer = server.api().post("/applications", &body).await;

            assert_eq!(answer.status, 422, "{uri}: {}", answer.body);
            let errors = harness::problem_errors(&answer);
            assert!(errors.contains(&("#/redirect_uris/0".to_owned(), code.to_owned())), "{uri}: {errors:?}");
        }
        let twice = json!({
            "name": "x", "type": "web", "environment": "sandbox",
            "redirect_uris": ["https://a.test/cb", "https://a.test/cb"],
        });
        assert_problem(&server.api().post("/applications", &twice).await, 422, &[("#/redirect_uris/1", "duplicate")]);
    }

    async fn filters_find_what_they_say(server: TestServer) {
        server.photos_api("jwt").await;
        let register = async |name: &str, kind: &str, more: Value| {
            let mut body = json!({ "name": name, "type": kind, "environment": "sandbox" });
            for (member, value) in more.as_object().unwrap() {
                body[member] = value.clone();
            }
            server.api().create("/applications", &body).await
        };
        let uri = json!(["https://printer.example.com/cb"]);
        let printer = register("Photo Printer", "web", json!({ "redirect_uris": uri, "scopes": ["resource.read"] })).await;
        register("Ärger & Söhne", "spa", json!({ "redirect_uris": ["https://spa.example.com/cb"] })).await;
        register("Nightly report", "machine", json!({ "scopes": ["resource.read"], "environment": "production" })).await;
        let path = format!("/applications/{}", printer["id"].as_str().unwrap());
        assert_eq!(server.api().patch(&path, &json!({ "status": "disabled" })).await.status, 200);
        let client_id = printer["clients"][0]["client_id"].as_str().unwrap();

        for (query, expected) in [
            ("q=PHOTO", vec!["Photo Printer"]),
            ("q=%C3%84RGER", vec!["Ärger & Söhne"]),
            ("q=%C3%A4rger", vec!["Ärger & Söhne"]),
            ("q=printer.example", vec!["Photo Printer"]),
            (&format!("q={client_id}"), vec!["Photo Printer"]),
            ("q=%25", vec![]),
            ("q=_", vec![]),
            ("type=machine", vec!["Nightly report"]),
            ("status=disabled", vec!["Photo Printer"]),
            ("grant_type=client_credentials", vec!["Nightly report"]),
            ("scope=resource.read", vec!["Nightly report", "Photo Printer"]),
            ("redirect_uri_contains=SPA.example", vec!["Ärger & Söhne"]),
            ("environment=production", vec!["Nightly report"]),
            ("confidential=false", vec!["Ärger & Söhne"]),
            ("type=web&status=active", vec![]),
        ] {
            let list = json(&server.api().get(&format!("/applications?sort=name&{query}")).await);
            assert_eq!(names(&list), expected, "{query}: {list}");
        }
    }

    async fn a_list_comes_in_the_order_asked_for(server: TestServer) {
        for name in ["bravo", "Alpha", "charlie"] {
            server.advance(1);
            server.api().create("/applications", &body(name)).await;
        }
        for (sort, expected) in [
            ("name", ["Alpha", "bravo", "charlie"]),
            ("-name", ["charlie", "bravo", "Alpha"]),
            ("created_at", ["bravo", "Alpha", "charlie"]),
            ("-created_at", ["charlie", "Alpha", "bravo"]),
        ] {
            let list = json(&server.api().get(&format!("/applications?sort={sort}")).await);
            assert_eq!(names(&list), expected, "{sort}");
        }
    }

    async fn use_is_told(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let path = format!("/applications/{}", machine.application_id);
        assert_eq!(json(&server.api().get(&path).await)["last_used_at"], Value::Null);

        machine.client_credentials("resource.read").await;
        server.background_round().await;

        let shown = json(&server.api().get(&path).await);
        assert!(shown["last_used_at"].is_string(), "{shown}");
        assert!(shown["clients"][0]["secrets"][0]["last_used_at"].is_string(), "{shown}");
    }
}
