//! The limits that the bench compares with: a bare actix-web server that does only what nobody can leave out.
//!
//! `/l0` answers a fixed document, `/l1` reads a form and answers JSON, and `/l2` also signs
//! an access token of the usual size with a key that is already parsed. No middleware, no
//! client authentication, no storage.
#![expect(clippy::print_stdout, reason = "the first line says where the server listens")]

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Data, Form},
};
use anyhow::Context as _;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};

/// As long as an ES256 access token with the claims below.
const TOKEN: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6InVuWkZVbHlxM3NLeGtLWWFjZ3JxN0xmYTZQVUJxa1BjIiwidHlwIjoiYXQrand0In0.",
    "eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0OjgwODAiLCJzdWIiOiJhcHBfc2J4XzFsYzBma3V6RXhneTZZZHUiLCJhdWQiOiJo",
    "dHRwczovL2FwaS5leGFtcGxlLmNvbS9qd3QiLCJleHAiOjE3OTUzMDU2MDAsImlhdCI6MTc5NTMwMjAwMCwianRpIjoidG9r",
    "XzAxazl4dzN2NW44cWoybTRyNnQ3cDBhYmNkIiwiY2xpZW50X2lkIjoiYXBwX3NieF8xbGMwZmt1ekV4Z3k2WWR1Iiwic2Nv",
    "cGUiOiJiZW5jaC5qd3QiLCJlbnYiOiJzYW5kYm94In0.",
    "c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlcw",
);
const HEADER: &str = r#"{"alg":"ES256","kid":"unZFUlyq3sKxkKYacgrq7Lfa6PUBqkPc","typ":"at+jwt"}"#;
/// As long as the JWK Set of a server with an ES256 and an RS256 key.
const DOCUMENT_LEN: usize = 1650;

#[derive(Deserialize)]
struct TokenForm {
    grant_type: Option<String>,
    scope: Option<String>,
    token: Option<String>,
}

#[derive(Serialize)]
struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u32,
    scope: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: u64,
    iat: u64,
    jti: &'a str,
    client_id: &'a str,
    scope: &'a str,
    env: &'a str,
}

struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
}

impl Signer {
    fn new() -> anyhow::Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .context("no key could be made")?;
        let header = Base64UrlUnpadded::encode_string(HEADER.as_bytes());
        Ok(Self { key, random: SystemRandom::new(), header })
    }

    fn token(&self, scope: &str) -> Option<String> {
        let claims = Claims {
            iss: "http://localhost:8080",
            sub: "app_sbx_1lc0fkuzExgy6Ydu",
            aud: "https://api.example.com/jwt",
            exp: 1_795_305_600,
            iat: 1_795_302_000,
            jti: "tok_01k9xw3v5n8qj2m4r6t7p0abcd",
            client_id: "app_sbx_1lc0fkuzExgy6Ydu",
            scope,
            env: "sandbox",
        };
        let payload = Base64UrlUnpadded::encode_string(&serde_json::to_vec(&claims).ok()?);
        let mut token = format!("{}.{payload}", self.header);
        let signature = self.key.sign(&self.random, token.as_bytes()).ok()?;
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(signature.as_ref()));
        Some(token)
    }
}

async fn l0(document: Data<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.as_str().to_owned())
}

async fn l1(form: Form<TokenForm>) -> HttpResponse {
    answer(&form, TOKEN)
}

async fn l2(form: Form<TokenForm>, signer: Data<Signer>) -> HttpResponse {
    match signer.token(form.scope.as_deref().unwrap_or_default()) {
        Some(token) => answer(&form, &token),
        None => HttpResponse::InternalServerError().finish(),
    }
}

fn answer(form: &TokenForm, access_token: &str) -> HttpResponse {
    if form.grant_type.is_none() && form.token.is_none() {
        return HttpResponse::BadRequest().finish();
    }
    HttpResponse::Ok().json(TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: 3600,
        scope: form.scope.as_deref().unwrap_or_default(),
    })
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let signer = Data::new(Signer::new()?);
    let document = Data::new(format!("{{\"keys\":\"{}\"}}", "k".repeat(DOCUMENT_LEN)));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(signer.clone())
            .app_data(document.clone())
            .route("/l0", web::get().to(l0))
            .route("/l1", web::post().to(l1))
            .route("/l2", web::post().to(l2))
    })
    .workers(1)
    .bind(("127.0.0.1", 0))?;
    let address = server.addrs().first().copied().context("the server has no address")?;
    println!("listening on http://{address}");
    server.run().await.context("the server failed")
}
