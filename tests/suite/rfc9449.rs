//! Demonstrating Proof of Possession, RFC 9449.

mod binding;
mod proofs;
mod resources;
mod tokens;

use harness::{Answer, DpopKey, DpopProof, RelyingParty, TestServer, json};
use serde_json::{Value, json};

/// A proof for a `POST` to `path`, with everything right for a client that proves itself.
fn proof<'a>(server: &TestServer, key: &'a DpopKey, path: &str) -> DpopProof<'a> {
    key.proof("POST", &format!("{}{path}", server.url), server.now())
}

/// Posts as `rp`, with these `DPoP` headers.
async fn post(rp: &RelyingParty, path: &str, form: &[(&str, &str)], proofs: &[&str]) -> Answer {
    let mut request = rp.http.post(format!("{}{path}", rp.issuer));
    let mut form = form.to_vec();
    match &rp.client_secret {
        Some(secret) => request = request.basic_auth(&rp.client_id, Some(secret)),
        None => form.push(("client_id", &rp.client_id)),
    }
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    Answer::read(request.form(&form).send().await.unwrap()).await.unwrap()
}

/// Redeems a code with everything right and these `DPoP` headers.
async fn redeem(rp: &RelyingParty, code: &str, proofs: &[&str]) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
        ("code_verifier", harness::S256::VERIFIER),
    ];
    post(rp, "/token", &form, proofs).await
}

/// Uses a refresh token with these `DPoP` headers.
async fn refresh(rp: &RelyingParty, token: &str, proofs: &[&str]) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post(rp, "/token", &form, proofs).await
}

/// A machine that may read photos.
async fn machine(server: &TestServer, format: &str) -> RelyingParty {
    server.photos_api(format).await;
    server.register("machine", json!({ "scopes": ["resource.read"] })).await
}

const FOR_ITSELF: [(&str, &str); 2] =
    [("grant_type", "client_credentials"), ("scope", "resource.read")];

/// A browser app, which keeps no secret; needs the photos API first.
async fn spa(server: &TestServer, more: Value) -> RelyingParty {
    let mut settings = json!({
        "grant_types": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "offline_access", "resource.read"],
    });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    server.register("spa", settings).await
}

/// The nonce that an answer gives for the next proof.
#[track_caller]
fn nonce(answer: &Answer) -> &str {
    answer.headers.get("dpop-nonce").unwrap_or_else(|| panic!("no nonce: {}", answer.body))
}

/// A nonce of the server, as a public client gets it at its first try.
async fn first_nonce(server: &TestServer, rp: &RelyingParty) -> String {
    let key = DpopKey::generate();
    let answer = redeem(rp, "x", &[&proof(server, &key, "/token").sign()]).await;
    harness::assert_refused(&answer, 400, "use_dpop_nonce");
    nonce(&answer).to_owned()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}"))
}

#[track_caller]
fn tokens(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    json(answer)
}
