//! The threads that hash passwords, and nothing else.
//!
//! Hashing costs tens of milliseconds and 19 MiB by design. On the runtime's own
//! threads a flood of sign-ins would stop every other request, so it has threads
//! of its own with a short queue; who finds the queue full is told to come back.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError},
    time::Duration,
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::Entropy;
use password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use tokio::sync::oneshot;

use super::{Normalized, PasswordCost};
use crate::Problem;

const SALT_LEN: usize = 16;
const OUTPUT_LEN: usize = 32;
/// How many passwords may wait for each thread.
const WAITING_PER_THREAD: usize = 4;
/// How long a thread without work keeps its memory.
const KEEP_MEMORY: Duration = Duration::from_mins(1);
/// What a caller is told when the queue is full.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Hashes passwords on its own threads, which start with the first password.
pub(crate) struct Hasher {
    shared: Arc<Shared>,
    threads: usize,
    started: Once,
}

/// What comparing a password with a hash gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is another password.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, and its hash should be made anew at today's cost.
    RightButOutdated,
}

struct Shared {
    cost: PasswordCost,
    capacity: usize,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

struct Job {
    password: Normalized,
    task: Task,
}

enum Task {
    Hash {
        salt: [u8; SALT_LEN],
        reply: oneshot::Sender<Option<String>>,
    },
    /// Against no hash at all the same work is done, so that nobody learns by
    /// the time it takes whether an account exists.
    Verify {
        hash: Option<String>,
        reply: oneshot::Sender<Verdict>,
    },
}

impl Hasher {
    pub(crate) fn new(threads: usize, cost: PasswordCost) -> Self {
        let threads = threads.max(1);
        let shared = Shared {
            cost,
            capacity: threads * WAITING_PER_THREAD,
            queue: Mutex::new(Queue::default()),
            changed: Condvar::new(),
        };
        Self { shared: Arc::new(shared), threads, started: Once::new() }
    }

    /// The hash of `password` with a new salt, as a PHC string.
    pub(crate) async fn hash(
        &self,
        password: Normalized,
        entropy: &dyn Entropy,
    ) -> Result<String, Problem> {
        let (reply, answer) = oneshot::channel();
        let salt = entropy.bytes::<SALT_LEN>();
        self.queue(Job { password, task: Task::Hash { salt, reply } })?;
        answer.await.ok().flatten().ok_or(BUSY)
    }

    /// Whether `password` is the one that `hash` was made of; against `None` never.
    pub(crate) async fn verify(
        &self,
        password: Normalized,
        hash: Option<String>,
    ) -> Result<Verdict, Problem> {
        let (reply, answer) = oneshot::channel();
        self.queue(Job { password, task: Task::Verify { hash, reply } })?;
        answer.await.map_err(|_stopped| BUSY)
    }

    fn queue(&self, job: Job) -> Result<(), Problem> {
        self.started.call_once(|| self.start());
        let mut queue = self.shared.lock();
        if queue.jobs.len() >= self.shared.capacity {
            return Err(BUSY);
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.changed.notify_one();
        Ok(())
    }

    fn start(&self) {
        for number in 0..self.threads {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name(format!("password-{number}"));
            if let Err(error) = thread.spawn(move || shared.work()) {
                tracing::error!(%error, "a thread for passwords could not be started");
            }
        }
    }
}

const BUSY: Problem = Problem::Busy { retry_after_seconds: RETRY_AFTER_SECONDS };

impl Drop for Hasher {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(..)")
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut memory: Vec<Block> = Vec::new();
        while let Some(job) = self.next(&mut memory) {
            match job.task {
                // Whoever went away does not need the answer.
                Task::Hash { salt, reply } => {
                    let _ = reply.send(self.hash(&job.password, &salt, &mut memory));
                }
                Task::Verify { hash, reply } => {
                    let _ = reply.send(self.verify(&job.password, hash.as_deref(), &mut memory));
                }
            }
        }
    }

    /// The next password; meanwhile, memory that nobody needs is given back.
    fn next(&self, memory: &mut Vec<Block>) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            if memory.capacity() == 0 {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (woken, wait) = self
                .changed
                .wait_timeout(queue, KEEP_MEMORY)
                .unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if wait.timed_out() && queue.jobs.is_empty() {
                *memory = Vec::new();
            }
        }
    }

    fn params(&self) -> Option<Params> {
        Params::new(self.cost.memory_kib, self.cost.iterations, 1, Some(OUTPUT_LEN)).ok()
    }

    fn hash(
        &self,
        password: &Normalized,
        salt: &[u8; SALT_LEN],
        memory: &mut Vec<Block>,
    ) -> Option<String> {
        let params = self.params()?;
        let output = digest(password, salt, params.clone(), memory)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).ok()?,
            salt: Some(Salt::new(salt).ok()?),
            hash: Some(Output::new(&output).ok()?),
        };
        Some(hash.to_string())
    }

    fn verify(
        &self,
        password: &Normalized,
        hash: Option<&str>,
        memory: &mut Vec<Block>,
    ) -> Verdict {
        let Some(hash) = hash.and_then(|text| PasswordHash::new(text).ok()) else {
            let _ = self.hash(password, &[0; SALT_LEN], memory);
            return Verdict::Wrong;
        };
        if is_right(password, &hash, memory).is_none_or(|is_right| !is_right) {
            return Verdict::Wrong;
        }
        let today = self.params();
        let then = Params::try_from(&hash).ok();
        let is_current = today.zip(then).is_some_and(|(today, then)| {
            (today.m_cost(), today.t_cost(), today.p_cost())
                == (then.m_cost(), then.t_cost(), then.p_cost())
        });
        if is_current { Verdict::Right } else { Verdict::RightButOutdated }
    }
}

/// Compares in constant time, as [`Output`] does.
fn is_right(password: &Normalized, hash: &PasswordHash, memory: &mut Vec<Block>) -> Option<bool> {
    let expected = hash.hash.as_ref()?;
    let salt = hash.salt.as_ref()?;
    if hash.algorithm != Algorithm::Argon2id.ident() || expected.len() != OUTPUT_LEN {
        return None;
    }
    let params = Params::try_from(hash).ok()?;
    let output = digest(password, salt.as_ref(), params, memory)?;
    Some(Output::new(&output).ok()? == *expected)
}

fn digest(
    password: &Normalized,
    salt: &[u8],
    params: Params,
    memory: &mut Vec<Block>,
) -> Option<[u8; OUTPUT_LEN]> {
    let blocks = params.block_count();
    memory.resize(blocks, Block::default());
    let mut output = [0; OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            password.as_str().as_bytes(),
            salt,
            &mut output,
            memory.as_mut_slice(),
        )
        .ok()?;
    Some(output)
}

#[cfg(test)]
mod tests;
