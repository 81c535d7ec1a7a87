//! What a connection asks for, again and again.

use std::cell::{Cell, RefCell};

use anyhow::{Context as _, Result, bail};

use crate::{
    form::encode,
    http::{self, Answer, Connection},
    provision::{FORM, JWT_SCOPE, OPAQUE_SCOPE, Provisioned, code_of, token_request},
};

/// What a connection asks for, again and again.
pub(crate) enum Workload {
    /// Requests that can be sent any number of times, in turn.
    Repeated { requests: Vec<Vec<u8>>, next: Cell<usize> },
    /// Each connection rotates a refresh token of its own.
    Rotation { server: std::rc::Rc<Provisioned>, tokens: Vec<RefCell<String>> },
    /// Authorization with remembered consent, then the code is redeemed.
    CodeFlow { server: std::rc::Rc<Provisioned>, authorizations: Vec<Vec<u8>> },
}

impl Workload {
    fn repeated(requests: Vec<Vec<u8>>) -> Self {
        Self::Repeated { requests, next: Cell::new(0) }
    }

    /// A `GET` of the bare server.
    pub(crate) fn bare_get(path: &str) -> Self {
        Self::repeated(vec![http::get("localhost:8080", path, &[])])
    }

    /// A `POST` to the bare server, as long as one to the token endpoint.
    pub(crate) fn bare_post(path: &str) -> Self {
        let authorization = format!("Basic {}", "QWxhZGRpbjpvcGVuIHNlc2FtZQ".repeat(4));
        let headers = [("authorization", authorization.as_str()), ("content-type", FORM)];
        let body = encode([("grant_type", "client_credentials"), ("scope", JWT_SCOPE)]);
        Self::repeated(vec![http::post("localhost:8080", path, &headers, &body)])
    }

    /// An access token for the client itself.
    pub(crate) fn client_credentials(server: &Provisioned, scope: &str) -> Self {
        let body = encode([("grant_type", "client_credentials"), ("scope", scope)]);
        Self::repeated(vec![token_request(&server.host, &server.machine, &body)])
    }

    /// Introspection of `tokens` in turn.
    pub(crate) fn introspection(server: &Provisioned, tokens: &[String]) -> Self {
        let authorization = server.machine.authorization.as_str();
        let headers = [("authorization", authorization), ("content-type", FORM)];
        let request = |token: &String| {
            http::post(&server.host, "/introspect", &headers, &encode([("token", token.as_str())]))
        };
        Self::repeated(tokens.iter().map(request).collect())
    }

    /// The key set.
    pub(crate) fn key_set(server: &Provisioned) -> Self {
        Self::repeated(vec![http::get(&server.host, "/jwks", &[])])
    }

    /// All workloads of a server: name, whether one connection alone asks, and what.
    pub(crate) fn all(server: &std::rc::Rc<Provisioned>) -> Vec<(&'static str, bool, Self)> {
        let tokens = server.refresh_tokens.iter().cloned().map(RefCell::new).collect();
        let rotation = Self::Rotation { server: std::rc::Rc::clone(server), tokens };
        let authorizations = server.sessions.iter().map(|it| server.authorization(it)).collect();
        let flow = Self::CodeFlow { server: std::rc::Rc::clone(server), authorizations };
        vec![
            ("client_credentials JWT", false, Self::client_credentials(server, JWT_SCOPE)),
            ("client_credentials opaque", false, Self::client_credentials(server, OPAQUE_SCOPE)),
            (
                "client_credentials opaque, alone",
                true,
                Self::client_credentials(server, OPAQUE_SCOPE),
            ),
            ("introspect opaque", false, Self::introspection(server, &server.opaque_tokens)),
            ("introspect JWT", false, Self::introspection(server, &server.signed_tokens)),
            ("refresh with rotation", false, rotation),
            ("code flow", false, flow),
            ("jwks", false, Self::key_set(server)),
        ]
    }

    /// Asks once for what connection number `slot` asks for.
    pub(crate) async fn once(&self, slot: usize, connection: &mut Connection) -> Result<()> {
        match self {
            Self::Repeated { requests, next } => {
                let at = next.get();
                next.set(at.wrapping_add(1).checked_rem(requests.len()).unwrap_or_default());
                let request = requests.get(at).context("a workload without requests")?;
                accept(&connection.exchange(request).await?)
            }
            Self::Rotation { server, tokens } => {
                let kept = tokens.get(slot).context("more connections than refresh tokens")?;
                let body = encode([
                    ("grant_type", "refresh_token"),
                    ("refresh_token", kept.borrow().as_str()),
                ]);
                let request = token_request(&server.host, &server.web, &body);
                let answer = connection.exchange(&request).await?;
                accept(&answer)?;
                let next = answer.member("refresh_token").context("no refresh token came back")?;
                next.clone_into(&mut kept.borrow_mut());
                Ok(())
            }
            Self::CodeFlow { server, authorizations } => {
                let at = slot.checked_rem(authorizations.len()).unwrap_or_default();
                let authorization = authorizations.get(at).context("nobody is signed in")?;
                let answer = connection.exchange(authorization).await?;
                let code = answer.location().and_then(code_of);
                let Some(code) = code else {
                    bail!("no code: {} {:?} {}", answer.status, answer.location(), answer.body)
                };
                let request = server.redemption(code);
                accept(&connection.exchange(&request).await?)
            }
        }
    }
}

/// Whether the answer is the one that is measured: errors are often cheaper.
fn accept(answer: &Answer<'_>) -> Result<()> {
    let inactive = answer.body.contains("\"active\":false");
    if answer.status != 200 || inactive {
        bail!("the server answered {}: {}", answer.status, answer.body);
    }
    Ok(())
}
