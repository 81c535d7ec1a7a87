//! Lists: pages of a size, cursors that cannot be bent.

use harness::{TestServer, json, on_each_database};
use serde_json::{Value, json};

async fn seven_users(server: &TestServer) {
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        let body =
            json!({ "username": name, "name": name, "email": format!("{name}@example.com") });
        server.api().create("/users", &body).await;
    }
}

async fn page(server: &TestServer, query: &str) -> Value {
    let answer = server.api().get(&format!("/users?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    json(&answer)
}

fn names(page: &Value) -> String {
    let data = page["data"].as_array().unwrap();
    data.iter().map(|it| it["username"].as_str().unwrap()).collect()
}

fn cursor<'a>(page: &'a Value, name: &str) -> &'a str {
    page["page"][name].as_str().unwrap_or_else(|| panic!("no {name}: {page}"))
}

on_each_database! {
    async fn cursors_lead_forth_and_back(server: TestServer) {
        seven_users(server).await;
        let sorted = "sort=name&limit=3";

        let first = page(server, sorted).await;
        let second = page(server, &format!("{sorted}&cursor={}", cursor(&first, "next_cursor"))).await;
        let third = page(server, &format!("{sorted}&cursor={}", cursor(&second, "next_cursor"))).await;
        let back = page(server, &format!("{sorted}&cursor={}", cursor(&third, "prev_cursor"))).await;

        assert_eq!([names(&first), names(&second), names(&third), names(&back)], ["abc", "def", "g", "def"]);
        assert_eq!((&first["page"]["prev_cursor"], &third["page"]["next_cursor"]), (&Value::Null, &Value::Null));
        assert_eq!(first["page"]["limit"], 3);
        assert!(first["page"].get("total").is_none());
    }

    async fn every_list_is_read_to_its_end(server: TestServer) {
        seven_users(server).await;
        for sort in ["name", "-name", "created_at", "-created_at"] {
            let mut found = String::new();
            let mut query = format!("sort={sort}&limit=2");
            loop {
                let page = page(server, &query).await;
                found.push_str(&names(&page));
                let Some(next) = page["page"]["next_cursor"].as_str() else { break };
                query = format!("sort={sort}&limit=2&cursor={next}");
            }
            let mut letters: Vec<char> = found.chars().collect();
            letters.sort_unstable();
            assert_eq!(letters.iter().collect::<String>(), "abcdefg", "{sort}: {found}");
        }
    }

    async fn links_name_the_neighbours(server: TestServer) {
        seven_users(server).await;
        let answer = server.api().get("/users?sort=name&limit=3&q=example").await;
        let link = answer.headers["link"].clone();
        let url = link.split(['<', '>']).nth(1).unwrap();

        assert!(link.contains("rel=\"next\"") && !link.contains("rel=\"prev\""), "{link}");
        assert!(url.starts_with(&format!("{}/api/v1/users?", server.url)), "{url}");
        let next = server.api().get(url.split_once("/api/v1").unwrap().1).await;
        assert_eq!(names(&json(&next)), "def", "{}", next.body);
    }

    async fn a_cursor_belongs_to_its_list_filter_and_order(server: TestServer) {
        seven_users(server).await;
        let next = page(server, "sort=name&limit=3").await;
        let next = cursor(&next, "next_cursor");
        let mut bent = next.to_owned();
        bent.replace_range(bent.len() - 1.., if next.ends_with('A') { "B" } else { "A" });

        for path in [
            format!("/users?sort=-name&limit=3&cursor={next}"),
            format!("/users?sort=name&limit=3&q=a&cursor={next}"),
            format!("/applications?cursor={next}"),
            format!("/users?sort=name&limit=3&cursor={bent}"),
            format!("/users?sort=name&limit=3&cursor={}", &next[1..]),
            format!("/users?sort=name&limit=3&cursor={next}%27%20OR%201%3D1"),
            "/users?cursor=eyJpIjoieCJ9".to_owned(),
            format!("/users?cursor={}", "A".repeat(9000)),
        ] {
            let answer = server.api().get(&path).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert!(answer.body.contains("invalid-cursor"), "{path}: {}", answer.body);
        }
        let larger = page(server, &format!("sort=name&limit=4&cursor={next}")).await;
        assert_eq!(names(&larger), "defg", "another size is no other list");
    }

    async fn sizes_and_orders_are_from_a_list(server: TestServer) {
        for (query, parameter) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=-1", "limit"),
            ("limit=1e9", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("sort=(select%201)", "sort"),
            ("sort=password_hash", "sort"),
            ("sort=name,email", "sort"),
            ("status=LOCKED", "status"),
            ("has_role=yes", "has_role"),
            ("include=everything", "include"),
            ("limit=1&limit=2", "limit"),
        ] {
            let answer = server.api().get(&format!("/users?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.body);
            assert_eq!(json(&answer)["errors"][0]["parameter"], parameter, "{}", answer.body);
        }
    }

    async fn the_total_is_counted_on_demand(server: TestServer) {
        seven_users(server).await;

        assert_eq!(page(server, "limit=2&include=total").await["page"]["total"], 7);
        assert_eq!(page(server, "limit=2&include=total&q=c@").await["page"]["total"], 1);
    }

    async fn a_list_that_grows_while_it_is_read_repeats_nothing(server: TestServer) {
        seven_users(server).await;
        let first = page(server, "sort=name&limit=3").await;
        let body = json!({ "username": "bb", "name": "bb", "email": "bb@example.com" });
        server.api().create("/users", &body).await;

        let next = page(server, &format!("sort=name&limit=3&cursor={}", cursor(&first, "next_cursor"))).await;

        assert_eq!(names(&next), "def");
    }
}
