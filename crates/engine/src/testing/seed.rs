//! The rows that every test begins with.

use std::{collections::HashMap, time::Duration};

use domain::{
    Application, ApplicationStatus, ApplicationType, BrowserSession, Client, ClientSecret,
    ClientSettings, Entropy, Environment, HandleKind, Id, KeyState, Resource, ScopeDefinition,
    SessionKind, TokenFormat, User, UserStatus,
};
use jose::{Algorithm, PrivateKey};
use protocol::{ClientId, GrantType, RedirectUri, Scope, ScopeToken};
use store::repo::{
    applications,
    browser_sessions::{self, SeenFrom},
    client_secrets, clients, resources, signing_keys, users,
};

use super::{CALLBACK, START, TestClient};
use crate::Engine;

/// What the first start makes; RSA keys take too long to be made for every test.
pub(super) async fn add_keys(engine: &Engine) {
    let es256 = || PrivateKey::generate(Algorithm::Es256).unwrap();
    let rs256 = |pkcs8: &[u8]| PrivateKey::from_pkcs8(Algorithm::Rs256, pkcs8).unwrap();
    let keys = [
        (es256(), KeyState::Active),
        (es256(), KeyState::Pending),
        (rs256(include_bytes!("rs256-active.pk8")), KeyState::Active),
        (rs256(include_bytes!("rs256-pending.pk8")), KeyState::Pending),
    ];
    for (key, state) in keys {
        let row = engine.seal_key(&key, state, START).unwrap();
        let store = &engine.parts.store;
        store.write(async |tx| signing_keys::insert(tx, &row).await).await.unwrap();
    }
}

pub(super) async fn add_user(engine: &Engine) -> User {
    let user = User {
        id: Id::new(START, engine.parts.entropy.as_ref()),
        username: "alice".to_owned(),
        email: "alice@example.test".to_owned(),
        email_verified: true,
        name: "Alice".to_owned(),
        role: None,
        status: UserStatus::Active,
        has_password: false,
        last_sign_in_at: None,
        created_at: START,
        updated_at: START,
        version: 1,
    };
    engine.parts.store.write(async |tx| users::insert(tx, &user, None).await).await.unwrap();
    user
}

pub(super) async fn add_session(engine: &Engine, user: Id<User>) -> Id<BrowserSession> {
    let entropy = engine.parts.entropy.as_ref();
    let (_, digest) = engine.parts.handles.issue(HandleKind::UserSession, entropy);
    let session = BrowserSession {
        id: Id::new(START, entropy),
        kind: SessionKind::User,
        user_id: Some(user),
        state: HashMap::new(),
        created_at: START,
        idle_expires_at: START.plus(Duration::from_hours(1)),
        expires_at: START.plus(Duration::from_hours(24)),
    };
    let from = SeenFrom::default();
    let store = &engine.parts.store;
    store
        .write(async |tx| browser_sessions::insert(tx, &digest, &session, &from).await)
        .await
        .unwrap();
    session.id
}

pub(super) async fn add_api(
    engine: &Engine,
    name: &str,
    token_format: TokenFormat,
    scopes: &[&str],
) {
    let entropy = engine.parts.entropy.as_ref();
    let scope = |name: &&str| ScopeDefinition {
        id: Id::new(START, entropy),
        name: ScopeToken::try_from(*name).unwrap(),
        display_name: (*name).to_owned(),
        description: String::new(),
        default: false,
    };
    let api = Resource {
        id: Id::new(START, entropy),
        identifier: format!("https://{name}.test"),
        name: name.to_owned(),
        description: String::new(),
        token_format,
        scopes: scopes.iter().map(scope).collect(),
        created_at: START,
        updated_at: START,
        version: 1,
    };
    engine.parts.store.write(async |tx| resources::insert(tx, &api).await).await.unwrap();
}

pub(super) async fn add_client(
    engine: &Engine,
    name: &str,
    application_type: ApplicationType,
    bend: impl FnOnce(&mut ClientSettings),
) -> TestClient {
    let entropy = engine.parts.entropy.as_ref();
    let mut settings = ClientSettings {
        redirect_uris: vec![RedirectUri::try_from(CALLBACK.to_owned()).unwrap()],
        grant_types: GrantType::ALL.to_vec(),
        scopes: Scope::parse("openid profile offline_access photos.read mail.send").unwrap(),
        ..ClientSettings::defaults(application_type)
    };
    bend(&mut settings);
    let application = application(name, application_type, entropy);
    let client = Client {
        id: Id::new(START, entropy),
        application_id: application.id,
        client_id: ClientId::try_from(name.to_owned()).unwrap(),
        environment: Environment::Sandbox,
        settings,
        created_at: START,
        updated_at: START,
        version: 1,
        secrets: Vec::new(),
    };
    let (handle, digest) = engine.parts.handles.issue(HandleKind::SandboxSecret, entropy);
    let secret = ClientSecret {
        id: Id::new(START, entropy),
        label: String::new(),
        hint: handle.hint().to_owned(),
        digest,
        created_by: "tests".to_owned(),
        created_at: START,
        expires_at: None,
        last_used_at: None,
        last_used_from: None,
        version: 1,
    };
    let keeps_secret = client.keeps_secret();
    engine
        .parts
        .store
        .write(async |tx| {
            applications::insert(tx, &application).await?;
            clients::insert(tx, &client).await?;
            if keeps_secret {
                client_secrets::insert(tx, client.id, &secret).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let secret = keeps_secret.then(|| handle.expose().to_owned());
    TestClient { client, application, secret }
}

fn application(
    name: &str,
    application_type: ApplicationType,
    entropy: &dyn Entropy,
) -> Application {
    Application {
        id: Id::new(START, entropy),
        name: name.to_owned(),
        description: String::new(),
        application_type,
        status: ApplicationStatus::Active,
        owner: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        created_at: START,
        updated_at: START,
        version: 1,
        clients: Vec::new(),
    }
}
