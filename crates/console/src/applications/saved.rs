//! What is told once a change of how a client proves itself was saved.

use service::clients::UpdatedClient;
use web::flash::Level;

use crate::{
    applications::{Section, Subject},
    failure::Answer,
    guard::Visitor,
    words,
};

/// Leads back to `section`, or to a new secret where the client now needs one; `done` says what
/// was saved, `version` is the one that the form was drawn for.
pub(super) fn saved(
    visitor: &Visitor,
    subject: &Subject,
    section: Section,
    (done, version): (&str, i64),
    updated: &UpdatedClient,
) -> Answer {
    let back = subject.address(section);
    if updated.needs_secret {
        let text = "Saved. This client now needs a secret; generate one.";
        return visitor.told(&subject.below(Section::Keys, "new"), Level::Warn, text);
    }
    if updated.client.version == version {
        return visitor.unchanged(&back);
    }
    match updated.revoked_secrets {
        0 => visitor.done(&back, done),
        number => {
            let ended = words::count(number, "secret was", "secrets were");
            let text = format!("{done} {ended} revoked, as this client no longer uses any.");
            visitor.done(&back, text)
        }
    }
}
