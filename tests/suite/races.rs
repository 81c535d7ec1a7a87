//! Sixteen at once, at two processes of the built program on one PostgreSQL: one winner each.
//!
//! SQLite has one process by its nature; the races inside it stand beside the repositories.

use std::sync::Arc;

use harness::{
    Answer, Browser, Db, Form, Installation, PASSWORD, Process, RelyingParty, S256, json,
    response_parameter,
};
use serde_json::{Value, json};
use tokio::sync::Barrier;

/// How many try at the same moment.
const MANY: usize = 16;

/// Runs every attempt, released at the same moment; their results in order.
pub(crate) async fn at_once<F: Future>(attempts: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let attempts: Vec<F> = attempts.into_iter().collect();
    let barrier = Arc::new(Barrier::new(attempts.len()));
    let released = attempts.into_iter().map(|attempt| {
        let barrier = Arc::clone(&barrier);
        async move {
            barrier.wait().await;
            attempt.await
        }
    });
    join(released.map(Box::pin).collect()).await
}

/// Drives all of `waiting` in turn until the last is done.
async fn join<T>(mut waiting: Vec<std::pin::Pin<Box<impl Future<Output = T>>>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in waiting.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(result) = future.as_mut().poll(context)
            {
                *slot = Some(result);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Two processes on one database, an application and a person.
struct Two {
    installation: Installation,
    processes: [Process; 2],
    rp: Value,
    http: reqwest::Client,
}

impl Two {
    async fn start(more: Value) -> Self {
        let installation = Installation::make(Db::Postgres).await;
        let first = installation.first(&[]);
        let second = installation.another(&[]);
        let api = installation.api(&first);
        let user =
            json!({ "username": "alice", "email": "alice@example.com", "password": PASSWORD });
        api.create("/users", &user).await;
        let mut body = json!({
            "name": "Photo Printer", "type": "web", "environment": "sandbox",
            "redirect_uris": [RelyingParty::REDIRECT_URI],
            "scopes": ["openid", "offline_access"],
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let application = api.create("/applications", &body).await;
        let rp = application["clients"][0].clone();
        Self { installation, processes: [first, second], rp, http: harness::client() }
    }

    /// The address of the process that the `n`th caller talks to.
    fn url(&self, n: usize) -> &str {
        &self.processes[n % 2].url
    }

    fn authorize_url(&self, n: usize) -> String {
        let parameters = [
            ("response_type", "code"),
            ("client_id", self.rp["client_id"].as_str().unwrap()),
            ("redirect_uri", RelyingParty::REDIRECT_URI),
            ("scope", "openid offline_access"),
            ("code_challenge", S256::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        url::Url::parse_with_params(&format!("{}/authorize", self.url(n)), parameters)
            .unwrap()
            .into()
    }

    /// A browser with the consent page before it, at process `n`.
    async fn consent(&self, n: usize) -> (Browser, Answer) {
        let browser = self.processes[n % 2].browser(&self.installation);
        let page =
            self.follow(&browser, n, browser.get(&self.authorize_url(n)).await.unwrap()).await;
        let form = page.form_with("login-submit").unwrap_or_else(|| panic!("{}", page.body));
        let form = self.here(form, n).fill("username", "alice").fill("password", PASSWORD);
        let page = self.follow(&browser, n, browser.post(&form).await.unwrap()).await;
        (browser, page)
    }

    /// The form with its action at process `n`: the issuer's own address leads to the first.
    fn here(&self, mut form: Form, n: usize) -> Form {
        let port = url::Url::parse(self.url(n)).unwrap().port();
        form.action.set_port(port).unwrap();
        form
    }

    async fn follow(&self, browser: &Browser, n: usize, mut answer: Answer) -> Answer {
        while let Some(mut next) = answer.location().filter(|it| it.host_str() == Some("127.0.0.1"))
        {
            next.set_port(url::Url::parse(self.url(n)).unwrap().port()).unwrap();
            answer = browser.get(next.as_str()).await.unwrap();
        }
        answer
    }

    /// Signs in, approves, and gives the code.
    async fn code(&self, n: usize) -> String {
        let (browser, page) = self.consent(n).await;
        let form = page.form_with("consent-deny").unwrap_or_else(|| panic!("{}", page.body));
        let answer = browser.post(&self.here(form, n).fill("decision", "once")).await.unwrap();
        response_parameter(&answer, "code").unwrap_or_else(|| panic!("{}", answer.body))
    }

    /// Posts as the application to `path` of process `n`.
    async fn post(&self, n: usize, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let id = self.rp["client_id"].as_str().unwrap();
        let secret = self.rp["secrets"][0]["client_secret"].as_str();
        let request = self
            .http
            .post(format!("{}{path}", self.url(n)))
            .basic_auth(id, secret)
            .form(parameters);
        Answer::read(request.send().await.unwrap()).await.unwrap()
    }

    async fn is_active(&self, n: usize, token: &str) -> bool {
        let answer = self.post(n, "/introspect", &[("token", token)]).await;
        json(&answer)["active"].as_bool().unwrap_or_else(|| panic!("{}", answer.body))
    }

    async fn redeem(&self, n: usize, code: &str) -> Answer {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", RelyingParty::REDIRECT_URI),
            ("code_verifier", S256::VERIFIER),
        ];
        self.post(n, "/token", &parameters).await
    }

    async fn refresh(&self, n: usize, refresh_token: &str) -> Answer {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.post(n, "/token", &parameters).await
    }
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[actix_web::test]
async fn a_code_is_redeemed_once() {
    let two = Two::start(json!({})).await;
    for round in 0..5 {
        let code = two.code(round).await;

        let answers = at_once((0..MANY).map(|n| two.redeem(n, &code))).await;

        let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{:?}", statuses(&answers));
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            harness::assert_refused(lost, 400, "invalid_grant");
        }
        // The losers had everything right: what the code bought is revoked.
        let refresh_token = json(won[0])["refresh_token"].as_str().unwrap().to_owned();
        harness::assert_refused(&two.refresh(round, &refresh_token).await, 400, "invalid_grant");
    }
}

#[actix_web::test]
async fn a_refresh_token_has_one_successor() {
    let two = Two::start(json!({ "refresh_mode": "rotate" })).await;
    for round in 0..5 {
        let tokens = json(&two.redeem(round, &two.code(round).await).await);
        let first = tokens["refresh_token"].as_str().unwrap().to_owned();

        let answers = at_once((0..MANY).map(|n| two.refresh(n, &first))).await;

        let mut successors: Vec<String> = Vec::new();
        for answer in &answers {
            match answer.status {
                200 => successors.push(json(answer)["refresh_token"].as_str().unwrap().to_owned()),
                _ => harness::assert_refused(answer, 400, "invalid_grant"),
            }
        }
        successors.sort_unstable();
        successors.dedup();
        assert_eq!(successors.len(), 1, "{:?}", statuses(&answers));
        assert_eq!(two.refresh(round, &successors[0]).await.status, 200, "the family lives on");
    }
}

#[actix_web::test]
async fn an_approval_that_is_sent_often_gives_one_code() {
    let two = Two::start(json!({})).await;
    for round in 0..5 {
        let (browser, page) = two.consent(round).await;
        let form = page.form_with("consent-deny").unwrap().fill("decision", "once");
        let posts = (0..MANY).map(|n| {
            let (browser, form) = (browser.clone(), two.here(form.clone(), n));
            async move { browser.post(&form).await.unwrap() }
        });

        let answers = at_once(posts).await;

        let codes: Vec<String> =
            answers.iter().filter_map(|answer| response_parameter(answer, "code")).collect();
        assert_eq!(codes.len(), 1, "{:?}", statuses(&answers));
        assert_eq!(two.redeem(round, &codes[0]).await.status, 200);
    }
}

#[actix_web::test]
async fn a_server_is_set_up_once() {
    let installation = Installation::make(Db::Postgres).await;
    let mut processes = [installation.first(&[]), installation.another(&[])];
    let said = "set up the first administrator within 30 minutes: ";
    let links = [processes[0].says(said), processes[1].says(said)];
    let mut forms = Vec::new();
    for n in 0..MANY {
        let process = &processes[n % 2];
        let browser = process.browser(&installation);
        let link = links[n % 2].replace(&installation.public_url, &process.url);
        let page = browser.get(&link).await.unwrap();
        let form = page.form_with("password").unwrap_or_else(|| panic!("{}", page.body));
        let form = form
            .fill("name", "Olivia Owner")
            .fill("email", &format!("olivia{n}@example.com"))
            .fill("username", &format!("olivia{n}"))
            .fill("password", PASSWORD);
        forms.push((browser, form));
    }

    let answers =
        at_once(forms.iter().map(|(browser, form)| async { browser.post(form).await.unwrap() }))
            .await;

    let made = statuses(&answers).into_iter().filter(|status| *status == 303).count();
    assert_eq!(made, 1, "{:?}", statuses(&answers));
    assert!(answers.iter().all(|answer| answer.status < 500), "{:?}", statuses(&answers));
    let owners = json(&installation.api(&processes[0]).get("/users?role=owner").await);
    assert_eq!(owners["data"].as_array().unwrap().len(), 1, "{owners}");
}

#[actix_web::test]
async fn what_one_process_locks_the_other_refuses_within_a_second() {
    let two = Two::start(json!({})).await;
    let tokens = json(&two.redeem(1, &two.code(1).await).await);
    let api = two.installation.api(&two.processes[0]);
    let alice =
        json(&api.get("/users?q=alice").await)["data"][0]["id"].as_str().unwrap().to_owned();

    let access_token = tokens["access_token"].as_str().unwrap();
    assert!(two.is_active(1, access_token).await, "and the other process remembers it");

    let locked = api.patch(&format!("/users/{alice}"), &json!({ "status": "locked" })).await;
    assert_eq!(locked.status, 200, "{}", locked.body);

    let locked_at = tokio::time::Instant::now();
    loop {
        let asked = locked_at.elapsed();
        if !two.is_active(1, access_token).await {
            break;
        }
        assert!(asked < std::time::Duration::from_secs(1), "active {asked:?} after the lock");
    }
    let refresh = two.refresh(1, tokens["refresh_token"].as_str().unwrap()).await;
    harness::assert_refused(&refresh, 400, "invalid_grant");
}
