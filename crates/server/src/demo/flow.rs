//! The authorization code flow with PKCE, one request after another.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::Entropy;
use protocol::CodeVerifier;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use url::Url;

use super::{
    Answer, Browser, DemoError,
    journal::Journal,
    provision::{Credentials, Provision, REDIRECT_URI, USERNAME},
};

/// What the web application asks for.
const SCOPE: &str = "openid profile offline_access resource.read";

/// The two sides of the flow: a person's browser and an application.
pub(super) struct Flow<'a> {
    pub(super) issuer: &'a str,
    pub(super) http: reqwest::Client,
    pub(super) entropy: &'a dyn Entropy,
}

impl Flow<'_> {
    /// Registers nothing, assumes nothing: asks, signs in, approves, redeems, uses, ends.
    pub(super) async fn authorization_code(
        &self,
        journal: &mut Journal<'_>,
        provision: &Provision,
    ) -> Result<(), DemoError> {
        let verifier = self.random();
        let state = self.random();
        let consent = self.ask_and_sign_in(journal, provision, &verifier, &state).await?;
        let code = self.approve(journal, &consent, &state).await?;
        let tokens = self.redeem(journal, &provision.web, &code, &verifier).await?;
        self.use_tokens(journal, &tokens).await?;
        self.refresh_and_revoke(journal, &provision.web, &tokens).await
    }

    /// The machine's flow: no person, one request.
    pub(super) async fn client_credentials(
        &self,
        journal: &mut Journal<'_>,
        client: &Credentials,
    ) -> Result<(), DemoError> {
        journal.step("Ask for a token as the application itself")?;
        let parameters = [("grant_type", "client_credentials"), ("scope", "resource.read")];
        let token = self.token(journal, client, &parameters).await?;
        journal.check(token.get("refresh_token").is_none(), "no refresh token came with it")?;

        journal.step("Call the API with it")?;
        self.call_sample_api(journal, text(&token, "access_token")?).await
    }

    async fn ask_and_sign_in(
        &self,
        journal: &mut Journal<'_>,
        provision: &Provision,
        verifier: &str,
        state: &str,
    ) -> Result<(Browser, Answer), DemoError> {
        journal.step("The application sends the browser to /authorize")?;
        let challenge = CodeVerifier::try_from(verifier.to_owned())
            .map_err(|_reason| DemoError::Unexpected("the verifier is not well formed"))?
            .challenge();
        let parameters = [
            ("response_type", "code"),
            ("client_id", provision.web.client_id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("scope", SCOPE),
            ("state", state),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        journal.request("GET /authorize", &parameters)?;
        let url = Url::parse_with_params(&format!("{}/authorize", self.issuer), parameters)
            .map_err(|_reason| DemoError::Unexpected("the issuer is not an address"))?;
        let browser = Browser::new(self.issuer)?;
        let answer = browser.get(url.as_str()).await?;
        let sign_in = self.follow(journal, &browser, answer).await?;

        journal.step("The person signs in")?;
        let form = sign_in
            .form_with("login-submit")
            .ok_or(DemoError::Unexpected("the sign-in page has no form"))?
            .fill("username", USERNAME)
            .fill("password", provision.password.expose_secret());
        journal.request("POST /login", &[("username", USERNAME), ("password", "(hidden)")])?;
        let answer = browser.post(&form).await?;
        let consent = self.follow(journal, &browser, answer).await?;
        journal.check(consent.body.contains("consent-allow-once"), "the consent page is shown")?;
        Ok((browser, consent))
    }

    async fn approve(
        &self,
        journal: &mut Journal<'_>,
        (browser, consent): &(Browser, Answer),
        state: &str,
    ) -> Result<String, DemoError> {
        journal.step("The person approves once")?;
        let form = consent
            .form_with("consent-allow-once")
            .ok_or(DemoError::Unexpected("the consent page has no form"))?
            .fill("decision", "once");
        journal.request("POST /consent", &[("decision", "once")])?;
        let mut answer = browser.post(&form).await?;
        while let Some(next) = answer.location().filter(|url| url.as_str().starts_with(self.issuer))
        {
            answer = browser.get(next.as_str()).await?;
        }
        let back = answer.location().ok_or(DemoError::Unexpected("nothing leads back"))?;
        journal.answer(answer.status, &format!("location: {back}"))?;
        let query = |name: &str| {
            back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        journal.check(back.as_str().starts_with(REDIRECT_URI), "it leads to the callback URL")?;
        journal.check(query("state").as_deref() == Some(state), "state came back unchanged")?;
        journal.check(query("iss").as_deref() == Some(self.issuer), "iss names this server")?;
        query("code").ok_or(DemoError::Unexpected("no code came back"))
    }

    async fn redeem(
        &self,
        journal: &mut Journal<'_>,
        client: &Credentials,
        code: &str,
        verifier: &str,
    ) -> Result<Value, DemoError> {
        journal.step("The application exchanges the code for tokens")?;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", verifier),
        ];
        let tokens = self.token(journal, client, &parameters).await?;
        journal.check(text(&tokens, "token_type")? == "Bearer", "the token type is Bearer")?;
        journal.check(tokens.get("id_token").is_some(), "an ID token came with it")?;
        journal.check(text(&tokens, "scope")? == SCOPE, "every scope was granted")?;
        Ok(tokens)
    }

    async fn use_tokens(&self, journal: &mut Journal<'_>, tokens: &Value) -> Result<(), DemoError> {
        let access_token = text(tokens, "access_token")?;
        journal.step("The application asks who signed in")?;
        journal.request("GET /userinfo", &[("Authorization", "Bearer (access token)")])?;
        let url = format!("{}/userinfo", self.issuer);
        let response = self.http.get(url).bearer_auth(access_token).send().await?;
        let (status, claims) = read_json(response).await?;
        journal.answer(status, &pretty(&claims))?;
        journal.check(
            claims.get("preferred_username").and_then(Value::as_str) == Some(USERNAME),
            "it was alice",
        )?;

        journal.step("The application calls an API")?;
        self.call_sample_api(journal, access_token).await
    }

    async fn call_sample_api(
        &self,
        journal: &mut Journal<'_>,
        access_token: &str,
    ) -> Result<(), DemoError> {
        journal.request("GET /oauth/protected", &[("Authorization", "Bearer (access token)")])?;
        let url = format!("{}/oauth/protected", self.issuer);
        let response = self.http.get(url).bearer_auth(access_token).send().await?;
        let status = response.status().as_u16();
        let body = response.text().await?;
        journal.answer(status, &body)?;
        journal.check(status == 200, "the API let it in")
    }

    async fn refresh_and_revoke(
        &self,
        journal: &mut Journal<'_>,
        client: &Credentials,
        tokens: &Value,
    ) -> Result<(), DemoError> {
        let access_token = text(tokens, "access_token")?;
        let refresh_token = text(tokens, "refresh_token")?;
        journal.step("An API asks whether the token still counts")?;
        let active = self.introspect(journal, client, access_token).await?;
        journal.check(active, "it is active")?;

        journal.step("The application renews its token")?;
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let renewed = self.token(journal, client, &parameters).await?;
        journal.check(renewed.get("access_token").is_some(), "a new access token came")?;

        journal.step("The application gives its access back")?;
        journal.request("POST /revoke", &[("token", "(refresh token)")])?;
        let (status, _) = self.post(client, "/revoke", &[("token", refresh_token)]).await?;
        journal.answer(status, "")?;
        journal.check(status == 200, "the server took it back")?;
        let active = self.introspect(journal, client, access_token).await?;
        journal.check(!active, "the access token no longer counts")
    }

    async fn introspect(
        &self,
        journal: &mut Journal<'_>,
        client: &Credentials,
        token: &str,
    ) -> Result<bool, DemoError> {
        journal.request("POST /introspect", &[("token", "(access token)")])?;
        let (status, answer) = self.post(client, "/introspect", &[("token", token)]).await?;
        journal.answer(status, &pretty(&answer))?;
        Ok(answer.get("active").and_then(Value::as_bool) == Some(true))
    }

    async fn token(
        &self,
        journal: &mut Journal<'_>,
        client: &Credentials,
        parameters: &[(&str, &str)],
    ) -> Result<Value, DemoError> {
        journal.request("POST /token  (client authentication: HTTP Basic)", parameters)?;
        let (status, tokens) = self.post(client, "/token", parameters).await?;
        journal.answer(status, &pretty(&tokens))?;
        journal.check(status == 200, "the server issued it")?;
        Ok(tokens)
    }

    async fn post(
        &self,
        client: &Credentials,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<(u16, Value), DemoError> {
        let secret = client.client_secret.expose_secret();
        let request = self
            .http
            .post(format!("{}{path}", self.issuer))
            .basic_auth(client.client_id.as_str(), Some(secret))
            .form(parameters);
        Ok(read_json(request.send().await?).await?)
    }

    /// Follows redirects within this server.
    async fn follow(
        &self,
        journal: &mut Journal<'_>,
        browser: &Browser,
        mut answer: Answer,
    ) -> Result<Answer, DemoError> {
        while let Some(next) = answer.location() {
            journal.answer(answer.status, &format!("location: {next}"))?;
            journal.request(&format!("GET {}", next.path()), &[])?;
            answer = browser.get(next.as_str()).await?;
        }
        journal
            .answer(answer.status, &format!("the page \u{201c}{}\u{201d}", title(&answer.body)))?;
        Ok(answer)
    }

    fn random(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.entropy.bytes::<32>())
    }
}

async fn read_json(response: reqwest::Response) -> reqwest::Result<(u16, Value)> {
    let status = response.status().as_u16();
    let body = response.text().await?;
    Ok((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
}

fn pretty(value: &Value) -> String {
    if value.is_null() {
        return String::new();
    }
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, DemoError> {
    value.get(name).and_then(Value::as_str).ok_or(DemoError::Missing(name))
}

fn title(page: &str) -> &str {
    page.split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map_or("", |(title, _)| title)
}
