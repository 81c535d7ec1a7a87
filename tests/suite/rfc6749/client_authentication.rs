//! Section 2.3: how a client proves who it is.

use harness::{Answer, RelyingParty, TestServer, assert_refused, on_each_database};
use serde_json::json;

/// Posts a token request with this `Authorization` header and these more parameters.
async fn attempt(
    server: &TestServer,
    header: Option<(&str, &str)>,
    more: &[(&str, &str)],
) -> Answer {
    let mut parameters = vec![("grant_type", "client_credentials"), ("scope", "resource.read")];
    parameters.extend_from_slice(more);
    let mut request = harness::client().post(format!("{}/token", server.url)).form(&parameters);
    if let Some((id, secret)) = header {
        request = request.basic_auth(id, Some(secret));
    }
    Answer::read(request.send().await.unwrap()).await.unwrap()
}

/// Credentials as `client_secret_post` has them.
fn in_body<'a>(id: &'a str, secret: &'a str) -> [(&'static str, &'a str); 2] {
    [("client_id", id), ("client_secret", secret)]
}

async fn machine(server: &TestServer, method: &str) -> (RelyingParty, String) {
    let more = json!({ "scopes": ["resource.read"], "token_endpoint_auth_method": method });
    let rp = server.register("machine", more).await;
    let secret = rp.client_secret.clone().unwrap();
    (rp, secret)
}

on_each_database! {
    async fn only_the_registered_method_works(server: TestServer) {
        server.photos_api("jwt").await;
        let (basic, basic_secret) = machine(server, "client_secret_basic").await;
        let (post, post_secret) = machine(server, "client_secret_post").await;

        let right_basic = attempt(server, Some((&basic.client_id, &basic_secret)), &[]).await;
        let right_post = attempt(server, None, &in_body(&post.client_id, &post_secret)).await;
        let wrong_way = attempt(server, Some((&post.client_id, &post_secret)), &[]).await;
        let other_way = attempt(server, None, &in_body(&basic.client_id, &basic_secret)).await;

        assert_eq!((right_basic.status, right_post.status), (200, 200), "{} {}", right_basic.body, right_post.body);
        assert_refused(&wrong_way, 401, "invalid_client");
        assert!(wrong_way.headers["www-authenticate"].starts_with("Basic"));
        assert_refused(&other_way, 401, "invalid_client");
    }

    async fn bad_credentials_are_one_answer(server: TestServer) {
        server.photos_api("jwt").await;
        let (rp, secret) = machine(server, "client_secret_basic").await;
        let id = rp.client_id.as_str();

        for (id, secret) in [
            (id, "wrong"),
            (id, ""),
            ("app_sbx_nobody", secret.as_str()),
            ("", secret.as_str()),
            (id, &secret[..secret.len() - 1]),
        ] {
            assert_refused(&attempt(server, Some((id, secret)), &[]).await, 401, "invalid_client");
        }
        assert_refused(&attempt(server, None, &[("client_id", id)]).await, 401, "invalid_client");
        let empty = [("client_id", id), ("client_secret", "")];
        assert_refused(&attempt(server, None, &empty).await, 401, "invalid_client");
    }

    async fn two_methods_at_once_are_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let (rp, secret) = machine(server, "client_secret_basic").await;
        let body = [("client_id", rp.client_id.as_str()), ("client_secret", secret.as_str())];

        let answer = attempt(server, Some((&rp.client_id, &secret)), &body).await;

        assert_refused(&answer, 400, "invalid_request");
    }

    async fn credentials_in_the_address_are_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let (rp, secret) = machine(server, "client_secret_post").await;
        let url = format!("{}/token?client_id={}&client_secret={secret}", server.url, rp.client_id);
        let parameters = [("grant_type", "client_credentials"), ("scope", "resource.read")];

        let request = harness::client().post(url).form(&parameters);
        let answer = Answer::read(request.send().await.unwrap()).await.unwrap();

        assert_refused(&answer, 400, "invalid_request");
    }

    async fn both_secrets_work_while_they_overlap(server: TestServer) {
        server.photos_api("jwt").await;
        let (rp, old) = machine(server, "client_secret_basic").await;
        let secrets = format!("/applications/{}/clients/sandbox/secrets", rp.application_id);
        let listed = harness::json(&server.api().get(&secrets).await);
        let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("{secrets}/{id}/rotate");
        let new = server.api().create(&path, &json!({ "overlap_hours": 24 })).await;
        let new = new["client_secret"].as_str().unwrap();

        assert_eq!(attempt(server, Some((&rp.client_id, &old)), &[]).await.status, 200);
        assert_eq!(attempt(server, Some((&rp.client_id, new)), &[]).await.status, 200);
        server.advance(24 * 3600 + 1);

        assert_refused(&attempt(server, Some((&rp.client_id, &old)), &[]).await, 401, "invalid_client");
        assert_eq!(attempt(server, Some((&rp.client_id, new)), &[]).await.status, 200);
    }

    async fn a_revoked_secret_ends_at_once(server: TestServer) {
        server.photos_api("jwt").await;
        let (rp, secret) = machine(server, "client_secret_basic").await;
        assert_eq!(attempt(server, Some((&rp.client_id, &secret)), &[]).await.status, 200);
        let secrets = format!("/applications/{}/clients/sandbox/secrets", rp.application_id);
        let listed = harness::json(&server.api().get(&secrets).await);
        let id = listed["data"][0]["id"].as_str().unwrap().to_owned();

        let deleted = server.api().delete(&format!("{secrets}/{id}")).await;

        assert_eq!(deleted.status, 204, "{}", deleted.body);
        assert_refused(&attempt(server, Some((&rp.client_id, &secret)), &[]).await, 401, "invalid_client");
    }
}
