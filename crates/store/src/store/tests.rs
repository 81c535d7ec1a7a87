//! What `Store::write` promises, on SQLite.

use std::sync::Arc;

use domain::{Entropy, Id, Timestamp, outbox::Job, outbox::MailJob, outbox::MailMessage};

use super::{OpenError, Store, StoreOptions, Tx};
use crate::{StoreError, repo::outbox};

struct Fixed(std::sync::atomic::AtomicU8);

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

struct Fixture {
    store: Store,
    entropy: Fixed,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(Self { store, entropy: Fixed(0.into()), folder })
    }

    async fn queue(&self, tx: &Tx, key: &str) -> Result<(), StoreError> {
        let message = MailMessage::PasswordChanged { name: "Ana".to_owned() };
        let job = Job::Mail(MailJob { to: "a@b.example".to_owned(), message });
        outbox::queue(tx, &job, key, Timestamp::from_millis(1), &self.entropy).await
    }

    async fn pending(&self) -> u64 {
        outbox::pending(&self.store).await.unwrap()
    }
}

async fn open(folder: &tempfile::TempDir) -> Result<Store, OpenError> {
    let url = format!("sqlite://{}/test.db", folder.path().display());
    Store::open(&StoreOptions { url, max_connections: 4, exclusive: true }).await
}

/// Queues a job; every fourth write fails after that.
async fn queue_or_fail(fixture: Arc<Fixture>, n: u32) -> bool {
    let write = async |tx: &Tx| {
        fixture.queue(tx, &format!("job-{n}")).await?;
        if n.is_multiple_of(4) { Err(StoreError::Corrupt("on purpose")) } else { Ok(()) }
    };
    fixture.store.write(write).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn neighbours_of_a_failing_write_commit() {
    let fixture = Fixture::new().await;

    let writes = (0..64).map(|n| queue_or_fail(Arc::clone(&fixture), n));
    let results = futures_join(writes).await;

    assert_eq!(results.iter().filter(|ok| **ok).count(), 48);
    assert_eq!(fixture.pending().await, 48);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancelled_write_leaves_nothing_and_nobody_waiting() {
    let fixture = Fixture::new().await;
    let cancelled = fixture.store.write(async |tx| {
        fixture.queue(tx, "cancelled").await?;
        std::future::pending::<()>().await;
        Ok(())
    });
    let neighbour = async { fixture.store.write(async |tx| fixture.queue(tx, "kept").await).await };

    let timeout = std::time::Duration::from_millis(200);
    let (first, second) = tokio::join!(tokio::time::timeout(timeout, cancelled), neighbour);

    assert!(first.is_err(), "the first write never ends by itself");
    second.unwrap();
    assert_eq!(fixture.pending().await, 1);
}

#[tokio::test]
async fn a_refusal_commits_what_it_did() {
    let fixture = Fixture::new().await;

    let refusal: Result<(), &str> = fixture
        .store
        .write(async |tx| {
            fixture.queue(tx, "kept").await?;
            Ok(Err("refused"))
        })
        .await
        .unwrap();

    assert_eq!(refusal, Err("refused"));
    assert_eq!(fixture.pending().await, 1);
}

#[tokio::test]
async fn only_a_commit_that_says_so_ends_caches() {
    let fixture = Fixture::new().await;
    let before = fixture.store.epoch();

    fixture.store.write(async |tx| fixture.queue(tx, "a").await).await.unwrap();
    assert_eq!(fixture.store.epoch(), before);
    fixture
        .store
        .write(async |tx| {
            tx.invalidate_caches();
            Ok(())
        })
        .await
        .unwrap();

    assert_eq!(fixture.store.epoch(), before + 1);
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let fixture = Fixture::new().await;

    let second = open(&fixture.folder).await;

    assert!(matches!(second, Err(OpenError::InUse(_))));
}

#[tokio::test]
async fn readers_cannot_write() {
    use sea_orm::ConnectionTrait as _;
    let fixture = Fixture::new().await;

    let written = fixture.store.readers.execute_unprepared("DELETE FROM outbox_job").await;

    assert!(written.is_err());
}

#[tokio::test]
async fn identifiers_sort_by_time_in_the_database_too() {
    let entropy = Fixed(200.into());
    let early = Id::<outbox::QueuedJob>::new(Timestamp::from_millis(1_000), &entropy);
    let late = Id::<outbox::QueuedJob>::new(Timestamp::from_millis(1_001), &entropy);

    assert!(early < late);
    assert!(early.as_uuid().as_bytes() < late.as_uuid().as_bytes());
}

async fn futures_join<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + 'static>,
) -> Vec<T> {
    let local = tokio::task::LocalSet::new();
    let tasks: Vec<_> = futures.map(|future| local.spawn_local(future)).collect();
    local
        .run_until(async {
            let mut results = Vec::new();
            for task in tasks {
                results.push(task.await.unwrap());
            }
            results
        })
        .await
}
