//! Resource Indicators, RFC 8707: several APIs in one authorization, narrowed per token.

use harness::{
    Answer, RelyingParty, S256, TestServer, assert_refused, decode, json, on_each_database,
    response_parameter,
};
use serde_json::{Value, json};

const PHOTOS: &str = "https://api.example.com/photos";
const MAIL: &str = "https://api.example.com/mail";
const BOOKS: &str = "https://api.example.com/books";

async fn three_apis(server: &TestServer) -> RelyingParty {
    server.photos_api("jwt").await;
    for name in ["mail", "books"] {
        let api = json!({
            "identifier": format!("https://api.example.com/{name}"), "name": name,
            "scopes": [{ "name": format!("{name}.read"), "display_name": format!("Read {name}") }],
        });
        server.api().create("/resources", &api).await;
    }
    let scopes = ["openid", "offline_access", "resource.read", "mail.read", "books.read"];
    server.register("web", json!({ "scopes": scopes })).await
}

/// The code of an authorization that names `resources`.
async fn code(server: &TestServer, rp: &RelyingParty, resources: &[&str]) -> String {
    let alice = server.person("alice").await;
    let request = rp.authorization().with("scope", "openid resource.read mail.read books.read");
    let request = resources.iter().fold(request, |it, resource| it.and("resource", resource));
    rp.code_of(&alice.authorize(&request.url()).await)
}

async fn redeem(rp: &RelyingParty, code: &str, resources: &[&str]) -> Answer {
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
        ("code_verifier", S256::VERIFIER),
    ];
    parameters.extend(resources.iter().map(|it| ("resource", *it)));
    rp.post("/token", &parameters).await
}

async fn refresh(rp: &RelyingParty, tokens: &Value, resources: &[&str]) -> Answer {
    let token = tokens["refresh_token"].as_str().unwrap();
    let mut parameters = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    parameters.extend(resources.iter().map(|it| ("resource", *it)));
    rp.post("/token", &parameters).await
}

/// The API that the access token of `answer` is for, and the scope it has there.
#[track_caller]
fn target(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = json(answer);
    let payload = tokens["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&decode(payload)).unwrap();
    let audience = claims["aud"].as_array().map_or(&claims["aud"], |them| &them[0]);
    (audience.as_str().unwrap().to_owned(), tokens["scope"].as_str().unwrap().to_owned())
}

fn of(api: &str, scope: &str) -> (String, String) {
    (api.to_owned(), scope.to_owned())
}

on_each_database! {
    async fn each_token_is_for_one_of_the_apis_that_were_named(server: TestServer) {
        let rp = three_apis(server).await;
        let code = code(server, &rp, &[PHOTOS, MAIL, PHOTOS]).await;

        // Another `resource` mends the request, so the code stays good.
        for resources in [&[][..], &[BOOKS], &[PHOTOS, MAIL], &["https://nowhere.test"], &[server.url.as_str()]] {
            assert_refused(&redeem(&rp, &code, resources).await, 400, "invalid_target");
        }
        let first = redeem(&rp, &code, &[PHOTOS]).await;
        assert_eq!(target(&first), of(PHOTOS, "openid resource.read"));

        let tokens = json(&first);
        assert_eq!(target(&refresh(&rp, &tokens, &[MAIL]).await), of(MAIL, "openid mail.read"));
        assert_eq!(target(&refresh(&rp, &tokens, &[PHOTOS]).await), of(PHOTOS, "openid resource.read"));
        for resources in [&[][..], &[BOOKS], &["https://nowhere.test"]] {
            assert_refused(&refresh(&rp, &tokens, resources).await, 400, "invalid_target");
        }
    }

    async fn one_named_api_is_what_every_token_is_for(server: TestServer) {
        let rp = three_apis(server).await;
        let code = code(server, &rp, &[MAIL]).await;

        let first = redeem(&rp, &code, &[]).await;
        assert_eq!(target(&first), of(MAIL, "openid mail.read"));

        let tokens = json(&first);
        assert_eq!(target(&refresh(&rp, &tokens, &[]).await), of(MAIL, "openid mail.read"));
        assert_refused(&refresh(&rp, &tokens, &[PHOTOS]).await, 400, "invalid_target");
    }

    async fn a_resource_that_is_unknown_or_opened_by_no_scope_is_refused_at_once(server: TestServer) {
        let rp = three_apis(server).await;
        let right = rp.authorization().with("scope", "openid resource.read");
        for resource in ["https://nowhere.test", MAIL, "https://api.example.com/photos/", "photos", "https://api.example.com/photos#x"] {
            let request = right.clone().and("resource", PHOTOS).and("resource", resource);

            let answer = server.browser().get(&request.url()).await.unwrap();
            assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_target"), "{resource}");
            assert_refused(&rp.push(&request).await, 400, "invalid_target");
        }
    }

    async fn a_pushed_request_names_apis_too(server: TestServer) {
        let rp = three_apis(server).await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid resource.read mail.read");
        let request = request.and("resource", PHOTOS).and("resource", MAIL);

        let pushed = rp.pushed(&request).await.with("resource", BOOKS);
        let code = rp.code_of(&alice.authorize(&pushed.url()).await);

        assert_refused(&redeem(&rp, &code, &[BOOKS]).await, 400, "invalid_target");
        assert_eq!(target(&redeem(&rp, &code, &[MAIL]).await), of(MAIL, "openid mail.read"));
    }
}
