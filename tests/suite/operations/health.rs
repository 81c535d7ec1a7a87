//! Health, and what outlives a restart.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use harness::{Db, Installation, Process, TestServer, json, on_each_database};
use reqwest::Method;
use tokio::time::Instant;

on_each_database! {
    async fn the_process_and_its_needs_are_told(db: Db) {
        let server = TestServer::spawn(db).await;

        let live = server.get("/health/live").await;
        let ready = server.get("/health/ready").await;

        assert_eq!((live.status, ready.status), (200, 200), "{}", ready.body);
        assert_eq!(json(&ready)["status"], "ready");
        server.finish().await;
    }

    async fn a_server_is_ready_only_with_the_schema_it_needs(db: Db) {
        let server = TestServer::spawn(db).await;
        // A newer node went ahead; this one still serves.
        server.execute("INSERT INTO seaql_migrations VALUES ('m29990101_000001_later', 0)").await;
        assert_eq!(server.get("/health/ready").await.status, 200);

        server.execute("DELETE FROM seaql_migrations WHERE version LIKE '%_outbox'").await;
        let ready = server.get("/health/ready").await;

        assert_eq!(ready.status, 503, "{}", ready.body);
        assert_eq!(json(&ready)["status"], "not ready");
        assert_eq!(json(&ready)["database"], "ok");
        assert_eq!(json(&ready)["migrations"], "missing");
        assert_eq!(server.get("/health/live").await.status, 200);
        server.finish().await;
    }

    async fn every_answer_has_a_name_and_its_headers(db: Db) {
        let server = TestServer::spawn(db).await;
        let mut names = Vec::new();
        for path in ["/", "/login", "/nowhere", "/jwks", "/health/live", "/authorize", "/token", "/api/v1/users", "/static/x", "/console"] {
            let answer = server.get(path).await;

            names.push(answer.headers["x-request-id"].clone());
            assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
            assert!(answer.headers.contains_key("referrer-policy"), "{path}");
            assert!(!answer.headers.contains_key("server"), "{path}");
            assert!(!answer.headers.contains_key("x-powered-by"), "{path}");
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "every request has a name of its own");
        server.finish().await;
    }

    async fn the_name_of_a_request_is_not_the_senders_to_choose(db: Db) {
        let server = TestServer::spawn(db).await;
        let request = server.request(Method::GET, "/login").header("x-request-id", "<script>alert(1)</script>");

        let answer = server.send(request).await;

        assert!(!answer.headers["x-request-id"].contains("script"));
        assert!(!answer.body.contains("<script>alert"));
        server.finish().await;
    }

    async fn tokens_keys_and_sessions_outlive_a_restart(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let unused = alice.approve_always(&rp).await;
        let code = rp.code_of(&alice.open(&rp.authorization().url()).await);
        let tokens = rp.tokens(&code).await;
        let keys = server.jwks().await;

        let server = server.restart().await;

        assert_eq!(server.jwks().await, keys);
        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.status, 200);
        assert_eq!(rp.redeem(&unused).await.status, 200);
        assert!(alice.visit("/login").await.form_with("login-submit").is_none());
        harness::assert_refused(&rp.redeem(&code).await, 400, "invalid_grant");
        server.finish().await;
    }

    async fn a_revocation_outlives_a_restart(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let tokens = rp.tokens(&server.person("alice").await.approve(&rp).await).await;
        assert_eq!(rp.revoke(tokens["access_token"].as_str().unwrap()).await.status, 200);

        let server = server.restart().await;

        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        server.finish().await;
    }
}

#[actix_web::test]
async fn the_built_program_says_where_it_listens_and_ends_when_asked() {
    let installation = Installation::make(Db::Sqlite).await;
    let mut process = installation.first(&[]);

    let ready =
        harness::client().get(format!("{}/health/ready", process.url)).send().await.unwrap();

    assert_eq!(ready.status(), 200);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[actix_web::test]
async fn the_program_ends_in_time_without_its_database_and_with_a_request_in_flight() {
    let installation = Installation::make(Db::Postgres).await;
    let (url, is_cut) = cuttable(installation.database_url());
    let mut process = installation.first(&[("COUNTERSIGN_DATABASE__URL", &url)]);
    process.says("set up the first administrator");
    let mut unfinished = TcpStream::connect(process.url.strip_prefix("http://").unwrap()).unwrap();
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 9";
    write!(unfinished, "POST /token HTTP/1.1\r\nhost: a\r\n{form}\r\n\r\na").unwrap();
    // What came after it was answered, so it was taken in too.
    harness::client().get(format!("{}/health/live", process.url)).send().await.unwrap();
    is_cut.store(true, Ordering::Relaxed);

    let asked = Instant::now();
    let code = process.stop();

    assert_eq!(code, Some(0), "{}", process.log());
    assert!(asked.elapsed() < Duration::from_millis(10_500), "{:?}", asked.elapsed());
}

/// The address of the database behind a wire; once that is cut it neither carries nor hangs up.
fn cuttable(database: &str) -> (String, Arc<AtomicBool>) {
    let mut url = url::Url::parse(database).unwrap();
    let real = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    let is_cut = Arc::new(AtomicBool::new(false));
    let wire = Arc::clone(&is_cut);
    thread::spawn(move || {
        for here in listener.incoming().map(Result::unwrap) {
            let there = TcpStream::connect(&real).unwrap();
            carry(here.try_clone().unwrap(), there.try_clone().unwrap(), &wire);
            carry(there, here, &wire);
        }
    });
    (url.into(), is_cut)
}

fn carry(mut from: TcpStream, mut to: TcpStream, is_cut: &Arc<AtomicBool>) {
    let is_cut = Arc::clone(is_cut);
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            while is_cut.load(Ordering::Relaxed) {
                thread::park();
            }
            if to.write_all(&piece[..read]).is_err() {
                break;
            }
        }
        // The other end may have gone first.
        let _ = to.shutdown(Shutdown::Both);
    });
}

#[actix_web::test]
async fn links_lead_to_the_port_that_was_picked() {
    let folder = tempfile::tempdir().unwrap();
    let mut process =
        Process::start_in(folder.path(), &["serve", "--set", "server.listen=127.0.0.1:0"]);

    let link = process.says("set up the first administrator within 30 minutes: ");

    let port = process.url.rsplit(':').next().unwrap();
    assert!(link.starts_with(&format!("http://localhost:{port}/setup?")), "{link}");
    let page = harness::client().get(&link).send().await.unwrap();
    assert_eq!(page.status(), 200);
}

#[actix_web::test]
async fn a_sqlite_database_has_one_server() {
    let installation = Installation::make(Db::Sqlite).await;
    let _first = installation.first(&[]);

    let refused =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| installation.another(&[])));

    assert!(refused.is_err(), "a second process on one file would lose writes");
}
