//! `/consents`, `/tokens` and `/sessions`: what was issued, and ending it.

use harness::{Person, RelyingParty, TestServer, assert_refused, json, on_each_database};
use serde_json::{Value, json};

/// Two people who approved one application always, with their tokens.
async fn alice_and_bob(server: &TestServer) -> (RelyingParty, [(Person, Value); 2]) {
    server.photos_api("jwt").await;
    let rp = server.web_app().await;
    let mut people = Vec::new();
    for name in ["alice", "bob"] {
        server.advance(1);
        let person = server.person(name).await;
        let tokens = rp.tokens(&person.approve_always(&rp).await).await;
        people.push((person, tokens));
    }
    (rp, people.try_into().unwrap_or_else(|_| panic!("two")))
}

async fn list(server: &TestServer, path: &str) -> Vec<Value> {
    json(&server.api().get(path).await)["data"]
        .as_array()
        .unwrap_or_else(|| panic!("{path}"))
        .clone()
}

async fn is_active(rp: &RelyingParty, tokens: &Value) -> bool {
    rp.is_active(tokens["access_token"].as_str().unwrap()).await
}

async fn refresh(rp: &RelyingParty, tokens: &Value) -> harness::Answer {
    rp.refresh(tokens["refresh_token"].as_str().unwrap()).await
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

on_each_database! {
    async fn each_list_says_who_and_for_what(server: TestServer) {
        let (rp, [(alice, _), _]) = alice_and_bob(server).await;
        for path in ["/consents", "/tokens", "/sessions"] {
            let all = list(server, path).await;
            let hers = list(server, &format!("{path}?user={}", alice.id)).await;
            let of_application = list(server, &format!("{path}?application={}", rp.application_id)).await;

            assert_eq!((all.len(), hers.len(), of_application.len()), (2, 1, 2), "{path}");
            assert_eq!(hers[0]["user"]["id"], alice.id, "{path}: {}", hers[0]);
            assert!(!hers[0].to_string().contains("cs_rt_"), "{path}");
        }
        let consent = &list(server, &format!("/consents?user={}", alice.id)).await[0];
        assert_eq!(consent["scopes"], json!(["openid", "resource.read"]));
        assert_eq!(consent["client"]["client_id"], rp.client_id);
        let session = &list(server, &format!("/sessions?user={}", alice.id)).await[0];
        assert_eq!((&session["kind"], &session["address"]), (&json!("user"), &json!("127.0.0.1")));
    }

    async fn one_token_ends_alone(server: TestServer) {
        let (rp, [(alice, hers), (_, his)]) = alice_and_bob(server).await;
        let token = list(server, &format!("/tokens?user={}", alice.id)).await.remove(0);

        assert_eq!(server.api().delete(&format!("/tokens/{}", id(&token))).await.status, 204);

        assert!(!is_active(&rp, &hers).await && is_active(&rp, &his).await);
        assert_refused(&refresh(&rp, &hers).await, 400, "invalid_grant");
        assert_eq!(refresh(&rp, &his).await.status, 200);
        assert_eq!(list(server, "/tokens").await.len(), 1);
    }

    async fn all_tokens_of_a_person_end_together(server: TestServer) {
        let (rp, [(alice, hers), (_, his)]) = alice_and_bob(server).await;

        let answer = server.api().delete(&format!("/tokens?user={}", alice.id)).await;

        assert_eq!((answer.status, json(&answer)), (200, json!({ "revoked": 1 })));
        assert!(!is_active(&rp, &hers).await && is_active(&rp, &his).await);
    }

    async fn everything_of_an_application_ends_together(server: TestServer) {
        let (rp, [(_, hers), (_, his)]) = alice_and_bob(server).await;

        let answer = server.api().delete(&format!("/consents?application={}", rp.application_id)).await;

        assert_eq!(json(&answer), json!({ "revoked": 2 }), "{}", answer.body);
        assert!(!is_active(&rp, &hers).await && !is_active(&rp, &his).await);
        assert!(list(server, "/consents").await.is_empty());
    }

    async fn ending_everything_wants_to_know_whose(server: TestServer) {
        let (rp, [(_, hers), _]) = alice_and_bob(server).await;
        for path in ["/consents", "/tokens", "/sessions"] {
            let answer = server.api().delete(path).await;

            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert!(answer.body.contains("filter-required"), "{}", answer.body);
        }
        assert!(is_active(&rp, &hers).await);
    }

    async fn an_empty_filter_ends_nothing(server: TestServer) {
        let (rp, [(alice, hers), _]) = alice_and_bob(server).await;
        for path in ["/sessions?kind=user&user=", "/tokens?environment=sandbox&user=", "/consents?environment=sandbox&application="] {
            let answer = server.api().delete(path).await;

            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            let parameter = path.rsplit('&').next().unwrap().trim_end_matches('=');
            assert_eq!(json(&answer)["errors"][0]["parameter"], parameter, "{}", answer.body);
        }
        assert!(is_active(&rp, &hers).await);
        assert!(alice.visit("/login").await.form_with("login-submit").is_none());
    }

    async fn a_filter_that_finds_nothing_ends_nothing(server: TestServer) {
        for filter in ["user=usr_00000000000000000000000000", "application=app_00000000000000000000000000"] {
            for path in ["/consents", "/tokens", "/sessions"] {
                let answer = server.api().delete(&format!("{path}?{filter}")).await;
                assert_eq!((answer.status, json(&answer)), (200, json!({ "revoked": 0 })), "{path}?{filter}");
            }
        }
        let audit = server.audit().await;
        assert!(!audit.iter().any(|it| it.ends_with(".revoked") || it == "session.ended"), "{audit:?}");
    }

    async fn ended_sessions_take_their_tokens_along(server: TestServer) {
        let (rp, [(alice, hers), (bob, his)]) = alice_and_bob(server).await;

        let answer = server.api().delete(&format!("/sessions?user={}", alice.id)).await;

        assert_eq!(json(&answer), json!({ "revoked": 1 }), "{}", answer.body);
        assert!(alice.visit("/login").await.form_with("login-submit").is_some());
        assert!(bob.visit("/login").await.form_with("login-submit").is_none());
        assert!(!is_active(&rp, &hers).await);
        assert!(is_active(&rp, &his).await);
        assert_refused(&refresh(&rp, &hers).await, 400, "invalid_grant");
        assert_eq!(refresh(&rp, &his).await.status, 200);
    }

    async fn console_sessions_are_told_apart(server: TestServer) {
        let olivia = server.staff("olivia", "owner").await;
        olivia.enter_console().await;
        olivia.sign_in().await;

        let kinds: Vec<Value> =
            list(server, "/sessions").await.into_iter().map(|it| it["kind"].clone()).collect();

        assert_eq!(kinds.len(), 2, "{kinds:?}");
        assert_eq!(list(server, "/sessions?kind=console").await.len(), 1);
        let console = list(server, "/sessions?kind=console").await.remove(0);
        assert_eq!(server.api().delete(&format!("/sessions/{}", id(&console))).await.status, 204);
        assert!(olivia.visit("/console").await.form_with("login-submit").is_some());
        assert!(olivia.visit("/login").await.form_with("login-submit").is_none());
    }

    async fn what_is_not_there_is_not_found(server: TestServer) {
        for path in [
            "/consents/con_00000000000000000000000000",
            "/tokens/gra_00000000000000000000000000",
            "/sessions/ses_00000000000000000000000000",
            "/tokens/nonsense",
            "/consents/app_00000000000000000000000000",
        ] {
            let request = server.api().request(reqwest::Method::DELETE, path);
            assert_eq!(server.api().send(request).await.status, 404, "{path}");
        }
    }
}
