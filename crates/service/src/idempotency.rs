//! Writes that may be repeated without happening twice.

use std::{fmt, time::Duration};

use domain::{Id, Timestamp};
use store::{
    Tx,
    repo::idempotency::{self, Answer, Begin, Record},
};

use crate::{Call, Problem, Service};

/// How long an answer is kept.
const ANSWER_LASTS: Duration = Duration::from_hours(24);
/// How long a request is waited for that never came to an answer.
const REQUEST_LASTS: Duration = Duration::from_mins(10);
/// How long an answer may take to be kept after its act was carried out.
const ANSWER_TAKES: Duration = Duration::from_mins(1);
/// The longest key.
const MAX_KEY: usize = 255;

/// What a request that may be repeated meets.
#[derive(Debug)]
pub enum Begun {
    /// Nothing: it is the first. Its answer is kept with the ticket.
    New(Ticket),
    /// The answer of the first.
    Replay(StoredAnswer),
    /// The key belongs to another request.
    OtherRequest,
    /// The first has not been answered yet.
    InFlight,
    /// The first answer held a secret, of which only a digest was kept.
    SecretAlreadyReturned(StoredAnswer),
    /// The first was carried out, on the thing with this identifier, and its answer got lost.
    AnswerLost(String),
}

/// Ties an act to the request that asks for it: both are done, or neither is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Claim(Id<Record>);

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim(..)")
    }
}

impl Claim {
    /// Marks the request as carried out, in the transaction that does so.
    pub(crate) async fn settle(self, tx: &Tx, target: &str, now: Timestamp) -> Result<(), Problem> {
        if idempotency::carry_out(tx, self.0, target, now.plus(ANSWER_LASTS)).await? {
            return Ok(());
        }
        // It took so long that the request was given up and may have been begun again.
        Err(Problem::Busy { retry_after_seconds: 1 })
    }
}

/// The right to answer a request that may be repeated.
pub struct Ticket(Id<Record>);

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(..)")
    }
}

impl Ticket {
    /// What the call carries to its act.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        Claim(self.0)
    }
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, if there was one that may be kept.
    pub body: Option<String>,
    /// The `Location`, if there was one.
    pub location: Option<String>,
}

/// Begins a request that carries the idempotency key `key`; `request_hash` says
/// what the request is.
///
/// Keys belong to callers: two who choose the same do not meet.
///
/// # Errors
///
/// [`Problem::Invalid`] for a key that is empty, too long or not visible ASCII.
pub async fn begin(
    service: &Service,
    call: &Call,
    key: &str,
    request_hash: [u8; 32],
) -> Result<Begun, Problem> {
    let is_visible = key.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
    if key.is_empty() || key.len() > MAX_KEY || !is_visible {
        let detail = "Use 1 to 255 visible characters, such as a UUID.";
        return Err(Problem::field("Idempotency-Key", "invalid-key", detail));
    }
    let parts = &service.parts;
    let now = parts.clock.now();
    let caller = format!("{}/{}", call.actor.kind.as_str(), call.actor.id.as_deref().unwrap_or(""));
    let request = Begin {
        caller: &caller,
        key,
        request_hash: &request_hash,
        expires_at: now.plus(REQUEST_LASTS),
    };
    let begun = parts
        .store
        .write(async |tx| {
            if let Some(record) = idempotency::begin(tx, &request, now, &*parts.entropy).await? {
                return Ok(Begun::New(Ticket(record.id)));
            }
            let first = idempotency::find(tx, &caller, key).await?;
            Ok(first.map_or(Begun::InFlight, |first| met(first, &request_hash, now)))
        })
        .await?;
    Ok(begun)
}

fn met(first: Record, request_hash: &[u8], now: Timestamp) -> Begun {
    if first.request_hash != request_hash {
        return Begun::OtherRequest;
    }
    let Some(answer) = first.answer else {
        let is_waited_for = first.expires_at > now.plus(ANSWER_LASTS).minus(ANSWER_TAKES);
        let lost = first.carried_out.filter(|_| !is_waited_for);
        return lost.map_or(Begun::InFlight, Begun::AnswerLost);
    };
    let stored =
        StoredAnswer { status: answer.status, body: answer.body, location: answer.location };
    if answer.held_secret { Begun::SecretAlreadyReturned(stored) } else { Begun::Replay(stored) }
}

/// Keeps the answer for a day; of one that `holds_secret` no body is kept.
///
/// # Errors
///
/// When the database fails.
pub async fn finish(
    service: &Service,
    ticket: Ticket,
    answer: StoredAnswer,
    holds_secret: bool,
) -> Result<(), Problem> {
    let parts = &service.parts;
    let expires_at = parts.clock.now().plus(ANSWER_LASTS);
    let answer = Answer {
        status: answer.status,
        body: answer.body.filter(|_| !holds_secret),
        location: answer.location,
        held_secret: holds_secret,
    };
    let finished =
        parts.store.write(async |tx| idempotency::finish(tx, ticket.0, &answer, expires_at).await);
    Ok(finished.await?)
}

/// Forgets a request that was refused, so that its key is free again; one that was
/// carried out after all stays.
///
/// # Errors
///
/// When the database fails.
pub async fn abandon(service: &Service, ticket: Ticket) -> Result<(), Problem> {
    Ok(service.parts.store.write(async |tx| idempotency::remove(tx, ticket.0).await).await?)
}

#[cfg(test)]
mod tests;
