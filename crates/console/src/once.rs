//! Forms whose answer holds a secret: sent twice, they act once.
//!
//! The answer is the page itself, as a redirect would need to keep the secret
//! somewhere. A hidden value, used up by the first answer, tells a reload or a
//! second click from a new wish.

use domain::Entropy;
use service::{
    Call, Problem,
    idempotency::{self, Begun, StoredAnswer, Ticket},
};
use web::PageError;

use crate::{failure::Failure, guard::Visitor};

/// Whether a form is sent for the first time.
pub(crate) enum Turn {
    /// It is; the ticket is handed back with the answer.
    First(Ticket),
    /// It was sent before; where the first answer belongs, if that is known.
    Again(Option<String>),
}

/// A hidden value for one form on one page.
pub(crate) fn nonce(entropy: &dyn Entropy) -> String {
    format!("{:032x}", u128::from_be_bytes(entropy.bytes::<16>()))
}

/// Takes the turn of the form `name` that carries `nonce`.
pub(crate) async fn turn(visitor: &Visitor, name: &str, nonce: &str) -> Result<Turn, Failure> {
    if nonce.len() != 32 || !nonce.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(PageError::BadForm.into());
    }
    let key = format!("console:{name}:{nonce}");
    Ok(match idempotency::begin(&visitor.service, &visitor.call, &key, [0; 32]).await? {
        Begun::New(ticket) => Turn::First(ticket),
        Begun::Replay(answer) | Begun::SecretAlreadyReturned(answer) => {
            Turn::Again(answer.location)
        }
        Begun::OtherRequest | Begun::InFlight | Begun::AnswerLost(_) => Turn::Again(None),
    })
}

/// The visitor's call, tied to the turn: what it does is done once, whatever becomes of the page.
pub(crate) fn call(visitor: &Visitor, ticket: &Ticket) -> Call {
    Call { claim: Some(ticket.claim()), ..visitor.call.clone() }
}

/// Uses the ticket up; `location` is where the first answer belongs.
///
/// What was made is made: a failure here is logged and the secret shown all the same.
pub(crate) async fn spend(visitor: &Visitor, ticket: Ticket, location: &str) {
    let answer = StoredAnswer { status: 200, body: None, location: Some(location.to_owned()) };
    if let Err(problem) = idempotency::finish(&visitor.service, ticket, answer, true).await {
        tracing::error!(error = web::errors::chain(&problem), "a form cannot be marked as sent");
    }
}

/// Gives the ticket back: nothing was made, and the form may be sent again.
pub(crate) async fn give_back(visitor: &Visitor, ticket: Ticket) -> Result<(), Problem> {
    idempotency::abandon(&visitor.service, ticket).await
}
