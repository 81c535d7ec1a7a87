//! The public keys of a client, and whether they prove who it is.

use actix_web::web::{Path, Query};
use domain::{Client, ClientKeys, FieldError, JwsAlg, Permission};
use protocol::ClientAuthMethod;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Patch,
    clients::{self, ClientChanges, UpdateClient},
};
use web::{Page, Protected, see_other};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject, saved::saved},
    code::{Command, Sample},
    conflict::{Conflict, Edited, on_off},
    failure::{Answer, Refusal},
    form::typed,
    guard::{Desk, Visitor},
    words::Choice,
};

/// The form; a JWK Set is kept as it was typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PublicKeysForm {
    version: i64,
    jwks: String,
    jwks_uri: String,
    proves: bool,
    token_endpoint_auth_signing_alg: String,
    accept_endpoint_audience: bool,
}

impl PublicKeysForm {
    fn of(client: &Client) -> Self {
        let settings = &client.settings;
        let keys = settings.keys.as_ref();
        let alg = settings.token_endpoint_auth_signing_alg;
        Self {
            version: client.version,
            jwks: keys.and_then(ClientKeys::jwks).map(pretty).unwrap_or_default(),
            jwks_uri: keys.and_then(ClientKeys::jwks_uri).unwrap_or_default().to_owned(),
            proves: signs(client),
            token_endpoint_auth_signing_alg: alg.map(|it| it.to_string()).unwrap_or_default(),
            accept_endpoint_audience: settings.accept_endpoint_audience,
        }
    }

    fn changes(&self, client: &Client) -> Result<ClientChanges, Refusal> {
        let jwks = typed(&self.jwks).map(|text| clients::read_key_set(&text)).transpose();
        let jwks = jwks.map_err(|fault| Refusal::fields(vec![fault]))?;
        let method = match (self.proves, signs(client)) {
            (true, false) => Some(ClientAuthMethod::PrivateKeyJwt),
            (false, true) => Some(ClientAuthMethod::ClientSecretBasic),
            (true, true) | (false, false) => None,
        };
        Ok(ClientChanges {
            jwks: Patch::from(jwks),
            jwks_uri: Patch::from(typed(&self.jwks_uri)),
            token_endpoint_auth_method: method.map(|it| it.to_string()),
            token_endpoint_auth_signing_alg: Patch::from(typed(
                &self.token_endpoint_auth_signing_alg,
            )),
            accept_endpoint_audience: Some(self.accept_endpoint_audience),
            ..ClientChanges::default()
        })
    }

    /// Each field with what is saved and what was typed.
    fn beside(&self, saved: &Self) -> [(&'static str, String, String); 5] {
        let pair = |label, saved: &String, typed: &String| (label, saved.clone(), typed.clone());
        [
            pair("Keys", &saved.jwks, &self.jwks),
            pair("Address of keys", &saved.jwks_uri, &self.jwks_uri),
            ("Proves itself with its key", on_off(saved.proves), on_off(self.proves)),
            pair(
                "Signature",
                &saved.token_endpoint_auth_signing_alg,
                &self.token_endpoint_auth_signing_alg,
            ),
            (
                "Endpoints as audience",
                on_off(saved.accept_endpoint_audience),
                on_off(self.accept_endpoint_audience),
            ),
        ]
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct PublicKeysPage {
    app: Frame,
    action: String,
    form: PublicKeysForm,
    algorithms: Vec<Choice>,
    may_prove: bool,
    may_write: bool,
    has_secrets: bool,
    keys: String,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for PublicKeysPage {
    const TEMPLATE: &'static str = "console/applications/public_keys.html";
}

/// A key in a list.
#[derive(Debug, Serialize)]
pub(super) struct KeyRow {
    kid: String,
    kind: String,
}

/// The keys of a registered set, as their makers named them.
pub(super) fn rows(client: &Client) -> Vec<KeyRow> {
    let jwks = client.settings.keys.as_ref().and_then(ClientKeys::jwks);
    let set: Value = jwks.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    let row = |key: &Value| {
        let text = |name| key.get(name).and_then(Value::as_str);
        let kinds = ["alg", "kty", "crv", "use"].into_iter().filter_map(text);
        KeyRow {
            kid: text("kid").unwrap_or("no kid").to_owned(),
            kind: kinds.collect::<Vec<_>>().join(" · "),
        }
    };
    keys.iter().map(row).collect()
}

/// `GET /console/applications/{id}/keys/public`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client_or_keys() {
        Ok(client) => visitor.show(&page(&visitor, &subject, client, PublicKeysForm::of(client))),
        Err(keys) => Ok(see_other(&keys)),
    }
}

/// `POST /console/applications/{id}/keys/public`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<PublicKeysForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let client = match subject.client_or_keys() {
        Ok(client) => client,
        Err(keys) => return Ok(see_other(&keys)),
    };
    let changes = match form.changes(client) {
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
            saved(&visitor, &subject, Section::Keys, ("Public keys saved.", form.version), &updated)
        }
        Err(problem) => again(&visitor, &subject, client, (form, Refusal::of(problem)?)).await,
    }
}

async fn again(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    (form, refusal): (PublicKeysForm, Refusal),
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, subject, client, form);
    page.errors = refusal.errors.into_iter().map(at_its_field).collect();
    if refusal.is_stale {
        let saved = PublicKeysForm::of(client);
        page.conflict =
            Some(Conflict::of(visitor, &Edited::client(subject), page.form.beside(&saved)).await);
        page.form.version = saved.version;
    }
    visitor.show_as(&page, status)
}

/// A fault of one key stands beside the field that holds them all.
fn at_its_field(mut error: FieldError) -> FieldError {
    let field = match error.field() {
        "token_endpoint_auth_method" => "proves",
        field => field,
    };
    error.pointer = format!("#/{field}");
    error
}

fn page(desk: &Desk, subject: &Subject, client: &Client, form: PublicKeysForm) -> PublicKeysPage {
    let application = subject.application();
    let path = format!("/applications/{}/clients/{}", application.id, client.environment);
    let change = Command::new(&desk.config, "Have its keys fetched", "PATCH", &path)
        .version(client.version)
        .body(&json!({
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": "https://app.example.com/jwks.json",
        }));
    let safe = JwsAlg::SAFE.map(JwsAlg::as_str).join(", ");
    let any = Choice::new("", format!("Any of {safe}"));
    let named = JwsAlg::ALL.iter().map(|it| Choice::new(it.as_str(), it.as_str()));
    PublicKeysPage {
        app: subject.frame(desk, Section::Keys),
        action: subject.below(Section::Keys, "public"),
        form,
        algorithms: std::iter::once(any).chain(named).collect(),
        may_prove: application.application_type.is_confidential(),
        may_write: desk.may(Permission::AppsWrite) && desk.may(Permission::SecretsWrite),
        has_secrets: !client.secrets.is_empty(),
        keys: subject.address(Section::Keys),
        conflict: None,
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "Read it", &path), change.sample()],
    }
}

/// Whether the client proves itself with its key.
pub(super) fn signs(client: &Client) -> bool {
    client.settings.token_endpoint_auth_method == ClientAuthMethod::PrivateKeyJwt
}

fn pretty(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    format!("{value:#}")
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    const SET: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k 1"}]}"#;

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.keys = Some(ClientKeys::Set(SET.to_owned()));
        let form = PublicKeysForm::of(&client);

        let page = html(page(&desk(Role::Owner), &subject(), &client, form)).await;

        assert!(page.contains("&quot;kid&quot;: &quot;k 1&quot;"), "{page}");
        assert!(page.contains("Any of ES256, PS256, EdDSA") && page.contains("Save public keys"));
        assert_read_by::<PublicKeysForm>(&page);
    }

    #[actix_web::test]
    async fn who_may_not_touch_secrets_gets_no_button() {
        let client = testing::client(Environment::Sandbox);
        let form = PublicKeysForm::of(&client);

        let page = html(page(&desk(Role::Auditor), &subject(), &client, form)).await;

        assert!(!page.contains("Save public keys") && page.contains("<fieldset disabled>"));
    }

    #[test]
    fn a_text_that_is_no_json_is_told_at_its_field() {
        let client = testing::client(Environment::Sandbox);
        let form = PublicKeysForm {
            jwks: "-----BEGIN PUBLIC KEY-----".to_owned(),
            ..PublicKeysForm::of(&client)
        };

        let refusal = form.changes(&client).unwrap_err();

        assert_eq!(refusal.errors[0].pointer, "#/jwks");
        assert_eq!(refusal.errors[0].code, "not-a-key-set");
    }

    #[test]
    fn a_fault_of_one_key_stands_at_the_set() {
        let fault = FieldError {
            pointer: "#/jwks/keys/1".to_owned(),
            code: "weak-key",
            detail: String::new(),
        };
        assert_eq!(at_its_field(fault).pointer, "#/jwks");
    }
}
