//! The chain finds what was done to it.

use domain::{
    AuditEvent, Id, Timestamp,
    audit::{Action, Actor, Outcome, Surface},
};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::{ChainFault, ChainReport, record, seal, verify};
use crate::{Store, StoreOptions, store::Connected as _};

fn event(n: u128, action: Action) -> AuditEvent {
    AuditEvent {
        id: Id::from_uuid(Uuid::from_u128(n)),
        at: Timestamp::from_millis(1_000),
        action,
        outcome: Outcome::Success,
        actor: Actor::system(),
        surface: Surface::Cli,
        target: Some(format!("app_{n}")),
        target_name: None,
        reason: None,
        details: serde_json::Map::new(),
        address: None,
        request_id: None,
        sequence: None,
    }
}

/// Three chained events, and two that were sealed later.
async fn chained() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/test.db", folder.path().display());
    let store =
        Store::open(&StoreOptions { url, max_connections: 2, exclusive: true }).await.unwrap();
    store.migrate().await.unwrap();
    for n in 1..=5 {
        let action = if n <= 3 { Action::ApplicationRegistered } else { Action::LoginSucceeded };
        store.write(async |tx| record(tx, &event(n, action)).await).await.unwrap();
    }
    (store, folder)
}

async fn meddle(store: &Store, sql: &str) {
    store.write(async |tx| Ok(tx.conn().execute_unprepared(sql).await.map(|_| ())?)).await.unwrap();
}

#[tokio::test]
async fn events_of_traffic_are_sealed_later() {
    let (store, _folder) = chained().await;
    let before = verify(&store).await.unwrap();

    let sealed = store.write(async |tx| seal(tx, 100).await).await.unwrap();
    let after = verify(&store).await.unwrap();

    assert_eq!(before, ChainReport { verified: 3, unsealed: 2, fault: None });
    assert_eq!(sealed, 2);
    assert_eq!(after, ChainReport { verified: 5, unsealed: 0, fault: None });
}

#[tokio::test]
async fn edits_deletions_reordering_and_truncation_are_found() {
    let cases = [
        ("UPDATE audit_event SET target = 'app_x' WHERE sequence = 2", 2, ChainFault::Altered),
        ("DELETE FROM audit_event WHERE sequence = 2", 2, ChainFault::Missing),
        (
            "UPDATE audit_event SET sequence = CASE sequence WHEN 1 THEN -2 ELSE -1 END WHERE sequence IN (1, 2); UPDATE audit_event SET sequence = -sequence WHERE sequence < 0",
            1,
            ChainFault::Altered,
        ),
        ("DELETE FROM audit_event WHERE sequence = 3", 3, ChainFault::Missing),
    ];
    for (sql, place, fault) in cases {
        let (store, _folder) = chained().await;
        meddle(&store, sql).await;

        assert_eq!(verify(&store).await.unwrap().fault, Some((place, fault)), "{sql}");
    }
}
