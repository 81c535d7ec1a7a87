//! The chain finds what was done to it.

use domain::{
    AuditEvent, Id, Timestamp,
    audit::{Action, Actor, Outcome, Surface},
};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::{ChainFault, ChainHead, record, seal, verify};
use crate::{
    Store,
    store::Connected as _,
    testing::{store, two_nodes},
};

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
    let (store, folder) = store().await;
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
    let before = verify(&store, None).await.unwrap();

    let sealed = store.write(async |tx| seal(tx, 100).await).await.unwrap();
    let after = verify(&store, None).await.unwrap();

    assert_eq!((before.verified, before.unsealed, before.fault), (3, 2, None));
    assert_eq!(sealed, 2);
    assert_eq!((after.verified, after.unsealed, after.fault), (5, 0, None));
    assert_eq!((before.head.place, after.head.place), (3, 5));
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
        ("UPDATE audit_head SET sequence = 2", 2, ChainFault::Altered),
    ];
    for (sql, place, fault) in cases {
        let (store, _folder) = chained().await;
        meddle(&store, sql).await;

        assert_eq!(verify(&store, None).await.unwrap().fault, Some((place, fault)), "{sql}");
    }
}

/// Cuts the last event off, so that the rest is a whole chain.
const CUT: &str = "UPDATE audit_head SET sequence = 2, \
                   hash = (SELECT hash FROM audit_event WHERE sequence = 2); \
                   DELETE FROM audit_event WHERE sequence = 3";

#[tokio::test]
async fn a_head_that_was_kept_finds_a_chain_that_was_cut_off_or_written_anew() {
    let (store, _folder) = chained().await;
    let head = verify(&store, None).await.unwrap().head;
    assert_eq!(head.to_string().parse(), Ok(head));
    for wrong in ["", "3", "3:", "3:AA", "-1:AAAA", &format!("x{head}"), &format!("{head}A")] {
        assert!(wrong.parse::<ChainHead>().is_err(), "{wrong}");
    }
    let fault = async || verify(&store, Some(head)).await.unwrap().fault;
    store.write(async |tx| seal(tx, 1).await).await.unwrap();
    assert_eq!(fault().await, None, "the chain went on");

    let (store, _folder) = chained().await;
    meddle(&store, CUT).await;
    let fault = async || verify(&store, Some(head)).await.unwrap().fault;
    assert_eq!(verify(&store, None).await.unwrap().fault, None);
    assert_eq!(fault().await, Some((3, ChainFault::Missing)));
    let other = event(9, Action::ApplicationRegistered);
    store.write(async |tx| record(tx, &other).await).await.unwrap();
    assert_eq!(verify(&store, None).await.unwrap().fault, None);
    assert_eq!(fault().await, Some((3, ChainFault::Rewritten)));
}

/// Checks the chain on one node again and again while the other adds to it.
async fn assert_holds_meanwhile(adding: Store, checking: Store) {
    let add = tokio::spawn(async move {
        for n in 1..=200 {
            let action =
                if n % 4 == 0 { Action::LoginSucceeded } else { Action::ApplicationRegistered };
            adding.write(async |tx| record(tx, &event(n, action)).await).await.unwrap();
            adding.write(async |tx| seal(tx, 100).await).await.unwrap();
        }
    });
    while !add.is_finished() {
        assert_eq!(verify(&checking, None).await.unwrap().fault, None);
    }
    add.await.unwrap();
    assert_eq!(verify(&checking, None).await.unwrap().verified, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_grows_meanwhile_holds_on_sqlite() {
    let (store, _folder) = store().await;
    assert_holds_meanwhile(store.clone(), store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_grows_meanwhile_holds_on_postgres() {
    let (first, second) = two_nodes("chain").await;
    assert_holds_meanwhile(first, second).await;
}
