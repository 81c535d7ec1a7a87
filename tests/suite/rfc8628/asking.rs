//! Sections 3.1 and 3.2: a device asks.

use harness::{TestServer, assert_refused, json, on_each_database};
use reqwest::Method;
use serde_json::json;

use super::{GRANT, answer, ask, kiosk, poll, tokens, tv, tv_and_alice};

const LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

on_each_database! {
    async fn the_answer_is_what_section_3_2_says(server: TestServer) {
        let (tv, _) = tv_and_alice(server).await;

        let answer = tv.post("/device_authorization", &[("scope", "openid resource.read")]).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let asked = json(&answer);
        assert!(asked["device_code"].as_str().unwrap().starts_with("cs_dc_"), "{asked}");
        let user_code = asked["user_code"].as_str().unwrap();
        let (left, right) = user_code.split_once('-').unwrap();
        assert_eq!((left.len(), right.len()), (4, 4), "{user_code}");
        assert!(format!("{left}{right}").chars().all(|it| LETTERS.contains(it)), "{user_code}");
        let uri = format!("{}/device", server.url);
        assert_eq!(asked["verification_uri"], uri);
        assert_eq!(asked["verification_uri_complete"], format!("{uri}?user_code={user_code}"));
        assert_eq!((&asked["expires_in"], &asked["interval"]), (&json!(600), &json!(5)));
        assert_eq!(asked.as_object().unwrap().len(), 6);
    }

    async fn metadata_name_the_endpoint_while_the_grant_is_on(server: TestServer) {
        let (tv, _) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;
        let metadata = async || json(&server.get("/.well-known/oauth-authorization-server").await);
        let endpoint = format!("{}/device_authorization", server.url);
        assert_eq!(metadata().await["device_authorization_endpoint"], endpoint);
        assert!(metadata().await["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));

        let off = server.api().put("/settings/grants", &json!({ "grants": { GRANT: false } })).await;
        assert_eq!(off.status, 200, "{}", off.body);

        assert_eq!(metadata().await.get("device_authorization_endpoint"), None);
        assert!(!metadata().await["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
        let refused = tv.post("/device_authorization", &[("scope", "openid")]).await;
        assert_refused(&refused, 400, "unsupported_grant_type");
        assert_refused(&poll(&tv, &asked).await, 400, "unsupported_grant_type");
    }

    async fn a_device_starts_with_safe_settings(server: TestServer) {
        let body = json!({ "name": "Living Room TV", "type": "device", "environment": "sandbox" });

        let application = server.api().create("/applications", &body).await;

        let client = &application["clients"][0];
        assert_eq!(application["type"], "device");
        assert_eq!(client["grant_types"], json!([GRANT, "refresh_token"]));
        assert_eq!(client["token_endpoint_auth_method"], "none");
        assert_eq!(client["refresh_mode"], "rotate");
        assert_eq!(client["redirect_uris"], json!([]));
        assert_eq!(client["secrets"], json!([]));
        let id = application["id"].as_str().unwrap();
        let made = server.api().put(&format!("/applications/{id}/clients/production"), &json!({})).await;
        assert_eq!(json(&made)["grant_types"], json!([GRANT, "refresh_token"]), "{}", made.body);
        let found = json(&server.api().get("/applications?type=device").await);
        assert_eq!(found["data"][0]["id"], id);
        let found = json(&server.api().get(&format!("/applications?grant_type={GRANT}")).await);
        assert_eq!(found["data"][0]["id"], id);
    }

    async fn nothing_asked_means_the_default_scopes(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;

        let asked = json(&tv.post("/device_authorization", &[]).await);
        answer(&alice, &asked, "once").await;

        assert_eq!(tokens(&tv, &asked).await["scope"], "openid");
    }

    async fn a_client_that_keeps_a_secret_proves_itself(server: TestServer) {
        server.photos_api("jwt").await;
        let kiosk = kiosk(server).await;
        let alice = server.person("alice").await;
        let scope = [("scope", "openid")];
        let named = [("scope", "openid"), ("client_id", kiosk.client_id.as_str())];

        for path in ["/device_authorization", "/token"] {
            let anonymous = server.send(server.request(Method::POST, path).form(&[("grant_type", GRANT)])).await;
            assert_refused(&anonymous, 401, "invalid_client");
            let guessed = kiosk.with_secret("guess").post(path, &[("grant_type", GRANT)]).await;
            assert_refused(&guessed, 401, "invalid_client");
        }
        let nameless = server.send(server.request(Method::POST, "/device_authorization").form(&scope)).await;
        assert_refused(&nameless, 401, "invalid_client");
        let unproven = server.send(server.request(Method::POST, "/device_authorization").form(&named)).await;
        assert_refused(&unproven, 401, "invalid_client");
        let asked = ask(&kiosk, "openid").await;
        answer(&alice, &asked, "once").await;
        assert_eq!(tokens(&kiosk, &asked).await["scope"], "openid");
    }

    async fn a_client_without_the_grant_is_told_so(server: TestServer) {
        server.photos_api("jwt").await;
        let web = server.web_app().await;

        let refused = web.post("/device_authorization", &[("scope", "openid")]).await;
        assert_refused(&refused, 400, "unauthorized_client");
        let polled = web.post("/token", &[("grant_type", GRANT), ("device_code", "x")]).await;
        assert_refused(&polled, 400, "unauthorized_client");
    }

    async fn what_is_wrong_is_refused_and_nothing_is_kept(server: TestServer) {
        let (tv, _) = tv_and_alice(server).await;
        let id = &tv.client_id;
        let huge = "x".repeat(66_000);
        let many = "a%20".repeat(65) + "b";
        let table = [
            (format!("client_id={id}&scope=nonsense"), 400, "invalid_scope"),
            (format!("client_id={id}&scope=openid+nonsense"), 400, "invalid_scope"),
            (format!("client_id={id}&scope=%22"), 400, "invalid_scope"),
            (format!("client_id={id}&scope={many}"), 400, "invalid_scope"),
            (format!("client_id={id}&scope=openid&scope=openid"), 400, "invalid_request"),
            (format!("client_id={id}&client_id={id}&scope=openid"), 400, "invalid_request"),
            (format!("client_id={id}&scope=%FF"), 400, "invalid_request"),
            (format!("client_id={id}&scope=openid%00"), 400, "invalid_request"),
            (format!("client_id={id}&scope=openid&resource=https%3A%2F%2Fx.test"), 400, "invalid_target"),
            (format!("client_id={id}&scope=openid&format=yaml"), 400, "invalid_request"),
            (format!("client_id={id}&client_secret=guess&scope=openid"), 401, "invalid_client"),
            ("client_id=app_sbx_unknown&scope=openid".to_owned(), 401, "invalid_client"),
            ("scope=openid".to_owned(), 401, "invalid_client"),
            (String::new(), 401, "invalid_client"),
            (format!("client_id={id}&x={huge}"), 413, "invalid_request"),
        ];
        for (body, status, code) in table {
            let request = server
                .request(Method::POST, "/device_authorization")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone());
            let answer = server.send(request).await;
            assert_refused(&answer, status, code);
            assert!(!answer.body.contains("nonsense") && answer.body.len() < 1000, "{body}");
        }
        let json_body = server.request(Method::POST, "/device_authorization").json(&json!({ "client_id": id }));
        assert_refused(&server.send(json_body).await, 415, "invalid_request");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = server.send(server.request(method, "/device_authorization")).await;
            assert_refused(&answer, 405, "invalid_request");
            assert_eq!(answer.headers["allow"], "POST");
        }
        let address = format!("/device_authorization?client_secret=x&client_id={id}");
        assert_refused(&tv.post(&address, &[("scope", "openid")]).await, 400, "invalid_request");
        let kept = server.rows().await;
        assert!(!kept.iter().any(|(table, _)| table == "device_authorization"), "{kept:?}");
    }

    async fn the_answer_comes_in_the_format_that_is_asked_for(server: TestServer) {
        let (tv, _) = tv_and_alice(server).await;

        let xml = tv.post("/device_authorization", &[("format", "xml")]).await;

        assert_eq!(xml.status, 200, "{}", xml.body);
        assert!(xml.body.contains("<interval>5</interval>"), "{}", xml.body);
    }
}

on_each_database! {
    async fn the_other_systems_names_lead_to_the_same(db: Db) {
        let settings = [("compat.axway_paths", "true"), ("compat.akamai_paths", "true")];
        let server = TestServer::with(db, &settings).await;
        server.photos_api("jwt").await;
        let tv = tv(&server).await;

        for path in [
            "/oauth2/device_authorization",
            "/oauth2/device_authorize",
            "/api/oauth/device_authorization",
            "/v1/device_authorization",
        ] {
            let answer = tv.post(path, &[("scope", "openid")]).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let uri = format!("{}/device", server.url);
            assert_eq!(json(&answer)["verification_uri"], uri, "{path}");
        }
        server.finish().await;
    }

    async fn one_address_keeps_a_thousand_waiting(db: Db) {
        let server = TestServer::with(db, &[("server.trusted_proxies", "127.0.0.0/8")]).await;
        server.photos_api("jwt").await;
        let tv = tv(&server).await;
        let ask_from = async |address: &str| {
            let request = server
                .request(Method::POST, "/device_authorization")
                .header("x-forwarded-for", address)
                .form(&[("client_id", tv.client_id.as_str()), ("scope", "openid")]);
            server.send(request).await
        };
        for _ in 0..1000 {
            assert_eq!(ask_from("198.51.100.1").await.status, 200);
        }

        let refused = ask_from("198.51.100.1").await;

        assert_refused(&refused, 429, "invalid_request");
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(ask_from("203.0.113.9").await.status, 200);
        let audit = server.audit().await;
        assert!(!audit.iter().any(|it| it.contains("consent") || it.contains("code")), "{audit:?}");
        server.finish().await;
    }
}
