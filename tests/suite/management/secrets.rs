//! `…/secrets`.

use harness::{RelyingParty, TestServer, assert_problem, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

async fn machine(server: &TestServer) -> (RelyingParty, String) {
    server.photos_api("jwt").await;
    let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
    let path = format!("/applications/{}/clients/sandbox/secrets", machine.application_id);
    (machine, path)
}

async fn works(machine: &RelyingParty, secret: &str) -> bool {
    machine.with_secret(secret).client_credentials("resource.read").await.status == 200
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

on_each_database! {
    async fn a_generated_secret_works_beside_the_first(server: TestServer) {
        let (machine, path) = machine(server).await;

        let made = server.api().create(&path, &json!({ "label": "deploy" })).await;

        assert_eq!(made["label"], "deploy");
        assert!(text(&made, "client_secret").starts_with("cs_sbx_"));
        let (_, hint) = text(&made, "hint").split_once('…').unwrap();
        assert!(hint.len() == 4 && text(&made, "client_secret").contains(hint), "{made}");
        assert!(works(&machine, text(&made, "client_secret")).await);
        assert!(works(&machine, machine.client_secret.as_deref().unwrap()).await);
    }

    async fn no_value_is_ever_shown_again(server: TestServer) {
        let (_, path) = machine(server).await;
        let made = server.api().create(&path, &json!({})).await;

        let listed = server.api().get(&path).await;
        let shown = server.api().get(&format!("{path}/{}", text(&made, "id"))).await;

        assert_eq!((listed.status, shown.status), (200, 200));
        assert_eq!(json(&listed)["data"].as_array().unwrap().len(), 2);
        for answer in [&listed, &shown] {
            assert!(!answer.body.contains("client_secret"), "{}", answer.body);
            assert!(!answer.body.contains(text(&made, "client_secret")));
        }
    }

    async fn rotation_gives_the_old_one_an_end(server: TestServer) {
        let (machine, path) = machine(server).await;
        let old = machine.client_secret.clone().unwrap();
        let id = text(&json(&server.api().get(&path).await)["data"][0], "id").to_owned();

        let new = server.api().create(&format!("{path}/{id}/rotate"), &json!({ "overlap_hours": 1 })).await;
        let new = text(&new, "client_secret");

        assert!(works(&machine, &old).await && works(&machine, new).await);
        server.advance(3600);
        assert!(!works(&machine, &old).await && works(&machine, new).await);
        let again = server.api().post(&format!("{path}/{id}/rotate"), &json!({})).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(again.body.contains("/problems/secret-ended"), "{}", again.body);
    }

    async fn an_overlap_that_is_left_out_is_a_day(server: TestServer) {
        let (machine, path) = machine(server).await;
        let old = machine.client_secret.clone().unwrap();
        let id = text(&json(&server.api().get(&path).await)["data"][0], "id").to_owned();

        server.api().create(&format!("{path}/{id}/rotate"), &json!({})).await;

        server.advance(24 * 3600 - 1);
        assert!(works(&machine, &old).await);
        server.advance(1);
        assert!(!works(&machine, &old).await);
    }

    async fn without_an_overlap_the_old_one_ends_at_once(server: TestServer) {
        let (machine, path) = machine(server).await;
        let id = text(&json(&server.api().get(&path).await)["data"][0], "id").to_owned();

        server.api().create(&format!("{path}/{id}/rotate"), &json!({ "overlap_hours": 0 })).await;

        assert!(!works(&machine, machine.client_secret.as_deref().unwrap()).await);
    }

    async fn an_overlap_has_bounds(server: TestServer) {
        let (_, path) = machine(server).await;
        let id = text(&json(&server.api().get(&path).await)["data"][0], "id").to_owned();
        let rotate = format!("{path}/{id}/rotate");

        let long = server.api().post(&rotate, &json!({ "overlap_hours": 169 })).await;
        let negative = server.api().post(&rotate, &json!({ "overlap_hours": -1 })).await;

        assert_problem(&long, 422, &[("#/overlap_hours", "range")]);
        assert_problem(&negative, 422, &[("#/overlap_hours", "wrong-type")]);
    }

    async fn a_secret_can_be_given_an_end_and_a_name(server: TestServer) {
        let (machine, path) = machine(server).await;
        let made = server.api().create(&path, &json!({ "label": "a" })).await;
        let path = format!("{path}/{}", text(&made, "id"));
        let patch = async |body: Value| server.api().patch(&path, &body).await;

        let named = json(&patch(json!({ "label": "b", "expires_at": "2030-01-01T00:00:00Z" })).await);
        assert_eq!((&named["label"], text(&named, "expires_at")), (&json!("b"), "2030-01-01T00:00:00Z"));
        let past = patch(json!({ "expires_at": "2020-01-01T00:00:00Z" })).await;
        assert_problem(&past, 422, &[("#/expires_at", "in-past")]);
        let endless = json(&patch(json!({ "expires_at": null })).await);

        assert_eq!(endless["expires_at"], Value::Null);
        let blind = server.api().request(Method::PATCH, &path).json(&json!({ "label": "c" }));
        assert_problem(&server.api().send(blind).await, 428, &[]);
        let late = server.api().request(Method::PATCH, &path).header("if-match", "\"v1\"");
        assert_problem(&server.api().send(late.json(&json!({ "label": "c" }))).await, 412, &[]);
        assert_eq!(json(&server.api().get(&path).await)["label"], "b");
        assert!(works(&machine, text(&made, "client_secret")).await);
    }

    async fn a_revoked_secret_is_gone(server: TestServer) {
        let (machine, path) = machine(server).await;
        let made = server.api().create(&path, &json!({})).await;
        let one = format!("{path}/{}", text(&made, "id"));

        assert_eq!(server.api().delete(&one).await.status, 204);

        assert!(!works(&machine, text(&made, "client_secret")).await);
        assert_eq!(server.api().get(&one).await.status, 404);
        assert_eq!(server.api().delete(&one).await.status, 404);
        assert!(works(&machine, machine.client_secret.as_deref().unwrap()).await);
    }

    async fn ten_are_enough(server: TestServer) {
        let (_, path) = machine(server).await;
        for _ in 0..9 {
            server.api().create(&path, &json!({})).await;
        }

        let answer = server.api().post(&path, &json!({})).await;

        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains("/problems/too-many-secrets"));
        let id = text(&json(&server.api().get(&path).await)["data"][0], "id").to_owned();
        let rotate = format!("{path}/{id}/rotate");
        let overlapping = server.api().post(&rotate, &json!({ "overlap_hours": 1 })).await;
        assert_eq!(overlapping.status, 409, "{}", overlapping.body);
        assert!(overlapping.body.contains("/problems/too-many-secrets"));
        let at_once = json!({ "overlap_hours": 0 });
        assert_eq!(server.api().post(&rotate, &at_once).await.status, 201);
    }

    async fn a_secret_belongs_to_its_client(server: TestServer) {
        let (machine, path) = machine(server).await;
        let id = text(&json(&server.api().get(&path).await)["data"][0], "id").to_owned();
        let other = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let foreign = format!("/applications/{}/clients/sandbox/secrets/{id}", other.application_id);

        assert_eq!(server.api().get(&foreign).await.status, 404);
        assert_eq!(server.api().delete(&foreign).await.status, 404);
        assert_eq!(server.api().post(&format!("{foreign}/rotate"), &json!({})).await.status, 404);
        assert!(works(&machine, machine.client_secret.as_deref().unwrap()).await);
    }
}
