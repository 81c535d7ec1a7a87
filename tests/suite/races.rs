//! Sixteen at once, at two processes of the built program on one PostgreSQL: one winner each.
//!
//! SQLite has one process by its nature; the races inside it stand beside the repositories.

use std::sync::Arc;

use harness::{
    Answer, Api, Browser, Db, DpopKey, Form, Installation, PASSWORD, Process, RelyingParty, S256,
    json, response_parameter,
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

    /// A browser with the page before it that answers a device, at process `n`.
    async fn device(&self, n: usize, user_code: &str) -> (Browser, Answer) {
        let browser = self.processes[n % 2].browser(&self.installation);
        let address = format!("{}/device?user_code={user_code}", self.url(n));
        let page = self.follow(&browser, n, browser.get(&address).await.unwrap()).await;
        let form = page.form_with("login-submit").unwrap_or_else(|| panic!("{}", page.body));
        let form = self.here(form, n).fill("username", "alice").fill("password", PASSWORD);
        let page = self.follow(&browser, n, browser.post(&form).await.unwrap()).await;
        let form = page.form_with("device-continue").unwrap_or_else(|| panic!("{}", page.body));
        let page = browser.post(&self.here(form, n)).await.unwrap();
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

    async fn refresh_proven(&self, n: usize, refresh_token: &str, proof: &str) -> Answer {
        let id = self.rp["client_id"].as_str().unwrap();
        let secret = self.rp["secrets"][0]["client_secret"].as_str();
        let request = self
            .http
            .post(format!("{}/token", self.url(n)))
            .basic_auth(id, secret)
            .header("dpop", proof)
            .form(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]);
        Answer::read(request.send().await.unwrap()).await.unwrap()
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
async fn a_device_code_is_redeemed_once() {
    const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let two = Two::start(json!({ "grant_types": ["authorization_code", "refresh_token", GRANT] }));
    let two = two.await;
    for round in 0..5 {
        let asked = two.post(round, "/device_authorization", &[("scope", "openid")]).await;
        let asked = json(&asked);
        let device_code = asked["device_code"].as_str().unwrap();
        let parameters = [("grant_type", GRANT), ("device_code", device_code)];

        // Of sixteen polls at once fifteen come too soon.
        let waiting = at_once((0..MANY).map(|n| two.post(n, "/token", &parameters))).await;
        let slowed = waiting.iter().filter(|it| json(it)["error"] == "slow_down").count();
        assert_eq!(slowed, MANY - 1, "{:?}", statuses(&waiting));

        let (browser, page) = two.device(round, asked["user_code"].as_str().unwrap()).await;
        let form = page.form_with("device-deny").unwrap_or_else(|| panic!("{}", page.body));
        let form = form.fill("decision", "once");
        assert_eq!(browser.post(&two.here(form, round)).await.unwrap().status, 303);

        let answers = at_once((0..MANY).map(|n| two.post(n, "/token", &parameters))).await;

        let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{:?}", statuses(&answers));
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            harness::assert_refused(lost, 400, "invalid_grant");
        }
        let refresh_token = json(won[0])["refresh_token"].as_str().unwrap().to_owned();
        harness::assert_refused(&two.refresh(round, &refresh_token).await, 400, "invalid_grant");
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
async fn a_pushed_request_gets_one_code() {
    let two = Two::start(json!({})).await;
    let (browser, page) = two.consent(0).await;
    let form = two.here(page.form_with("consent-deny").unwrap(), 0).fill("decision", "always");
    assert!(response_parameter(&browser.post(&form).await.unwrap(), "code").is_some());
    let parameters = [
        ("response_type", "code"),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
        ("scope", "openid offline_access"),
        ("prompt", "none"),
        ("code_challenge", S256::CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for round in 0..5 {
        let pushed = json(&two.post(round, "/par", &parameters).await);
        let reference = [
            ("client_id", two.rp["client_id"].as_str().unwrap()),
            ("request_uri", pushed["request_uri"].as_str().unwrap()),
        ];
        let gets = (0..MANY).map(|n| {
            let browser = browser.clone();
            let address = format!("{}/authorize", two.url(n));
            let address = url::Url::parse_with_params(&address, reference).unwrap();
            async move { browser.get(address.as_str()).await.unwrap() }
        });

        let answers = at_once(gets).await;

        let codes: Vec<String> =
            answers.iter().filter_map(|answer| response_parameter(answer, "code")).collect();
        assert_eq!(codes.len(), 1, "{:?}", statuses(&answers));
        assert!(answers.iter().all(|answer| [303, 400].contains(&answer.status)));
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

/// TK-21
#[actix_web::test]
async fn a_proof_of_possession_counts_once() {
    let two = Two::start(json!({})).await;
    let tokens = json(&two.redeem(0, &two.code(0).await).await);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let key = DpopKey::generate();
    let address = format!("{}/token", two.installation.public_url);
    let now = || {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_millis()).unwrap()
    };
    for _ in 0..5 {
        let proof = key.proof("POST", &address, now()).sign();

        let sent = (0..MANY).map(|n| two.refresh_proven(n, refresh_token, &proof));
        let answers = at_once(sent).await;

        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{:?}", statuses(&answers));
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            harness::assert_refused(lost, 400, "invalid_dpop_proof");
        }
    }

    // A nonce of one process is known to the other.
    let with = |nonce: &str| key.proof("POST", &address, now()).claim("nonce", nonce).sign();
    let asked = two.refresh_proven(0, refresh_token, &with("made up")).await;
    harness::assert_refused(&asked, 400, "use_dpop_nonce");
    let answer = two.refresh_proven(1, refresh_token, &with(&asked.headers["dpop-nonce"])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
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

/// What `n`th callers of the management API use, at both processes in turn.
fn apis(two: &Two) -> [Api; 2] {
    [0, 1].map(|n| two.installation.api(&two.processes[n]))
}

/// How many answers have this status, where every other has one of `others`.
#[track_caller]
fn count(answers: &[Answer], status: u16, others: &[u16]) -> usize {
    let odd = answers.iter().find(|it| it.status != status && !others.contains(&it.status));
    assert!(odd.is_none(), "{:?} {}", statuses(answers), odd.unwrap().body);
    answers.iter().filter(|it| it.status == status).count()
}

/// Deletes `path`, as the caller `at`, amid registrations of applications with `more`.
async fn remove_while_used(
    apis: &[Api; 2],
    (at, path): (usize, &str),
    more: &Value,
) -> Vec<Answer> {
    let etag = apis[0].get(path).await.headers.get("etag").cloned().unwrap_or_default();
    let attempts = (0..MANY).map(|n| {
        let (api, etag) = (&apis[n % 2], etag.as_str());
        async move {
            if n == at {
                let request = api.request(reqwest::Method::DELETE, path);
                return api.send(request.header("if-match", etag)).await;
            }
            let mut body = json!({ "name": "Robot", "type": "machine", "environment": "sandbox" });
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            api.post("/applications", &body).await
        }
    });
    at_once(attempts).await
}

#[actix_web::test]
async fn what_is_deleted_is_not_used_and_what_is_used_is_not_deleted() {
    let two = Two::start(json!({})).await;
    let apis = apis(&two);
    let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
    for round in 0..24 {
        let name = format!("reports.r{round}");
        let (path, more) = if round % 3 == 2 {
            let body = json!({ "username": name, "email": format!("{name}@example.com") });
            let user = id(&apis[0].create("/users", &body).await);
            (format!("/users/{user}"), json!({ "owner": user }))
        } else {
            let body = json!({
                "identifier": format!("https://{name}.example.com"), "name": name,
                "scopes": [{ "name": name, "display_name": name, "description": "" }],
            });
            let made = apis[0].create("/resources", &body).await;
            let mut path = format!("/resources/{}", id(&made));
            if round % 3 == 1 {
                path = format!("{path}/scopes/{}", id(&made["scopes"][0]));
            }
            (path, json!({ "scopes": [name] }))
        };

        // The sooner it comes, the more registrations have looked at what it takes away.
        let at = round / 3 % 4;
        let mut answers = remove_while_used(&apis, (at, &path), &more).await;

        let removed = answers.remove(at);
        let registered = count(&answers, 201, &[422]);
        match registered {
            0 => assert!(removed.status < 300, "{path}: {}", removed.body),
            _ => assert_eq!(removed.status, 409, "{path}: {registered} use it"),
        }
    }
}

/// Where the secrets of a new client are, and its first one.
async fn secrets(apis: &[Api; 2]) -> (String, String) {
    let body = json!({ "name": "Robot", "type": "machine", "environment": "sandbox" });
    let made = apis[0].create("/applications", &body).await;
    let path = format!("/applications/{}/clients/sandbox/secrets", made["id"].as_str().unwrap());
    (path, made["clients"][0]["secrets"][0]["id"].as_str().unwrap().to_owned())
}

#[actix_web::test]
async fn a_client_has_ten_secrets_at_most() {
    let two = Two::start(json!({})).await;
    let apis = apis(&two);
    for _ in 0..3 {
        let (path, _) = secrets(&apis).await;
        let body = json!({ "label": "one more" });

        let answers = at_once((0..MANY).map(|n| apis[n % 2].post(&path, &body))).await;

        assert_eq!(count(&answers, 201, &[409]), 9);
        let kept = json(&apis[0].get(&path).await);
        assert_eq!(kept["data"].as_array().unwrap().len(), 10);
    }
}

#[actix_web::test]
async fn a_secret_is_replaced_once() {
    let two = Two::start(json!({})).await;
    let apis = apis(&two);
    for _ in 0..5 {
        let (path, first) = secrets(&apis).await;
        let rotate = format!("{path}/{first}/rotate");
        let body = json!({ "overlap_hours": 0 });

        let answers = at_once((0..MANY).map(|n| apis[n % 2].post(&rotate, &body))).await;

        assert_eq!(count(&answers, 201, &[409]), 1);
        for lost in answers.iter().filter(|it| it.status != 201) {
            let kind = json(lost)["type"].as_str().unwrap().to_owned();
            assert!(kind.ends_with("secret-ended"), "{}", lost.body);
        }
    }
}
