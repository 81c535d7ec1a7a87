//! What the audit trail learns of a request.

use actix_web::{HttpRequest, http::header::USER_AGENT};
use domain::audit::RequestFacts;

use crate::{ClientAddress, RequestId};

/// The longest that a browser may call itself.
const MAX_AGENT: usize = 256;

/// Where `request` came from, for operations to write down.
#[must_use]
pub fn request_facts(request: &HttpRequest) -> RequestFacts {
    let agent = request.headers().get(USER_AGENT).and_then(|it| it.to_str().ok());
    RequestFacts {
        address: ClientAddress::of(request).map(|it| it.0),
        // It is ASCII, so no character is cut.
        user_agent: agent.map(|it| it.get(..MAX_AGENT).unwrap_or(it).to_owned()),
        request_id: RequestId::of(request).map(|it| it.to_string()),
    }
}
