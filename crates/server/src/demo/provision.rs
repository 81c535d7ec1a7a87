//! What the demonstration runs on: a person, an API, and two applications.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{Entropy, Id, User};
use protocol::ClientId;
use secrecy::SecretString;
use service::{
    Call, Problem, Service,
    applications::{self, RegisterApplication, RegisteredApplication},
    clients::ClientChanges,
    resources::{self, NewScope, RegisterResource},
    users::{self, RegisterUser},
};

use super::DemoError;

/// Where the demonstration's application says that people come back to.
pub(super) const REDIRECT_URI: &str = "http://localhost:3000/callback";
/// The user name of the demonstration's person.
pub(super) const USERNAME: &str = "alice";

/// Everything the demonstration knows that a person would have typed or copied.
pub(super) struct Provision {
    pub(super) person: Id<User>,
    pub(super) password: SecretString,
    pub(super) web: Credentials,
    pub(super) machine: Credentials,
}

/// A client and its secret.
pub(super) struct Credentials {
    pub(super) client_id: ClientId,
    pub(super) client_secret: SecretString,
}

/// Makes them all, by the operations that the control center and the API call.
pub(super) async fn provision(
    service: &Service,
    entropy: &dyn Entropy,
) -> Result<Provision, DemoError> {
    let call = Call::operator();
    let password = SecretString::from(Base64UrlUnpadded::encode_string(&entropy.bytes::<24>()));
    let person = users::register(
        service,
        &call,
        RegisterUser {
            username: USERNAME.to_owned(),
            email: "alice@example.com".to_owned(),
            email_verified: true,
            name: "Alice Example".to_owned(),
            password: Some(password.clone()),
            role: Some("owner".to_owned()),
            ..RegisterUser::default()
        },
    )
    .await?
    .id;
    resources::register(service, &call, sample_api()).await?;
    let web = applications::register(service, &call, photo_printer()).await?;
    let machine = applications::register(service, &call, nightly_report()).await?;
    Ok(Provision { person, password, web: credentials(web)?, machine: credentials(machine)? })
}

fn sample_api() -> RegisterResource {
    let scope = |name: &str, display_name: &str| NewScope {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        ..NewScope::default()
    };
    RegisterResource {
        identifier: "https://api.example.com/photos".to_owned(),
        name: "Photos".to_owned(),
        token_format: "jwt".to_owned(),
        scopes: vec![
            scope("resource.read", "See your photos"),
            scope("resource.write", "Add and change photos"),
        ],
        ..RegisterResource::default()
    }
}

fn photo_printer() -> RegisterApplication {
    RegisterApplication {
        name: "Photo Printer".to_owned(),
        application_type: "web".to_owned(),
        client: ClientChanges {
            redirect_uris: Some(vec![REDIRECT_URI.to_owned()]),
            scopes: Some(words("openid profile email offline_access resource.read resource.write")),
            ..ClientChanges::default()
        },
        ..RegisterApplication::default()
    }
}

fn nightly_report() -> RegisterApplication {
    RegisterApplication {
        name: "Nightly Report".to_owned(),
        application_type: "machine".to_owned(),
        client: ClientChanges { scopes: Some(words("resource.read")), ..ClientChanges::default() },
        ..RegisterApplication::default()
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn credentials(registered: RegisteredApplication) -> Result<Credentials, Problem> {
    let missing = Problem::NotFound("client");
    let client = registered.view.application.clients.into_iter().next();
    match (client, registered.secret) {
        (Some(client), Some(secret)) => {
            Ok(Credentials { client_id: client.client_id, client_secret: secret.client_secret })
        }
        (_, _) => Err(missing),
    }
}
