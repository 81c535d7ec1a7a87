//! How a client proves itself, and how long what it gets lives.

use actix_web::web::{Path, Query};
use domain::{Application, Client, ClientSettings, FieldError, IdTokenAlg, JwsAlg, RefreshMode};
use protocol::{Carrier, ClientAuthMethod};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::clients::{self, ClientChanges, UpdateClient};
use web::{Page, Protected, see_other};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject, saved::saved},
    code::{Command, Sample},
    conflict::{Conflict, Edited, on_off},
    failure::{Answer, Refusal},
    form::{seconds, typed},
    guard::{Desk, Visitor},
    words::{self, Choice},
};

/// The form; numbers are kept as they were typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting with a name of its own")]
pub(crate) struct TokensForm {
    version: i64,
    token_endpoint_auth_method: String,
    require_pkce: bool,
    skip_consent: bool,
    dpop_bound_access_tokens: bool,
    access_token_lifetime_seconds: String,
    id_token_lifetime_seconds: String,
    id_token_signed_response_alg: String,
    response_modes: Vec<String>,
    authorization_signed_response_alg: String,
    require_pushed_authorization_requests: bool,
    request_object_signing_alg: String,
    require_signed_request_object: bool,
    refresh_mode: String,
    refresh_token_idle_seconds: String,
    refresh_token_absolute_seconds: String,
}

impl TokensForm {
    fn of(client: &Client) -> Self {
        let settings = &client.settings;
        Self {
            version: client.version,
            token_endpoint_auth_method: settings.token_endpoint_auth_method.to_string(),
            require_pkce: settings.require_pkce,
            skip_consent: settings.skip_consent,
            dpop_bound_access_tokens: settings.dpop_bound_access_tokens,
            access_token_lifetime_seconds: settings.access_token_lifetime_seconds.to_string(),
            id_token_lifetime_seconds: settings.id_token_lifetime_seconds.to_string(),
            id_token_signed_response_alg: settings.id_token_signed_response_alg.to_string(),
            response_modes: settings.response_modes.iter().map(ToString::to_string).collect(),
            authorization_signed_response_alg: settings
                .authorization_signed_response_alg
                .map(|it| it.to_string())
                .unwrap_or_default(),
            require_pushed_authorization_requests: settings.require_pushed_authorization_requests,
            request_object_signing_alg: settings
                .request_object_signing_alg
                .map(|it| it.to_string())
                .unwrap_or_default(),
            require_signed_request_object: settings.require_signed_request_object,
            refresh_mode: settings.refresh_mode.to_string(),
            refresh_token_idle_seconds: settings.refresh_token_idle_seconds.to_string(),
            refresh_token_absolute_seconds: settings.refresh_token_absolute_seconds.to_string(),
        }
    }

    fn changes(&self) -> Result<ClientChanges, Refusal> {
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &str| seconds(field, text, &mut errors);
        let changes = ClientChanges {
            token_endpoint_auth_method: Some(self.token_endpoint_auth_method.clone()),
            require_pkce: Some(self.require_pkce),
            skip_consent: Some(self.skip_consent),
            dpop_bound_access_tokens: Some(self.dpop_bound_access_tokens),
            access_token_lifetime_seconds: number(
                "access_token_lifetime_seconds",
                &self.access_token_lifetime_seconds,
            ),
            id_token_lifetime_seconds: number(
                "id_token_lifetime_seconds",
                &self.id_token_lifetime_seconds,
            ),
            id_token_signed_response_alg: Some(self.id_token_signed_response_alg.clone()),
            response_modes: Some(self.response_modes.clone()),
            authorization_signed_response_alg: typed(&self.authorization_signed_response_alg)
                .into(),
            require_pushed_authorization_requests: Some(self.require_pushed_authorization_requests),
            request_object_signing_alg: typed(&self.request_object_signing_alg).into(),
            require_signed_request_object: Some(self.require_signed_request_object),
            refresh_mode: Some(self.refresh_mode.clone()),
            refresh_token_idle_seconds: number(
                "refresh_token_idle_seconds",
                &self.refresh_token_idle_seconds,
            ),
            refresh_token_absolute_seconds: number(
                "refresh_token_absolute_seconds",
                &self.refresh_token_absolute_seconds,
            ),
            ..ClientChanges::default()
        };
        if errors.is_empty() { Ok(changes) } else { Err(Refusal::fields(errors)) }
    }

    /// Each field with what is saved and what was typed.
    fn beside(&self, saved: &Self) -> Vec<(&'static str, String, String)> {
        let pair = |label, saved: &String, typed: &String| (label, saved.clone(), typed.clone());
        let switch = |label, saved, typed| (label, on_off(saved), on_off(typed));
        vec![
            pair(
                "Authentication",
                &saved.token_endpoint_auth_method,
                &self.token_endpoint_auth_method,
            ),
            switch("PKCE required", saved.require_pkce, self.require_pkce),
            switch("Skip consent", saved.skip_consent, self.skip_consent),
            switch("DPoP required", saved.dpop_bound_access_tokens, self.dpop_bound_access_tokens),
            pair(
                "Access token lifetime",
                &saved.access_token_lifetime_seconds,
                &self.access_token_lifetime_seconds,
            ),
            pair(
                "ID token lifetime",
                &saved.id_token_lifetime_seconds,
                &self.id_token_lifetime_seconds,
            ),
            pair(
                "ID token signature",
                &saved.id_token_signed_response_alg,
                &self.id_token_signed_response_alg,
            ),
            ("Answers travel by", saved.response_modes.join(" "), self.response_modes.join(" ")),
            pair(
                "Signature of answers",
                &saved.authorization_signed_response_alg,
                &self.authorization_signed_response_alg,
            ),
            switch(
                "Pushed requests only",
                saved.require_pushed_authorization_requests,
                self.require_pushed_authorization_requests,
            ),
            pair(
                "Signature of requests",
                &saved.request_object_signing_alg,
                &self.request_object_signing_alg,
            ),
            switch(
                "Signed requests only",
                saved.require_signed_request_object,
                self.require_signed_request_object,
            ),
            pair("Refresh tokens", &saved.refresh_mode, &self.refresh_mode),
            pair(
                "Refresh token, unused",
                &saved.refresh_token_idle_seconds,
                &self.refresh_token_idle_seconds,
            ),
            pair(
                "Refresh token, at most",
                &saved.refresh_token_absolute_seconds,
                &self.refresh_token_absolute_seconds,
            ),
        ]
    }
}

/// What holds now and what would hold by itself, in words.
#[derive(Debug, Serialize)]
struct Effective {
    access_token: String,
    id_token: String,
    refresh_idle: String,
    refresh_absolute: String,
    refresh_mode: String,
}

impl Effective {
    fn of(application: &Application, client: &Client) -> Self {
        let own = ClientSettings::defaults(application.application_type);
        let now = &client.settings;
        let told = |now: u32, own: u32| {
            if now == own {
                format!("Now {}, the default.", words::span(now))
            } else {
                format!("Now {}, set here. The default is {}.", words::span(now), words::span(own))
            }
        };
        Self {
            access_token: told(
                now.access_token_lifetime_seconds,
                own.access_token_lifetime_seconds,
            ),
            id_token: told(now.id_token_lifetime_seconds, own.id_token_lifetime_seconds),
            refresh_idle: told(now.refresh_token_idle_seconds, own.refresh_token_idle_seconds),
            refresh_absolute: told(
                now.refresh_token_absolute_seconds,
                own.refresh_token_absolute_seconds,
            ),
            refresh_mode: format!("The default for this type is {}.", own.refresh_mode),
        }
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct TokensPage {
    app: Frame,
    form: TokensForm,
    effective: Effective,
    methods: Vec<Choice>,
    modes: Vec<Choice>,
    algorithms: Vec<Choice>,
    carriers: Vec<Choice>,
    answer_algorithms: Vec<Choice>,
    request_algorithms: Vec<Choice>,
    is_confidential: bool,
    may_skip_consent: bool,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for TokensPage {
    const TEMPLATE: &'static str = "console/applications/tokens.html";
}

/// `GET /console/applications/{id}/tokens`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client_or_keys() {
        Ok(client) => visitor.show(&page(&visitor, &subject, client, TokensForm::of(client))),
        Err(keys) => Ok(see_other(&keys)),
    }
}

/// `POST /console/applications/{id}/tokens`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<TokensForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let client = match subject.client_or_keys() {
        Ok(client) => client,
        Err(keys) => return Ok(see_other(&keys)),
    };
    let changes = match form.changes() {
        Ok(changes) => changes,
        Err(refusal) => return again(&visitor, &subject, client, (form, refusal)).await,
    };
    let command = UpdateClient {
        application_id: subject.application().id,
        environment: subject.environment,
        version: form.version,
        changes,
    };
    match clients::update(&visitor.service, &visitor.call, command).await {
        Ok(updated) => {
            saved(&visitor, &subject, Section::Tokens, ("Saved.", form.version), &updated)
        }
        Err(problem) => again(&visitor, &subject, client, (form, Refusal::of(problem)?)).await,
    }
}

async fn again(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    (form, refusal): (TokensForm, Refusal),
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, subject, client, form);
    page.errors = refusal.errors;
    if refusal.is_stale {
        let saved = TokensForm::of(client);
        page.conflict =
            Some(Conflict::of(visitor, &Edited::client(subject), page.form.beside(&saved)).await);
        page.form.version = saved.version;
    }
    visitor.show_as(&page, status)
}

fn page(desk: &Desk, subject: &Subject, client: &Client, form: TokensForm) -> TokensPage {
    let application = subject.application();
    let path = format!("/applications/{}/clients/{}", application.id, client.environment);
    let change = Command::new(&desk.config, "Change a lifetime", "PATCH", &path)
        .version(client.version)
        .body(&json!({
            "access_token_lifetime_seconds": client.settings.access_token_lifetime_seconds,
        }));
    let methods = ClientAuthMethod::ALL.iter();
    let modes = RefreshMode::ALL.iter();
    let algorithms = IdTokenAlg::ALL.iter();
    TokensPage {
        app: subject.frame(desk, Section::Tokens),
        form,
        effective: Effective::of(application, client),
        methods: methods.map(|it| Choice::new(it.as_str(), words::auth_method(*it))).collect(),
        modes: modes.map(|it| Choice::new(it.as_str(), words::refresh_mode(*it))).collect(),
        carriers: Carrier::ALL.map(|it| Choice::new(it.as_str(), words::carrier(it))).into(),
        answer_algorithms: std::iter::once(Choice::new("", "No JWTs"))
            .chain(algorithms.clone().map(|it| Choice::new(it.as_str(), it.as_str())))
            .collect(),
        request_algorithms: std::iter::once(Choice::new("", "ES256, PS256 or EdDSA"))
            .chain(JwsAlg::ALL.iter().map(|it| Choice::new(it.as_str(), it.as_str())))
            .collect(),
        algorithms: algorithms.map(|it| Choice::new(it.as_str(), it.as_str())).collect(),
        is_confidential: client.is_confidential(),
        may_skip_consent: desk.call.owner_seen().is_none(),
        conflict: None,
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "Read it", &path), change.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let client = testing::client(Environment::Sandbox);
        let form = TokensForm::of(&client);

        let page = html(page(&desk(Role::Owner), &subject(), &client, form)).await;

        assert!(page.contains("Now 1 hour, the default."), "{page}");
        assert!(page.contains("Skip consent"));
        assert_read_by::<TokensForm>(&page);
    }

    #[test]
    fn a_lifetime_that_is_no_number_is_told_at_its_field() {
        let client = testing::client(Environment::Sandbox);
        let form = TokensForm {
            id_token_lifetime_seconds: "an hour".to_owned(),
            ..TokensForm::of(&client)
        };

        let refusal = form.changes().unwrap_err();

        assert_eq!(refusal.errors[0].pointer, "#/id_token_lifetime_seconds");
    }
}
