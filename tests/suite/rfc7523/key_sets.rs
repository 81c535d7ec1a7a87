//! Keys that are fetched: found when they change, and never a way into another network.

use std::{net::TcpListener, time::Duration};

use harness::{
    Answer, ClientKey, Db, HttpsHost, Page, TestServer, assert_refused, on_each_database,
};
use serde_json::json;

use super::Signer;

/// A server that may fetch from the loopback.
async fn fetching(db: Db) -> TestServer {
    let settings = [
        ("outbound.allow_private_networks", "true"),
        ("outbound.ca_file", &HttpsHost::authority()),
        ("limits.enabled", "false"),
    ];
    let server = TestServer::with(db, &settings).await;
    server.photos_api("jwt").await;
    server
}

async fn published(server: &TestServer, uri: &str) -> Signer {
    let key = ClientKey::generate("k1");
    Signer::with(server, key, |_| json!({ "jwks_uri": uri }), json!({})).await
}

async fn ask(server: &TestServer, signer: &Signer) -> Answer {
    signer.ask(server, &signer.assertion(server)).await
}

on_each_database! {
    async fn a_key_is_found_where_the_client_publishes_it(db: Db) {
        let server = fetching(db).await;
        let host = HttpsHost::start(Page::json(&json!({ "keys": [] })));
        let mut signer = published(&server, &format!("{}/jwks", host.url)).await;
        host.put(Page::json(&signer.key.jwks()));

        for _ in 0..3 {
            let answer = ask(&server, &signer).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        assert_eq!(host.asked(), 1);

        signer.key = ClientKey::generate("k2");
        host.put(Page::json(&signer.key.jwks()));
        server.advance(60);
        let answer = ask(&server, &signer).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(host.asked(), 2);
        host.stop().await;
        server.finish().await;
    }

    async fn a_thousand_unknown_names_are_one_fetch_a_minute(db: Db) {
        let server = fetching(db).await;
        let host = HttpsHost::start(Page::json(&ClientKey::generate("other").jwks()));
        let signer = published(&server, &host.url).await;

        for _ in 0..100 {
            assert_refused(&ask(&server, &signer).await, 401, "invalid_client");
        }

        assert_eq!(host.asked(), 1);
        host.stop().await;
        server.finish().await;
    }

    async fn a_host_that_misbehaves_proves_nothing(db: Db) {
        let server = fetching(db).await;
        let host = HttpsHost::start(Page::json(&json!({})));
        let signer = published(&server, &host.url).await;
        let good = Page::json(&signer.key.jwks());
        let padded = format!("{}{}", good.body, " ".repeat(64 * 1024));
        let elsewhere = Some(format!("{}/elsewhere", host.url));
        let private = json!({ "keys": [signer.key.jwk(), { "kty": "oct", "k": "c2VjcmV0" }] });

        let mut asked = 0;
        for page in [
            Page { status: 404, ..good.clone() },
            Page { status: 302, location: elsewhere, ..good.clone() },
            Page { content_type: "text/html".to_owned(), ..good.clone() },
            Page { content_type: String::new(), ..good.clone() },
            Page { body: padded, ..good.clone() },
            Page { body: "not JSON".to_owned(), ..good.clone() },
            Page { delay: Duration::from_secs(4), ..good.clone() },
            Page::json(&json!({ "keys": [] })),
            Page::json(&private),
        ] {
            host.put(page.clone());
            let answer = ask(&server, &signer).await;
            assert_refused(&answer, 401, "invalid_client");
            asked += 1;
            assert_eq!(host.asked(), asked, "one request, and none after a redirect: {page:?}");
            server.advance(60);
        }
        let jwk_set = "application/jwk-set+json; charset=utf-8".to_owned();
        host.put(Page { content_type: jwk_set, ..good });
        assert_eq!(ask(&server, &signer).await.status, 200);
        host.stop().await;
        server.finish().await;
    }

    async fn nothing_is_sent_into_this_network_unless_allowed(db: Db) {
        let server = TestServer::with(db, &[("limits.enabled", "false")]).await;
        server.photos_api("jwt").await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();

        for host in ["127.0.0.1", "[::1]", "localhost", "localhost.", "0x7f000001", "0.0.0.0"] {
            let signer = published(&server, &format!("https://{host}:{port}/jwks")).await;
            assert_refused(&ask(&server, &signer).await, 401, "invalid_client");
        }

        assert!(listener.accept().is_err(), "somebody connected");
        server.finish().await;
    }

    async fn a_certificate_of_another_authority_is_not_trusted(db: Db) {
        let settings = [("outbound.allow_private_networks", "true"), ("limits.enabled", "false")];
        let server = TestServer::with(db, &settings).await;
        server.photos_api("jwt").await;
        let host = HttpsHost::start(Page::json(&json!({})));
        let signer = published(&server, &host.url).await;
        host.put(Page::json(&signer.key.jwks()));

        assert_refused(&ask(&server, &signer).await, 401, "invalid_client");
        assert_eq!(host.asked(), 0);
        host.stop().await;
        server.finish().await;
    }
}
