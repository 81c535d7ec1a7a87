//! An application that asks for tokens.

use ::server::demo::Answer;
use serde_json::Value;
use url::Url;

use crate::TestServer;

/// A verifier and the challenge it answers, RFC 7636 appendix B.
#[derive(Debug)]
pub struct S256;

impl S256 {
    /// The verifier.
    pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    /// Its challenge.
    pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
}

/// An application that asks for tokens.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// Its application's identifier.
    pub application_id: String,
    /// The identifier it sends.
    pub client_id: String,
    /// Its secret, if it keeps one.
    pub client_secret: Option<String>,
    /// The issuer.
    pub issuer: String,
    /// What it sends requests with.
    pub http: reqwest::Client,
}

/// An authorization request that a test bends.
#[derive(Debug, Clone)]
pub struct Authorization {
    endpoint: String,
    parameters: Vec<(String, String)>,
}

impl RelyingParty {
    /// Where people come back to.
    pub const REDIRECT_URI: &str = "https://rp.example.com/callback";

    pub(crate) fn of(server: &TestServer, application: &Value) -> Self {
        let client = &application["clients"][0];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            application_id: text(&application["id"]).unwrap(),
            client_id: text(&client["client_id"]).unwrap(),
            client_secret: text(&client["secrets"][0]["client_secret"]),
            issuer: server.url.clone(),
            http: server.http.clone(),
        }
    }

    /// The same application with another secret.
    #[must_use]
    pub fn with_secret(&self, secret: &str) -> Self {
        Self { client_secret: Some(secret.to_owned()), ..self.clone() }
    }

    /// An authorization request with everything right.
    #[must_use]
    pub fn authorization(&self) -> Authorization {
        let parameters = [
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", Self::REDIRECT_URI),
            ("scope", "openid resource.read"),
            ("state", "af0ifjsldkj"),
            ("code_challenge", S256::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Authorization {
            endpoint: format!("{}/authorize", self.issuer),
            parameters: parameters.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        }
    }

    /// The code that an authorization response carries.
    #[must_use]
    #[track_caller]
    pub fn code_of(&self, answer: &Answer) -> String {
        response_parameter(answer, "code").unwrap_or_else(|| {
            panic!("no code: {} {:?} {}", answer.status, answer.location(), answer.body)
        })
    }

    /// Posts to a protocol endpoint, authenticated by HTTP Basic where there is a secret.
    pub async fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.issuer));
        let request = if let Some(secret) = &self.client_secret {
            request.basic_auth(&self.client_id, Some(secret)).form(parameters)
        } else {
            let mut all = parameters.to_vec();
            all.push(("client_id", &self.client_id));
            request.form(&all)
        };
        Answer::read(request.send().await.unwrap()).await.unwrap()
    }

    /// Pushes an authorization request.
    pub async fn push(&self, request: &Authorization) -> Answer {
        let is_own = |(name, _): &&(String, String)| name != "client_id";
        let parameters = request.parameters().iter().filter(is_own);
        let parameters: Vec<_> =
            parameters.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post("/par", &parameters).await
    }

    /// Pushes an authorization request, which must work; the request that refers to it.
    pub async fn pushed(&self, request: &Authorization) -> Authorization {
        let answer = self.push(request).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let request_uri = crate::json(&answer)["request_uri"].as_str().unwrap().to_owned();
        let parameters = [("client_id", self.client_id.clone()), ("request_uri", request_uri)];
        Authorization {
            endpoint: format!("{}/authorize", self.issuer),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }

    /// Redeems a code with the right verifier and redirect URI.
    pub async fn redeem(&self, code: &str) -> Answer {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Self::REDIRECT_URI),
            ("code_verifier", S256::VERIFIER),
        ];
        self.post("/token", &parameters).await
    }

    /// Redeems a code and reads the tokens; it must work.
    pub async fn tokens(&self, code: &str) -> Value {
        let answer = self.redeem(code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        crate::json(&answer)
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.post("/token", &parameters).await
    }

    /// Asks for a token for itself.
    pub async fn client_credentials(&self, scope: &str) -> Answer {
        self.post("/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await
    }

    /// Asks what a token is.
    pub async fn introspect(&self, token: &str) -> Value {
        let answer = self.post("/introspect", &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        crate::json(&answer)
    }

    /// Whether a token counts.
    pub async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"].as_bool().unwrap()
    }

    /// Gives a token back.
    pub async fn revoke(&self, token: &str) -> Answer {
        self.post("/revoke", &[("token", token)]).await
    }

    /// Asks who signed in.
    pub async fn userinfo(&self, access_token: &str) -> Answer {
        let request = self.http.get(format!("{}/userinfo", self.issuer)).bearer_auth(access_token);
        Answer::read(request.send().await.unwrap()).await.unwrap()
    }
}

impl Authorization {
    /// The same request with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    /// The same request with one more `name`.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request without `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(key, _)| key != name);
        self
    }

    /// The request as an address.
    #[must_use]
    pub fn url(&self) -> String {
        Url::parse_with_params(&self.endpoint, &self.parameters).unwrap().into()
    }

    /// The request as the parameters of a form.
    #[must_use]
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }
}

/// A parameter of an authorization response.
#[must_use]
pub fn response_parameter(answer: &Answer, name: &str) -> Option<String> {
    let location = answer.location()?;
    location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
