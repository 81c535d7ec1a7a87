//! The authorization endpoint: from a request, over the pages people see, to a code.
//!
//! A request comes itself or was pushed before. It is first unverified: nobody knows whether its redirect
//! URI may be trusted, so what is wrong with it is told on a page. Only what was
//! checked holds a [`TrustedRedirectUri`], and from there errors go to the client.

mod begin;
mod channel;
mod consent;
mod hint;
mod issue_code;
mod push;
mod record;
mod refusal;
mod request_object;
mod response;
mod resume;
mod source;
mod unverified;
mod verified;
mod view;

use std::fmt;

use domain::{BrowserSession, Id, RequestFacts, Timestamp, User};

pub use begin::{Begun, begin};
pub(crate) use consent::approved;
pub use consent::{Choice, Decision, decide_consent};
pub use push::{PushRefusal, Pushed, push};
pub(crate) use record::decided;
pub use refusal::{PageRefusal, PkceFault, Refusal, ScopeFault};
pub use request_object::RequestObjectFault;
pub use response::{AuthorizationResponse, Delivery, TrustedRedirectUri};
pub use resume::{Gone, Step, resume};
pub(crate) use view::scope_views;
pub use view::{ClientView, ConsentView, LogInView, ScopeView};

/// Who asks, and through which browser.
#[derive(Clone)]
pub struct Visitor {
    /// Who is signed in there, if anyone.
    pub signed_in: Option<SignedInPerson>,
    /// The cookie by which the browser is known again; a request that waits does
    /// nothing in another.
    pub browser: String,
    /// What is known of the request.
    pub facts: RequestFacts,
}

/// A person who is signed in, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInPerson {
    /// Who.
    pub user_id: Id<User>,
    /// In which session.
    pub session_id: Id<BrowserSession>,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// How, RFC 8176 values.
    pub amr: Vec<String>,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("signed_in", &self.signed_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
