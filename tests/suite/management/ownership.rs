//! Developers see and change what is theirs; nobody gives what they lack.

use harness::{Answer, Api, PASSWORD, Person, RelyingParty, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

/// The management API called by `person` through an application that they approve.
async fn api_of(server: &TestServer, person: &Person) -> Api {
    let all: Vec<&str> = domain::Permission::ALL.iter().map(|it| it.as_str()).collect();
    let rp = server.register("web", json!({ "name": "Console on the phone", "scopes": all })).await;
    let request = rp.authorization().with("scope", &all.join(" "));
    let page = person.open(&request.url()).await;
    let page = person.sign_in_with(&page, PASSWORD).await;
    let code = rp.code_of(&person.decide(&page, "once").await);
    server.api().with_bearer(rp.tokens(&code).await["access_token"].as_str().unwrap())
}

async fn owned_by(server: &TestServer, person: &Person, name: &str) -> Value {
    let body = json!({
        "name": name, "type": "web", "environment": "sandbox", "owner": person.id,
        "redirect_uris": [RelyingParty::REDIRECT_URI],
    });
    server.api().create("/applications", &body).await
}

/// Calls with a version that fits, whatever it is.
async fn change(
    server: &TestServer,
    api: &Api,
    (method, path): (Method, &str),
    body: Value,
) -> Answer {
    let etag = server.api().get(path).await.headers.get("etag").cloned().unwrap_or_default();
    let request = api.request(method.clone(), path).header("if-match", etag);
    api.send(if method == Method::DELETE { request } else { request.json(&body) }).await
}

on_each_database! {
    async fn a_developer_sees_own_applications_alone(server: TestServer) {
        let dora = server.staff("dora", "developer").await;
        let emil = server.staff("emil", "developer").await;
        owned_by(server, &dora, "Doras").await;
        let foreign = owned_by(server, &emil, "Emils").await;
        let api = api_of(server, &dora).await;

        let list = json(&api.get("/applications?include=total").await);
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!((&list["data"][0]["name"], &list["page"]["total"]), (&json!("Doras"), &json!(1)));

        let path = format!("/applications/{}", foreign["id"].as_str().unwrap());
        let secrets = format!("{path}/clients/sandbox/secrets");
        let secret = format!("{secrets}/{}", foreign["clients"][0]["secrets"][0]["id"].as_str().unwrap());
        for (method, path, body) in [
            (Method::GET, path.clone(), json!({})),
            (Method::PATCH, path.clone(), json!({ "name": "Mine" })),
            (Method::DELETE, path.clone(), json!({})),
            (Method::GET, format!("{path}/clients/sandbox"), json!({})),
            (Method::PATCH, format!("{path}/clients/sandbox"), json!({ "redirect_uris": ["https://evil.test/cb"] })),
            (Method::PUT, format!("{path}/clients/production"), json!({})),
            (Method::GET, secrets.clone(), json!({})),
            (Method::POST, secrets, json!({})),
            (Method::POST, format!("{secret}/rotate"), json!({})),
            (Method::DELETE, secret, json!({})),
        ] {
            let answer = change(server, &api, (method.clone(), &path), body).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
        }
        assert_eq!(json(&server.api().get(&path).await)["name"], "Emils");
    }

    async fn a_foreign_application_and_none_look_the_same(server: TestServer) {
        let dora = server.staff("dora", "developer").await;
        let emil = server.staff("emil", "developer").await;
        let foreign = owned_by(server, &emil, "Emils").await;
        let api = api_of(server, &dora).await;

        let foreign = api.get(&format!("/applications/{}", foreign["id"].as_str().unwrap())).await;
        let none = api.get("/applications/app_00000000000000000000000000").await;

        let told = |answer: &Answer| {
            let mut body = json(answer);
            for changing in ["instance", "trace_id"] {
                body[changing] = Value::Null;
            }
            body
        };
        assert_eq!(told(&foreign), told(&none));
    }

    async fn what_a_developer_registers_is_theirs_and_stays_theirs(server: TestServer) {
        let dora = server.staff("dora", "developer").await;
        let emil = server.staff("emil", "developer").await;
        let api = api_of(server, &dora).await;
        let body = json!({ "name": "New", "type": "machine", "environment": "sandbox" });

        let made = api.post("/applications", &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(json(&made)["owner"], dora.id);
        let path = format!("/applications/{}", json(&made)["id"].as_str().unwrap());
        let for_emil = json!({ "name": "x", "type": "machine", "environment": "sandbox", "owner": emil.id });

        assert_eq!(api.post("/applications", &for_emil).await.status, 422);
        let given = change(server, &api, (Method::PATCH, &path), json!({ "owner": emil.id })).await;
        assert_eq!(given.status, 422, "{}", given.body);
        let skipping = json!({ "skip_consent": true });
        let client = format!("{path}/clients/sandbox");
        let skipped = change(server, &api, (Method::PATCH, &client), skipping).await;
        assert_eq!(skipped.status, 422, "{}", skipped.body);
    }

    async fn a_role_never_reaches_beyond_itself(server: TestServer) {
        server.staff("olivia", "owner").await;
        let adam = server.staff("adam", "administrator").await;
        let sue = server.staff("sue", "support").await;
        let ada = server.staff("ada", "auditor").await;
        let plain = server.person("plain").await;
        let olivia = json(&server.api().get("/users?role=owner").await)["data"][0]["id"].as_str().unwrap().to_owned();
        let [by_admin, by_support, by_auditor] =
            [api_of(server, &adam).await, api_of(server, &sue).await, api_of(server, &ada).await];
        let user = |id: &str| format!("/users/{id}");

        for (who, api, path, body) in [
            ("an administrator makes owners", &by_admin, user(&plain.id), json!({ "role": "owner" })),
            ("an administrator makes themself owner", &by_admin, user(&adam.id), json!({ "role": "owner" })),
            ("an administrator renames an owner", &by_admin, user(&olivia), json!({ "email": "x@example.com" })),
            ("support makes developers", &by_support, user(&plain.id), json!({ "role": "developer" })),
            ("support locks an owner", &by_support, user(&olivia), json!({ "status": "locked" })),
            ("support renames an administrator", &by_support, user(&adam.id), json!({ "email": "x@example.com" })),
            ("an auditor renames", &by_auditor, user(&plain.id), json!({ "name": "x" })),
        ] {
            let answer = change(server, api, (Method::PATCH, &path), body).await;
            assert_eq!(answer.status, 403, "{who}: {}", answer.body);
        }
        for (api, id) in [(&by_support, &olivia), (&by_support, &adam.id)] {
            let reset = api.post(&format!("/users/{id}/password-reset"), &json!({})).await;
            assert_eq!(reset.status, 403, "{}", reset.body);
        }
        let locked = change(server, &by_support, (Method::PATCH, &user(&plain.id)), json!({ "status": "locked" })).await;
        assert_eq!(locked.status, 200, "{}", locked.body);
        let key = by_admin.post("/api-keys", &json!({ "name": "x", "permissions": ["apps:read"] })).await;
        assert_eq!(key.status, 403, "{}", key.body);
    }

    async fn a_lost_role_is_lost_at_once(server: TestServer) {
        server.staff("olivia", "owner").await;
        let adam = server.staff("adam", "administrator").await;
        let api = api_of(server, &adam).await;
        assert_eq!(api.get("/users").await.status, 200);

        let demoted = server.api().patch(&format!("/users/{}", adam.id), &json!({ "role": null })).await;
        assert_eq!(demoted.status, 200, "{}", demoted.body);

        assert!([401, 403].contains(&api.get("/users").await.status));
    }

    async fn an_application_is_given_no_permission_its_maker_lacks(server: TestServer) {
        let dora = server.staff("dora", "developer").await;
        let api = api_of(server, &dora).await;
        let body = |scope: &str| json!({
            "name": "x", "type": "machine", "environment": "sandbox", "scopes": [scope],
        });

        let answer = api.post("/applications", &body("users:write")).await;
        assert_eq!(harness::problem_errors(&answer), [("#/scopes/0".to_owned(), "not-yours".to_owned())], "{}", answer.body);
        let machine = api.create("/applications", &body("apps:read")).await;
        let machine = server.relying_party(&machine);
        owned_by(server, &server.staff("emil", "developer").await, "Emils").await;

        // A machine acts for nobody, so it sees what whoever answers for it sees.
        let tokens = json(&machine.client_credentials("apps:read").await);
        let list = json(&server.api().with_bearer(tokens["access_token"].as_str().unwrap()).get("/applications").await);
        let names: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names, [&json!("x")]);
    }
}
