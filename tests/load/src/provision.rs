//! What a server needs before it can be loaded: APIs, applications, people who signed in, tokens.

use anyhow::{Context as _, Result, bail};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, Shown},
    form::encode,
    http::{self, Connection},
    plan::ServerPlan,
};

/// The scope of an API whose access tokens are JWTs.
pub(crate) const JWT_SCOPE: &str = "bench.jwt";
/// The scope of an API whose access tokens are opaque.
pub(crate) const OPAQUE_SCOPE: &str = "bench.opaque";
/// What the code flow asks for: an access token and an ID token.
const FLOW_SCOPE: &str = "openid bench.jwt";
/// What refresh tokens are for: one signature a rotation, as the limit makes.
const REFRESH_SCOPE: &str = "bench.jwt";
/// The content type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

const REDIRECT_URI: &str = "https://rp.example.com/callback";
/// The verifier and the challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// How many people are signed in; the flows are spread over them.
const PEOPLE: usize = 8;
/// How many tokens are asked about in turn.
const KNOWN_TOKENS: usize = 16;

/// A client and its header of HTTP Basic.
#[derive(Debug)]
pub(crate) struct Client {
    client_id: String,
    pub(crate) authorization: String,
}

/// All that the workloads send.
#[derive(Debug)]
pub(crate) struct Provisioned {
    pub(crate) host: String,
    pub(crate) machine: Client,
    pub(crate) web: Client,
    pub(crate) opaque_tokens: Vec<String>,
    pub(crate) signed_tokens: Vec<String>,
    /// The cookies of each person.
    pub(crate) sessions: Vec<String>,
    /// One a connection.
    pub(crate) refresh_tokens: Vec<String>,
}

impl Provisioned {
    /// Makes everything on the server of `plan`.
    pub(crate) async fn make(plan: &ServerPlan, connections: usize) -> Result<Self> {
        let mut setup = Setup { plan, connection: Connection::open(plan.process.address).await? };
        setup.apis().await?;
        let machine = setup.machine().await?;
        let web = setup.web().await?;
        let mut sessions = Vec::new();
        for _person in 0..PEOPLE {
            sessions.push(setup.sign_in(&web).await?);
        }
        let opaque_tokens = setup.tokens(&machine, OPAQUE_SCOPE).await?;
        let signed_tokens = setup.tokens(&machine, JWT_SCOPE).await?;
        let mut refresh_tokens = Vec::new();
        for session in sessions.iter().cycle().take(connections) {
            refresh_tokens.push(setup.refresh_token(&web, session).await?);
        }
        let host = plan.host.clone();
        Ok(Self { host, machine, web, opaque_tokens, signed_tokens, sessions, refresh_tokens })
    }

    /// The request that starts a code flow for a person who approved before.
    pub(crate) fn authorization(&self, session: &str) -> Vec<u8> {
        authorization(&self.host, &self.web, FLOW_SCOPE, session)
    }

    /// The request that redeems a code.
    pub(crate) fn redemption(&self, code: &str) -> Vec<u8> {
        redemption(&self.host, &self.web, code)
    }
}

fn authorize_target(client: &Client, scope: &str) -> String {
    let query = encode([
        ("response_type", "code"),
        ("client_id", &client.client_id),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scope),
        ("state", "af0ifjsldkj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    format!("/authorize?{query}")
}

fn authorization(host: &str, client: &Client, scope: &str, session: &str) -> Vec<u8> {
    http::get(host, &authorize_target(client, scope), &[("cookie", session)])
}

fn redemption(host: &str, client: &Client, code: &str) -> Vec<u8> {
    let body = encode([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]);
    token_request(host, client, &body)
}

/// A request to the token endpoint.
pub(crate) fn token_request(host: &str, client: &Client, body: &str) -> Vec<u8> {
    let headers = [("authorization", client.authorization.as_str()), ("content-type", FORM)];
    http::post(host, "/token", &headers, body)
}

/// The code that an address of the application carries.
pub(crate) fn code_of(location: &str) -> Option<&str> {
    let (_, query) = location.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("code="))
}

/// Makes what the workloads need.
struct Setup<'a> {
    plan: &'a ServerPlan,
    connection: Connection,
}

impl Setup<'_> {
    async fn apis(&mut self) -> Result<()> {
        for (format, scope) in [("jwt", JWT_SCOPE), ("opaque", OPAQUE_SCOPE)] {
            let body = json!({
                "identifier": format!("https://api.example.com/{format}"),
                "name": format!("Bench {format}"),
                "token_format": format,
                "scopes": [{ "name": scope, "display_name": "Be measured" }],
            });
            self.create("/resources", &body).await?;
        }
        Ok(())
    }

    async fn machine(&mut self) -> Result<Client> {
        let body = json!({
            "name": "Bench machine",
            "type": "machine",
            "scopes": [JWT_SCOPE, OPAQUE_SCOPE],
        });
        client(&self.create("/applications", &body).await?)
    }

    async fn web(&mut self) -> Result<Client> {
        let body = json!({
            "name": "Bench web",
            "type": "web",
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "refresh_mode": "rotate",
            "scopes": ["openid", JWT_SCOPE],
        });
        client(&self.create("/applications", &body).await?)
    }

    /// Signs in and approves for good; the cookies of the browser.
    async fn sign_in(&mut self, web: &Client) -> Result<String> {
        let ServerPlan { process, host, username, password, .. } = self.plan;
        let mut browser = Browser::new(process.address, host).await?;
        let target = authorize_target(web, FLOW_SCOPE);
        let mut shown = browser.open(&target).await?;
        let form =
            shown.form("login-submit")?.fill("username", username).fill("password", password);
        shown = browser.submit(&form).await?;
        if matches!(shown, Shown::Page(_)) {
            let form = shown.form("consent-deny")?.fill("decision", "always");
            shown = browser.submit(&form).await?;
        }
        match shown {
            Shown::Left(location) if code_of(&location).is_some() => Ok(browser.cookie_header()),
            other @ (Shown::Left(_) | Shown::Page(_)) => bail!("no code came back, but {other:?}"),
        }
    }

    async fn tokens(&mut self, machine: &Client, scope: &str) -> Result<Vec<String>> {
        let body = encode([("grant_type", "client_credentials"), ("scope", scope)]);
        let request = token_request(&self.plan.host, machine, &body);
        let mut tokens = Vec::new();
        for _token in 0..KNOWN_TOKENS {
            let answer = self.connection.exchange(&request).await?;
            let token = answer.member("access_token");
            tokens.push(token.with_context(|| format!("no token: {}", answer.body))?.to_owned());
        }
        Ok(tokens)
    }

    async fn refresh_token(&mut self, web: &Client, session: &str) -> Result<String> {
        let request = authorization(&self.plan.host, web, REFRESH_SCOPE, session);
        let answer = self.connection.exchange(&request).await?;
        let code = answer.location().and_then(code_of);
        let code = code.with_context(|| format!("no code: {} {}", answer.status, answer.body))?;
        let request = redemption(&self.plan.host, web, code);
        let answer = self.connection.exchange(&request).await?;
        let token = answer.member("refresh_token");
        Ok(token.with_context(|| format!("no refresh token: {}", answer.body))?.to_owned())
    }

    async fn create(&mut self, path: &str, body: &Value) -> Result<Value> {
        let bearer = format!("Bearer {}", self.plan.api_key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let target = format!("/api/v1{path}");
        let request = http::post(&self.plan.host, &target, &headers, &body.to_string());
        let answer = self.connection.exchange(&request).await?;
        if answer.status != 201 {
            bail!("POST {target} answered {}: {}", answer.status, answer.body);
        }
        serde_json::from_str(answer.body).context("the management API did not answer JSON")
    }
}

fn client(application: &Value) -> Result<Client> {
    let text = |pointer| application.pointer(pointer).and_then(Value::as_str);
    let client_id = text("/clients/0/client_id").context("no client_id")?.to_owned();
    let secret = text("/clients/0/secrets/0/client_secret").context("no client_secret")?;
    let pair = format!("{client_id}:{secret}");
    Ok(Client {
        client_id,
        authorization: format!("Basic {}", Base64::encode_string(pair.as_bytes())),
    })
}

#[cfg(test)]
mod tests {
    use super::code_of;

    #[test]
    fn the_code_is_found_among_the_parameters() {
        assert_eq!(code_of("https://a.test/cb?state=x&code=cs_ac_1&iss=y"), Some("cs_ac_1"));
        assert_eq!(code_of("https://a.test/cb?error=access_denied"), None);
        assert_eq!(code_of("/login?request=1"), None);
    }
}
