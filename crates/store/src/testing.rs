//! What the tests of this crate share: an empty database, people and clients in it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use domain::{
    BrowserSession, Client, Entropy, HandleKeys, HandleKind, Id, MasterKeys, SessionKind,
    Timestamp, User,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _,
    QueryFilter as _, sea_query::Expr,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::{sync::Barrier, task::LocalSet};

use crate::{
    Store, StoreOptions,
    entity::{account, application, client as client_row},
    repo::browser_sessions::{self, SeenFrom},
    store::Connected as _,
};

/// When the tests happen.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// SHA-256 of a counter: evenly spread and the same in every run.
#[derive(Default)]
pub(crate) struct Seeded(AtomicU64);

impl From<u64> for Seeded {
    fn from(seed: u64) -> Self {
        Self(AtomicU64::new(seed << 32))
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = digest(&SHA256, &self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}

/// Keys for handles.
pub(crate) fn handles() -> HandleKeys {
    let text = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    HandleKeys::new(&MasterKeys::parse(text).unwrap())
}

/// An empty database; it goes with the folder.
pub(crate) async fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/test.db", folder.path().display());
    let store =
        Store::open(&StoreOptions { url, max_connections: 4, exclusive: true }).await.unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}

/// Where the address of a PostgreSQL that tests may use stands.
const POSTGRES: &str = "COUNTERSIGN_TEST_POSTGRES";

/// The address of a new, empty database.
#[expect(clippy::disallowed_methods, reason = "the address is the test's own, not a setting")]
pub(crate) async fn new_postgres(purpose: &str) -> String {
    let server = std::env::var(POSTGRES).unwrap_or_else(|_missing| {
        panic!(
            "{POSTGRES} is not set: run the tests by `cargo xtask test`, which starts PostgreSQL"
        )
    });
    let name = format!("{purpose}_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Two nodes on a new, migrated PostgreSQL database.
pub(crate) async fn two_nodes(purpose: &str) -> (Store, Store) {
    let url = new_postgres(purpose).await;
    let open = async || {
        let url = url.clone();
        Store::open(&StoreOptions { url, max_connections: 20, exclusive: true }).await.unwrap()
    };
    let (first, second) = (open().await, open().await);
    first.migrate().await.unwrap();
    (first, second)
}

/// Returns once somebody waits in this PostgreSQL database for what another has locked.
pub(crate) async fn until_somebody_waits(store: &Store) {
    let waiting = "SELECT 1 FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let db = store.conn();
    while db.execute_unprepared(waiting).await.unwrap().rows_affected() == 0 {}
}

/// Starts sixteen of what `attempt` makes at the same moment; says how many won.
pub(crate) async fn winners_of_sixteen<F>(attempt: impl Fn(u64) -> F) -> usize
where
    F: Future<Output = bool> + 'static,
{
    let barrier = Arc::new(Barrier::new(16));
    let local = LocalSet::new();
    let attempts: Vec<_> = (0..16)
        .map(|n| {
            let (barrier, attempt) = (Arc::clone(&barrier), attempt(n));
            local.spawn_local(async move {
                barrier.wait().await;
                attempt.await
            })
        })
        .collect();
    local
        .run_until(async {
            let mut won = 0;
            for attempt in attempts {
                won += usize::from(attempt.await.unwrap());
            }
            won
        })
        .await
}

/// Adds a person.
pub(crate) async fn user(store: &Store, username: &str) -> Id<User> {
    let id = Id::<User>::new(NOW, &Seeded::from(username.bytes().map(u64::from).sum::<u64>()));
    let email = format!("{username}@example.test");
    let row = account::Model {
        id: id.as_uuid(),
        username: username.to_owned(),
        username_canonical: username.to_owned(),
        email_canonical: email.clone(),
        email,
        email_verified: true,
        name: username.to_owned(),
        name_canonical: username.to_owned(),
        role: None,
        status: "active".to_owned(),
        password_hash: None,
        last_sign_in_at: None,
        created_at: NOW.as_millis(),
        updated_at: NOW.as_millis(),
        version: 1,
    };
    let row = account::ActiveModel::from(row).reset_all();
    store.write(async |tx| Ok(row.insert(tx.conn()).await.map(|_| ())?)).await.unwrap();
    id
}

/// Signs a person in.
pub(crate) async fn session(store: &Store, user: Id<User>) -> Id<BrowserSession> {
    let entropy = Seeded::from(8_000_000);
    let (_, digest) = handles().issue(HandleKind::UserSession, &entropy);
    let session = BrowserSession {
        id: Id::new(NOW, &entropy),
        kind: SessionKind::User,
        user_id: Some(user),
        state: HashMap::new(),
        created_at: NOW,
        idle_expires_at: NOW.plus(Duration::from_hours(1)),
        expires_at: NOW.plus(Duration::from_hours(1)),
    };
    let from = SeenFrom::default();
    store
        .write(async |tx| browser_sessions::insert(tx, &digest, &session, &from).await)
        .await
        .unwrap();
    session.id
}

/// Locks a person.
pub(crate) async fn lock(store: &Store, user: Id<User>) {
    let locked = account::Entity::update_many()
        .col_expr(account::Column::Status, Expr::value("locked"))
        .filter(account::Column::Id.eq(user.as_uuid()));
    store.write(async |tx| Ok(locked.exec(tx.conn()).await.map(|_| ())?)).await.unwrap();
}

/// Adds an application with one client.
pub(crate) async fn client(store: &Store, client_id: &str) -> Id<Client> {
    let entropy = Seeded::from(7_000_000);
    let application_id = Id::<domain::Application>::new(NOW, &entropy);
    let id = Id::<Client>::new(NOW, &entropy);
    let application = application::Model {
        id: application_id.as_uuid(),
        name: client_id.to_owned(),
        name_canonical: client_id.to_owned(),
        description: String::new(),
        application_type: "web".to_owned(),
        status: "active".to_owned(),
        owner_id: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        created_at: NOW.as_millis(),
        updated_at: NOW.as_millis(),
        deleted_at: None,
        version: 1,
    };
    let application = application::ActiveModel::from(application).reset_all();
    let row = row_of_client(id, application_id, client_id);
    let row = client_row::ActiveModel::from(row).reset_all();
    store
        .write(async |tx| {
            application.insert(tx.conn()).await?;
            row.insert(tx.conn()).await?;
            Ok(())
        })
        .await
        .unwrap();
    id
}

fn row_of_client(
    id: Id<Client>,
    application_id: Id<domain::Application>,
    client_id: &str,
) -> client_row::Model {
    client_row::Model {
        id: id.as_uuid(),
        application_id: application_id.as_uuid(),
        client_id: client_id.to_owned(),
        environment: "sandbox".to_owned(),
        redirect_uris: "[\"https://app.test/cb\"]".to_owned(),
        post_logout_redirect_uris: "[]".to_owned(),
        grant_types: "authorization_code".to_owned(),
        scopes: "openid".to_owned(),
        default_scopes: "openid".to_owned(),
        token_endpoint_auth_method: "client_secret_basic".to_owned(),
        require_pkce: true,
        skip_consent: false,
        dpop_bound_access_tokens: false,
        access_token_lifetime_seconds: 3600,
        id_token_lifetime_seconds: 3600,
        refresh_mode: "reuse".to_owned(),
        refresh_token_idle_seconds: 3600,
        refresh_token_absolute_seconds: 3600,
        id_token_signed_response_alg: "ES256".to_owned(),
        response_modes: "query".to_owned(),
        authorization_signed_response_alg: None,
        require_pushed_authorization_requests: false,
        request_object_signing_alg: None,
        require_signed_request_object: false,
        jwks: None,
        jwks_uri: None,
        token_endpoint_auth_signing_alg: None,
        accept_endpoint_audience: false,
        last_used_at: None,
        created_at: NOW.as_millis(),
        updated_at: NOW.as_millis(),
        version: 1,
    }
}
