//! Making the client of an environment.

use domain::{
    Application, Client, ClientSettings, Entropy, Environment, Id, Permission, Timestamp,
    audit::Action,
};
use protocol::ClientId;
use serde_json::Value;
use store::{
    Tx,
    repo::{applications, clients},
};

use super::{Catalogue, NewClient, PutClient, Subject, first_settings, require_permissions_of};
use crate::{
    Call, Problem, Service,
    secrets::{self, ShownSecret},
    transaction::{Event, client_details},
};

/// Makes the client of an environment that has none; with a secret where it
/// keeps one and the caller may generate it.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsWrite`], [`Problem::Conflict`]
/// when the environment has a client, [`Problem::Invalid`] naming every field
/// that breaks a rule.
pub async fn put(service: &Service, call: &Call, command: PutClient) -> Result<NewClient, Problem> {
    call.require(Permission::AppsWrite)?;
    let now = service.parts.clock.now();
    let made = service
        .write(async |tx| {
            let application = applications::find(tx, command.application_id, call.owner_seen())
                .await?
                .ok_or(Problem::NotFound("application"))?
                .application;
            if application.clients.iter().any(|it| it.environment == command.environment) {
                return Err(client_exists(command.environment));
            }
            let catalogue = Catalogue::hold(tx).await?;
            let subject = Subject {
                call,
                catalogue: &catalogue,
                application_type: application.application_type,
                environment: command.environment,
            };
            let first = first_settings(subject, &command.settings).map_err(Problem::Invalid)?;
            let mut client =
                new_client(&application, command.environment, first.settings, (service, now));
            clients::insert(tx, &client).await?;
            tx.invalidate_caches();
            record(service, tx, call, (&application, &client), now).await?;
            let secret = first_secret(service, tx, call, (&application, &mut client), now).await?;
            let code_grant_turned_on = first.code_grant_turned_on;
            Ok(NewClient { client, secret, code_grant_turned_on })
        })
        .await;
    match made {
        Err(Problem::Unavailable(error)) if error.is_unique_violation() => {
            Err(client_exists(command.environment))
        }
        made => made,
    }
}

/// A client that does not exist yet.
pub(crate) fn new_client(
    application: &Application,
    environment: Environment,
    settings: ClientSettings,
    (service, now): (&Service, Timestamp),
) -> Client {
    let entropy = &*service.parts.entropy;
    Client {
        id: Id::new(now, entropy),
        application_id: application.id,
        client_id: new_client_id(environment, entropy),
        environment,
        settings,
        created_at: now,
        updated_at: now,
        version: 1,
        secrets: Vec::new(),
    }
}

/// The first secret of a new client, where it keeps one and the caller may generate it.
pub(crate) async fn first_secret(
    service: &Service,
    tx: &Tx,
    call: &Call,
    (application, client): (&Application, &mut Client),
    now: Timestamp,
) -> Result<Option<ShownSecret>, Problem> {
    let may = call.has(Permission::SecretsWrite)
        && require_permissions_of(call, &client.settings.scopes).is_ok();
    if !client.keeps_secret() || !may {
        return Ok(None);
    }
    let wanted = secrets::Wanted { label: String::new(), expires_at: None };
    let (kept, shown) = secrets::new_secret(service, tx, call, client, (wanted, now)).await?;
    let details = secrets::secret_details(client, &kept);
    let (action, target) = (Action::SecretGenerated, application.into());
    service.record(tx, Event { call, action, now, target, details }).await?;
    client.secrets.push(kept);
    Ok(Some(shown))
}

pub(crate) async fn record(
    service: &Service,
    tx: &Tx,
    call: &Call,
    (application, client): (&Application, &Client),
    now: Timestamp,
) -> Result<(), Problem> {
    let event = Event {
        call,
        action: Action::ClientRegistered,
        now,
        target: application.into(),
        details: Value::Object(client_details(client)),
    };
    service.record(tx, event).await
}

fn client_exists(environment: Environment) -> Problem {
    let detail =
        format!("The application has a client for {environment} already. Change that one.");
    Problem::Conflict { code: "client-exists", detail }
}

/// The identifier that a new client sends: which environment, and 16 base62 digits.
fn new_client_id(environment: Environment, entropy: &dyn Entropy) -> ClientId {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const LENGTH: usize = 16;
    let prefix = match environment {
        Environment::Production => "app_prd_",
        Environment::Sandbox => "app_sbx_",
    };
    loop {
        let mut text = prefix.to_owned();
        while text.len() < prefix.len() + LENGTH {
            let random = entropy.bytes::<32>();
            // Bytes beyond the last multiple of 62 would favour some digits.
            let digits = random.iter().filter(|byte| **byte < 248);
            let digits = digits.filter_map(|byte| DIGITS.get(usize::from(byte % 62)));
            let room = prefix.len() + LENGTH - text.len();
            text.extend(digits.take(room).copied().map(char::from));
        }
        if let Ok(client_id) = ClientId::try_from(text) {
            return client_id;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Entropy;

    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_client_id_tells_its_environment_and_has_sixteen_digits() {
        let entropy = Counting(240.into());

        let sandbox = new_client_id(Environment::Sandbox, &entropy);
        let production = new_client_id(Environment::Production, &entropy);

        let digits = sandbox.as_str().strip_prefix("app_sbx_").unwrap();
        assert_eq!(digits.len(), 16);
        assert!(digits.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(production.as_str().starts_with("app_prd_"));
        assert_ne!(sandbox, production);
    }
}
