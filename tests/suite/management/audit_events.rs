//! `/audit-events`: what happened, chained.

use harness::{json, on_each_database};
use serde_json::{Value, json};

fn actions(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect()
}

on_each_database! {
    async fn an_act_is_told_with_who_what_and_where_from(server: TestServer) {
        let machine = server.register("machine", json!({})).await;

        let query = format!("/audit-events?target={}&action=application.registered", machine.application_id);
        let list = json(&server.api().get(&query).await);
        let event = &list["data"][0];

        assert_eq!(event["outcome"], "success");
        assert_eq!((&event["actor"]["kind"], &event["actor"]["name"]), (&json!("api_key"), &json!("test")));
        assert_eq!(event["surface"], "api");
        assert_eq!(event["target"], json!({ "id": machine.application_id, "name": "Photo Printer" }));
        assert_eq!(event["address"], "127.0.0.1");
        assert_eq!(event["at"], "2026-11-18T11:06:40Z");
        assert!(event["trace_id"].is_string());
        let one = json(&server.api().get(&format!("/audit-events/{}", event["id"].as_str().unwrap())).await);
        assert_eq!(one["id"], event["id"]);
    }

    async fn the_trace_id_of_a_refusal_leads_to_its_event(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let refused = rp.redeem("cs_ac_nonsense").await;
        let trace_id = json(&refused)["trace_id"].as_str().unwrap().to_owned();
        assert_eq!(refused.headers["x-request-id"], trace_id);

        let list = json(&server.api().get(&format!("/audit-events?trace_id={trace_id}")).await);

        assert_eq!(actions(&list), ["token.refused"]);
        let event = &list["data"][0];
        assert_eq!(event["outcome"], "refused");
        assert!(event["reason"].as_str().unwrap().contains("code"), "{event}");
        assert!(!event.to_string().contains("cs_ac_nonsense"), "{event}");
    }

    async fn filters_find_what_they_say(server: TestServer) {
        let before = server.now();
        server.register("machine", json!({})).await;
        server.advance(3600);
        let user = server.person("alice").await;
        let rfc3339 = |millis: i64| domain::Timestamp::from_millis(millis).to_rfc3339();
        let middle = rfc3339(before + 1_800_000);
        for (query, expected) in [
            ("action=user.registered".to_owned(), vec!["user.registered"]),
            (format!("from={middle}"), vec!["user.registered"]),
            (format!("until={middle}&action=application.registered"), vec!["application.registered"]),
            (format!("target={}", user.id), vec!["user.registered"]),
            ("outcome=refused".to_owned(), vec![]),
            ("actor=nobody".to_owned(), vec![]),
        ] {
            let list = json(&server.api().get(&format!("/audit-events?{query}")).await);
            assert_eq!(actions(&list), expected, "{query}: {list}");
        }
    }

    async fn the_newest_come_first_and_take_their_place_in_the_chain(server: TestServer) {
        for name in ["alice", "bob", "carol"] {
            server.advance(1);
            server.person(name).await;
        }
        server.background_round().await;

        let list = json(&server.api().get("/audit-events?action=user.registered").await);
        let events = list["data"].as_array().unwrap();
        let numbers: Vec<i64> = events.iter().map(|it| it["sequence"].as_i64().unwrap()).collect();

        assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
        assert_eq!(events[0]["target"]["name"], "carol");
    }

    async fn reading_changes_nothing(server: TestServer) {
        server.person("alice").await;
        let (_, statements) = server.statements(server.api().get("/audit-events")).await;
        let before = server.audit().await.len();

        for path in ["/applications", "/users", "/resources", "/audit-events", "/settings/grants"] {
            server.api().get(path).await;
        }

        assert_eq!(server.audit().await.len(), before);
        assert!(statements <= 4, "{statements}");
    }
}
