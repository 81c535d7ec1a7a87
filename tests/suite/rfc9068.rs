//! JWT Profile for Access Tokens, RFC 9068, checked by an implementation of its own.

use harness::{Jws, RelyingParty, TestServer, json, on_each_database};
use serde_json::{Value, json};

async fn access_token_of(server: &TestServer, tokens: &Value) -> Jws {
    Jws::verify(tokens["access_token"].as_str().unwrap(), &server.jwks().await)
}

async fn two_apis(server: &TestServer) -> RelyingParty {
    server.photos_api("jwt").await;
    let body = json!({
        "identifier": "https://api.example.com/mail", "name": "Mail", "token_format": "jwt",
        "scopes": [{ "name": "mail.read", "display_name": "Read mail" }],
    });
    server.api().create("/resources", &body).await;
    server.register("web", json!({ "scopes": ["openid", "resource.read", "mail.read"] })).await
}

on_each_database! {
    async fn a_persons_token_names_everyone_it_concerns(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let tokens = rp.tokens(&alice.approve(&rp).await).await;
        let now = server.now() / 1000;

        let Jws { header, claims } = access_token_of(server, &tokens).await;

        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(header["alg"], "ES256");
        assert_eq!(claims["iss"], server.url);
        assert_eq!(claims["sub"], alice.id);
        assert_eq!(claims["client_id"], rp.client_id);
        assert_eq!(claims["aud"], json!(["https://api.example.com/photos", server.url]));
        assert_eq!(claims["scope"], "openid resource.read");
        assert_eq!(claims["env"], "sandbox");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 3600)));
        assert_eq!(claims["auth_time"], now);
        for named in ["jti", "gid", "sid"] {
            assert!(claims[named].is_string(), "{named}");
        }
        for private in ["name", "email", "preferred_username"] {
            assert!(claims.get(private).is_none(), "{private} is in the access token");
        }
    }

    async fn a_machines_token_is_its_own(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;

        let tokens = json(&machine.client_credentials("resource.read").await);
        let again = json(&machine.client_credentials("resource.read").await);
        let Jws { header, claims } = access_token_of(server, &tokens).await;

        assert_eq!(header["typ"], "at+jwt");
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(machine.client_id), &json!(machine.client_id)));
        assert_eq!(claims["aud"], "https://api.example.com/photos");
        for personal in ["gid", "sid", "auth_time"] {
            assert!(claims.get(personal).is_none(), "{personal}");
        }
        assert_ne!(claims["jti"], access_token_of(server, &again).await.claims["jti"]);
    }

    async fn with_sign_in_scopes_alone_the_token_is_for_the_server(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid profile");

        let code = rp.code_of(&alice.authorize(&request.url()).await);
        let Jws { claims, .. } = access_token_of(server, &rp.tokens(&code).await).await;

        assert_eq!(claims["aud"], server.url);
    }

    async fn scopes_of_two_apis_want_a_resource(server: TestServer) {
        let rp = two_apis(server).await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid resource.read mail.read");
        let code = rp.code_of(&alice.authorize(&request.url()).await);
        let redeem = async |resources: &[&str]| {
            let mut parameters = vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", RelyingParty::REDIRECT_URI),
                ("code_verifier", harness::S256::VERIFIER),
            ];
            parameters.extend(resources.iter().map(|it| ("resource", *it)));
            rp.post("/token", &parameters).await
        };
        let answer = redeem(&["https://api.example.com/mail"]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);

        let Jws { claims, .. } = access_token_of(server, &json(&answer)).await;

        assert_eq!(claims["aud"], json!(["https://api.example.com/mail", server.url]));
        assert_eq!(claims["scope"], "openid mail.read");
    }

    async fn another_api_is_reached_by_refreshing_for_it(server: TestServer) {
        let rp = two_apis(server).await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid resource.read mail.read");
        let code = rp.code_of(&alice.authorize(&request.url()).await);
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", RelyingParty::REDIRECT_URI),
            ("code_verifier", harness::S256::VERIFIER),
            ("resource", "https://api.example.com/mail"),
        ];
        let tokens = json(&rp.post("/token", &parameters).await);
        let refresh = async |resource: &str| {
            let token = tokens["refresh_token"].as_str().unwrap();
            let parameters =
                [("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)];
            rp.post("/token", &parameters).await
        };

        let photos = refresh("https://api.example.com/photos").await;
        assert_eq!(photos.status, 200, "{}", photos.body);
        let Jws { claims, .. } = access_token_of(server, &json(&photos)).await;
        assert_eq!(claims["aud"], json!(["https://api.example.com/photos", server.url]));
        harness::assert_refused(&refresh("https://api.example.com/nowhere").await, 400, "invalid_target");
    }

    async fn production_says_so(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server
            .register("machine", json!({ "scopes": ["resource.read"], "environment": "production" }))
            .await;

        let tokens = json(&rp.client_credentials("resource.read").await);

        assert!(rp.client_id.starts_with("app_prd_"));
        assert_eq!(access_token_of(server, &tokens).await.claims["env"], "production");
    }

    async fn the_lifetime_is_the_clients(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["resource.read"], "access_token_lifetime_seconds": 300 });
        let machine = server.register("machine", more).await;

        let tokens = json(&machine.client_credentials("resource.read").await);
        let claims = access_token_of(server, &tokens).await.claims;

        assert_eq!(tokens["expires_in"], 300);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    }
}
