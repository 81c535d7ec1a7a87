//! What `Store::write` promises, on SQLite.

use std::{cell::Cell, collections::BTreeSet, pin::pin, sync::Arc, task::Poll, time::Duration};

use domain::{Id, Timestamp, outbox::Job, outbox::MailJob, outbox::MailMessage};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QuerySelect as _};

use super::{Connected as _, OpenError, Store, StoreOptions, Tx};
use crate::{
    StoreError,
    entity::outbox_job,
    repo::outbox,
    testing::{Seeded, two_nodes},
};

struct Fixture {
    store: Store,
    entropy: Seeded,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder, true).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(Self { store, entropy: Seeded::default(), folder })
    }

    async fn queue(&self, tx: &Tx, key: &str) -> Result<(), StoreError> {
        self.queue_to(tx, key, "Ana").await
    }

    async fn queue_to(&self, tx: &Tx, key: &str, name: &str) -> Result<(), StoreError> {
        let message = MailMessage::PasswordChanged { name: name.to_owned() };
        let job = Job::Mail(MailJob { to: "a@b.example".to_owned(), message });
        outbox::queue(tx, &job, key, Timestamp::from_millis(1), &self.entropy).await
    }

    async fn pending(&self) -> u64 {
        outbox::pending(&self.store).await.unwrap()
    }

    /// Another process on the same file.
    async fn beside(&self) -> Store {
        open(&self.folder, false).await.unwrap()
    }
}

async fn open(folder: &tempfile::TempDir, exclusive: bool) -> Result<Store, OpenError> {
    let url = format!("sqlite://{}/test.db", folder.path().display());
    Store::open(&StoreOptions { url, max_connections: 4, exclusive }).await
}

/// The keys of the jobs that were committed.
async fn keys(store: &Store) -> BTreeSet<String> {
    let column = outbox_job::Column::DedupeKey;
    let keys = outbox_job::Entity::find().select_only().column(column).into_tuple();
    keys.all(store.conn()).await.unwrap().into_iter().collect()
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

    let timeout = Duration::from_millis(200);
    let (first, second) = tokio::join!(tokio::time::timeout(timeout, cancelled), neighbour);

    assert!(first.is_err(), "the first write never ends by itself");
    second.unwrap();
    assert_eq!(fixture.pending().await, 1);
}

/// Queues a job, every eighth too large for the disk; gives its key if it was answered.
async fn queue_large(fixture: Arc<Fixture>, round: u32, n: u32) -> Option<String> {
    let key = format!("{round}/{n}");
    let name = if n % 8 == 3 { "x".repeat(500_000) } else { "Ana".to_owned() };
    let write = fixture.store.write(async |tx| fixture.queue_to(tx, &key, &name).await).await;
    write.is_ok().then_some(key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_answered_while_the_disk_is_full_is_in_the_file() {
    let fixture = Fixture::new().await;
    let write = async |key: &str| {
        let written = fixture.store.write(async |tx| fixture.queue(tx, key).await).await;
        written.map(|()| key.to_owned())
    };
    let mut answered = BTreeSet::from([write("before").await.unwrap()]);
    let mut failed = 0;
    for round in 0..10 {
        // No room is left for this connection; the disk has room again for the next.
        let fill = async |tx: &Tx| {
            tx.conn().execute_unprepared("PRAGMA max_page_count = 1").await?;
            Ok(())
        };
        fixture.store.write(fill).await.unwrap();
        let results =
            futures_join((0..64).map(|n| queue_large(Arc::clone(&fixture), round, n))).await;
        failed += results.iter().filter(|it| it.is_none()).count();
        answered.extend(results.into_iter().flatten());
    }
    answered.insert(write("after").await.unwrap());

    let beside = fixture.beside().await;
    let lost: Vec<String> = answered.difference(&keys(&beside).await).cloned().collect();
    assert_eq!(lost, Vec::<String>::new());
    assert!(failed >= 10, "{failed}");
    beside.write(async |tx| fixture.queue(tx, "beside").await).await.unwrap();
}

/// Runs `write` until its work is done, and for as many steps more; then its caller goes away.
async fn go_away_after(steps: u32, is_done: &Cell<bool>, write: impl Future) {
    let mut write = pin!(write);
    let mut left = steps;
    std::future::poll_fn(|context| match write.as_mut().poll(context) {
        Poll::Pending if !is_done.get() => Poll::Pending,
        Poll::Pending if left > 0 => {
            left -= 1;
            Poll::Pending
        }
        Poll::Pending | Poll::Ready(_) => Poll::Ready(()),
    })
    .await;
}

/// A write whose work is done is committed though its caller goes away, and caches hear of it.
async fn assert_epoch_rises(fixture: &Fixture, store: &Store) {
    for steps in 0..12 {
        let (key, is_done, before) = (format!("job-{steps}"), Cell::new(false), store.epoch());
        let write = store.write(async |tx| {
            tx.invalidate_caches();
            fixture.queue(tx, &key).await?;
            is_done.set(true);
            Ok(())
        });

        go_away_after(steps, &is_done, write).await;

        let risen = async {
            while store.epoch() == before {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(5), risen).await;
        assert!(in_time.is_ok() && keys(store).await.contains(&key), "{steps}");
    }
}

#[tokio::test]
async fn caches_end_though_the_caller_goes_away_on_sqlite() {
    let fixture = Fixture::new().await;
    assert_epoch_rises(&fixture, &fixture.store).await;
}

#[tokio::test]
async fn caches_end_though_the_caller_goes_away_on_postgres() {
    let (store, _) = two_nodes("epoch").await;
    assert_epoch_rises(&*Fixture::new().await, &store).await;
}

/// Writes two jobs, and goes away when both, one or none are written.
async fn write_and_go_away(fixture: Arc<Fixture>, n: u32) -> u32 {
    let is_done = Cell::new(false);
    let write = fixture.store.write(async |tx| {
        is_done.set(n.is_multiple_of(3));
        fixture.queue(tx, &format!("left-{n}")).await?;
        is_done.set(true);
        fixture.queue(tx, &format!("right-{n}")).await
    });
    go_away_after(n % 7, &is_done, write).await;
    n
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_go_away_harm_no_neighbour_and_leave_no_half() {
    let fixture = Fixture::new().await;
    for round in 0..8 {
        let going = (0..32).map(|n| write_and_go_away(Arc::clone(&fixture), round * 32 + n));
        let staying = (0..32).map(|n| write_and_stay(Arc::clone(&fixture), round * 32 + n));
        let writes = going.map(boxed).chain(staying.map(boxed));

        futures_join(writes).await;
    }

    let keys = keys(&fixture.beside().await).await;
    assert_eq!(keys.iter().filter(|it| it.starts_with("kept-")).count(), 256);
    for n in 0..256 {
        let half = |side: &str| keys.contains(&format!("{side}-{n}"));
        assert_eq!(half("left"), half("right"), "{n}");
    }
}

async fn write_and_stay(fixture: Arc<Fixture>, n: u32) -> u32 {
    let key = format!("kept-{n}");
    fixture.store.write(async |tx| fixture.queue(tx, &key).await).await.unwrap();
    n
}

fn boxed<T>(
    future: impl Future<Output = T> + 'static,
) -> std::pin::Pin<Box<dyn Future<Output = T>>> {
    Box::pin(future)
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

    let second = open(&fixture.folder, true).await;

    assert!(matches!(second, Err(OpenError::InUse(_))));
}

#[tokio::test]
async fn readers_cannot_write() {
    let fixture = Fixture::new().await;

    let written = fixture.store.readers.execute_unprepared("DELETE FROM outbox_job").await;

    assert!(written.is_err());
}

#[tokio::test]
async fn identifiers_sort_by_time_in_the_database_too() {
    let entropy = Seeded::from(200);
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
