//! Every route, every method, every garbage: no answer of the five hundreds, and the
//! server still works afterwards.

use harness::{TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::Value;
use server::CONSOLE_ADDRESSES;

use super::FORM;

/// The routes that stand in no document and no table.
const ROUTES: [&str; 35] = [
    "/",
    "/authorize",
    "/token",
    "/revoke",
    "/par",
    "/introspect",
    "/device_authorization",
    "/userinfo",
    "/jwks",
    "/oauth2/token",
    "/oauth2/authorize",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/oauth/protected",
    "/login",
    "/login/console",
    "/consent",
    "/device",
    "/device/done",
    "/logout",
    "/logout/confirm",
    "/setup",
    "/password/x",
    "/link/x",
    "/link/console/x",
    "/health/live",
    "/health/ready",
    "/static/x",
    "/problems",
    "/problems/x",
    "/api/openapi.json",
    "/api/v1",
    "/swagger",
    "/theme",
    "/account",
];

/// Bodies with their media types.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("", Vec::new()),
        (FORM, b"\x00\xff\xfe&=&%&%0&%zz".to_vec()),
        (
            FORM,
            b"csrf=x&request=x&decision=once&scope=%22&username=%00&version=-9999999999999999999"
                .to_vec(),
        ),
        (FORM, vec![b'&'; 65_536]),
        ("application/json", b"{\"a\":[[[[[[\"\\u0000\"".to_vec()),
        ("application/json", b"1e99999".to_vec()),
        ("multipart/form-data; boundary=\"", b"--\"\r\n\r\n".to_vec()),
        (
            "text/xml",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>".to_vec(),
        ),
        ("\u{e4}/\u{fc}", b"x".to_vec()),
    ]
}

/// Every garbage to the methods that read a body, some of it to the others.
fn requests() -> Vec<(Method, (&'static str, Vec<u8>))> {
    let some = |method: &Method| {
        if [Method::POST, Method::PUT, Method::PATCH].contains(method) { 9 } else { 2 }
    };
    METHODS
        .iter()
        .flat_map(|it| garbage().into_iter().take(some(it)).map(|sent| (it.clone(), sent)))
        .collect()
}

async fn routes(server: &TestServer) -> Vec<String> {
    let document: Value = json(&server.get("/api/openapi.json").await);
    let filled = |path: &str| {
        let parts = path.split('/').map(|it| if it.starts_with('{') { "x" } else { it });
        parts.collect::<Vec<_>>().join("/")
    };
    let of_api = document["paths"].as_object().unwrap().keys().map(|path| filled(path));
    let of_console = CONSOLE_ADDRESSES.iter().map(|(path, _)| filled(&format!("/console{path}")));
    ROUTES.iter().map(|it| (*it).to_owned()).chain(of_api).chain(of_console).collect()
}

/// Sends `body`; the status, unless the connection was cut because nobody reads such a body.
async fn status(
    server: &TestServer,
    (method, path): (Method, &str),
    (content_type, body): (&str, Vec<u8>),
) -> Option<u16> {
    let request = server.request(method, path).body(body);
    let request = request.header("sec-fetch-site", "same-origin").header("if-match", "\"v\u{e4}\"");
    let request = if content_type.is_empty() {
        request
    } else {
        request.header("content-type", content_type)
    };
    request.send().await.ok().map(|response| response.status().as_u16())
}

const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

on_each_database! {
    async fn nobody_gets_a_five_hundred(server: TestServer) {
        let (mut answered, mut cut) = (0, 0);
        for path in routes(server).await {
            for (method, (content_type, body)) in requests() {
                let status = status(server, (method.clone(), &path), (content_type, body)).await;
                assert!(status.is_none_or(|it| it < 500), "{method} {path} {content_type}: {status:?}");
                *(if status.is_some() { &mut answered } else { &mut cut }) += 1;
            }
        }
        assert!(answered > 2000 && cut < answered / 20, "{answered} answered, {cut} cut off");
        assert_eq!(server.get("/health/ready").await.status, 200);
    }

    async fn odd_cookies_and_headers_break_nothing(server: TestServer) {
        for cookie in ["cs_sid=x; cs_adm=y; cs_txn=z; cs_pre=w", "cs_sid=%FF", "cs_sid==;;;=", "cs_sid=\"", &format!("cs_adm={}", "x".repeat(4000)), "=x", "cs_flash=x; cs_theme=<b>"] {
            for path in ["/login", "/console", "/authorize", "/logout", "/setup"] {
                let answer = server.send(server.request(Method::GET, path).header("cookie", cookie)).await;
                assert!(answer.status < 500, "{path} {cookie:.40}: {}", answer.status);
            }
        }
        for (name, value) in [
            ("accept", "\u{e4}"), ("accept-language", ",,,;q=x"), ("user-agent", "a\tb"), ("content-length", "0"), ("range", "bytes=9-1"),
            ("if-none-match", "x"), ("if-modified-since", "yesterday"), ("origin", "x"), ("referer", "%"), ("forwarded", "for=\"[::\""),
            ("x-forwarded-for", "unknown, , 300.1.1.1"), ("authorization", "\u{fc}"), ("idempotency-key", "\u{fc}"),
        ] {
            for path in ["/login", "/jwks", "/api/v1/users", "/console", "/static/x", "/userinfo"] {
                let Ok(response) = server.request(Method::GET, path).header(name, value).send().await else { continue };
                assert!(response.status().as_u16() < 500, "{path} {name}: {}", response.status());
            }
        }
    }
}
