//! A new password, or a lock, ends what was open, and what was about to open.

use std::{cell::Cell, time::Duration};

use harness::{Answer, Api, Browser, Db, Installation, PASSWORD, Process, json, on_each_database};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::races::at_once;

/// How many sign in without a pause.
const VISITORS: usize = 6;
/// As long as a process may believe what it remembers, and some more.
const BELIEVED: Duration = Duration::from_secs(5);

/// The processes that share a database, and one person.
struct Place {
    installation: Installation,
    processes: Vec<Process>,
    api: Api,
    alice: String,
}

impl Place {
    /// Two processes on PostgreSQL; SQLite has one by its nature.
    async fn start(db: Db) -> Self {
        let installation = Installation::make(db).await;
        let mut processes = vec![installation.first(&[])];
        if db == Db::Postgres {
            processes.push(installation.another(&[]));
        }
        let api = installation.api(&processes[0]);
        let user =
            json!({ "username": "alice", "email": "alice@example.com", "password": PASSWORD });
        let user = api.create("/users", &user).await;
        let alice = format!("/users/{}", user["id"].as_str().unwrap());
        Self { installation, processes, api, alice }
    }

    fn process(&self, n: usize) -> &Process {
        &self.processes[n % self.processes.len()]
    }

    async fn sign_in(&self, n: usize, password: &str) -> (Browser, Answer) {
        let process = self.process(n);
        let browser = process.browser(&self.installation);
        let page = browser.get(&format!("{}/login", process.url)).await.unwrap();
        let form = page.form_with("login-submit").unwrap_or_else(|| panic!("{}", page.body));
        let form = form.fill("username", "alice").fill("password", password);
        let answer = browser.post(&form).await.unwrap();
        (browser, answer)
    }

    async fn is_signed_in(&self, n: usize, browser: &Browser) -> bool {
        let page = browser.get(&format!("{}/login", self.process(n).url)).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        page.form_with("login-submit").is_none()
    }

    async fn change(&self, change: &Value) {
        let changed = self.api.patch(&self.alice, change).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert!(json(&changed).is_object());
    }

    /// Everyone who came in with `password` before they heard that `change` was made.
    async fn come_in_during(&self, password: &str, change: &Value) -> Vec<(usize, Browser)> {
        let (made, entered) = (&Cell::new(false), &Cell::new(0));
        let came = at_once((0..=VISITORS).map(|n| async move {
            if n < VISITORS {
                return self.come_in_until(made, (n, password), entered).await;
            }
            while entered.get() < VISITORS {
                tokio::task::yield_now().await;
            }
            self.change(change).await;
            made.set(true);
            Vec::new()
        }))
        .await;
        came.into_iter().flatten().collect()
    }

    async fn come_in_until(
        &self,
        made: &Cell<bool>,
        (n, password): (usize, &str),
        entered: &Cell<usize>,
    ) -> Vec<(usize, Browser)> {
        let mut came = Vec::new();
        while !made.get() {
            let (browser, answer) = self.sign_in(n, password).await;
            if answer.status == 303 {
                entered.set(entered.get() + 1);
                came.push((n, browser));
            }
        }
        came
    }

    async fn assert_all_out(&self, came: &[(usize, Browser)]) {
        let changed = Instant::now();
        for (n, browser) in came {
            while self.is_signed_in(*n, browser).await {
                let so_long = changed.elapsed();
                assert!(so_long < BELIEVED, "one of {} is still signed in", came.len());
            }
        }
    }
}

on_each_database! {
    async fn nobody_stays_signed_in_with_the_old_password(db: Db) {
        let place = Place::start(db).await;
        let mut old = PASSWORD.to_owned();
        for round in 0..4 {
            let new = format!("long passphrase number {round}");

            let came = place.come_in_during(&old, &json!({ "password": new })).await;

            place.assert_all_out(&came).await;
            assert_eq!(place.sign_in(round, &old).await.1.status, 422);
            let (browser, answer) = place.sign_in(round, &new).await;
            assert_eq!(answer.status, 303, "{}", answer.body);
            assert!(place.is_signed_in(round, &browser).await);
            old = new;
        }
    }

    async fn a_lock_leaves_no_session_to_come_back_to(db: Db) {
        let place = Place::start(db).await;
        for _ in 0..4 {
            let came = place.come_in_during(PASSWORD, &json!({ "status": "locked" })).await;
            place.change(&json!({ "status": "active" })).await;

            place.assert_all_out(&came).await;
        }
    }

    async fn a_change_of_name_keeps_nobody_out(db: Db) {
        let place = Place::start(db).await;

        let came = place.come_in_during(PASSWORD, &json!({ "name": "Alice Example" })).await;

        let (n, browser) = came.last().unwrap();
        assert!(place.is_signed_in(*n, browser).await);
    }
}
