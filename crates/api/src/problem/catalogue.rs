//! What `/problems/{slug}` tells: cause, fix and example of every problem and every rule.

use super::{Kind, conflicts::CONFLICTS, fields::FIELDS};

/// What is told of one problem or rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// What `type` ends in, or the `code` of an error.
    pub(crate) slug: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) fix: &'static str,
    pub(crate) example: &'static str,
}

/// Every problem and rule: kinds, conflicts, then rules of fields.
pub(crate) fn all() -> impl Iterator<Item = Entry> {
    let kinds = KINDS.iter().map(|(kind, [cause, fix, example])| Entry {
        slug: kind.slug(),
        title: kind.title(),
        cause,
        fix,
        example,
    });
    kinds.chain(CONFLICTS.iter().copied()).chain(FIELDS.iter().copied())
}

/// What is told of `slug`.
pub(crate) fn find(slug: &str) -> Option<Entry> {
    all().find(|entry| entry.slug == slug)
}

/// Cause, fix and example of every kind.
#[rustfmt::skip]
const KINDS: &[(Kind, [&str; 3])] = &[
    (Kind::MalformedJson, [
        "The body is empty or breaks the grammar of JSON, or text in it is not UTF-8. The detail names line and column.",
        "Have a JSON library write the body instead of putting it together as text.",
        "{\"name\": \"Photo Printer\"}",
    ]),
    (Kind::UnknownField, [
        "The body has a member that this operation does not take. Members that the server sets, such as id and created_at, cannot be sent.",
        "Take the member out that the pointer names, or correct its spelling. The API document lists what is taken.",
        "redirect_uris, not redirectUris",
    ]),
    (Kind::UnknownParameter, [
        "The query has a parameter that this operation does not take. It is refused because a filter that is ignored shows too much.",
        "Take it out or correct its spelling.",
        "GET /api/v1/applications?type=spa&limit=50",
    ]),
    (Kind::InvalidParameter, [
        "A parameter was sent twice or holds a value that the operation cannot take.",
        "Change what the errors name.",
        "limit=50, from=2026-11-18T00:00:00Z, sort=-created_at",
    ]),
    (Kind::InvalidHeader, [
        "A header was sent twice or holds a value that cannot be read.",
        "Change what the errors name.",
        "If-Match: \"v3\"",
    ]),
    (Kind::BadRequest, [
        "The HTTP request cannot be understood.",
        "Check the address and the headers.",
        "GET /api/v1/applications HTTP/1.1",
    ]),
    (Kind::Unauthorized, [
        "No API key or access token was sent, or it is wrong, expired, revoked or meant for another audience. Cookies do not count.",
        "Send an API key, or an access token whose audience is the address of this API.",
        "Authorization: Bearer cs_api_…",
    ]),
    (Kind::Forbidden, [
        "The key or token works, but lacks the permission that the detail names. A token of a person has those permissions that both its scopes and the person's role hold.",
        "Ask an owner for a key with the permission, or have the client ask for the scope of the same name.",
        "countersign api-key create --name deploy --permission apps:write",
    ]),
    (Kind::NotFound, [
        "Nothing with this identifier or at this address exists, or it is not the caller's to see. The two are not told apart.",
        "Check the identifier and its prefix: app_ for applications, usr_ for people.",
        "GET /api/v1/applications/app_01k9xw3v5n8qj2m4r6t7p0abcd",
    ]),
    (Kind::MethodNotAllowed, [
        "The address exists, but not for this method. The header Allow lists those that it takes.",
        "Use one of them.",
        "PATCH /api/v1/applications/{application_id}",
    ]),
    (Kind::Conflict, [
        "What is asked for does not fit the state of things. The type of the problem names the rule.",
        "Read the detail.",
        "409 Conflict",
    ]),
    (Kind::InFlight, [
        "Another request with the same Idempotency-Key is being worked on.",
        "Wait for its answer, or send the request again in a second.",
        "Retry-After: 1",
    ]),
    (Kind::SecretAlreadyReturned, [
        "The request was carried out before, and its answer held a secret. Only a digest of it is kept, so it cannot be told again. The location is where what was made is.",
        "If the first answer got lost, revoke what was made and make another with a new key. Machines can do without a shared secret: private_key_jwt.",
        "DELETE /api/v1/api-keys/{key_id}, then POST /api/v1/api-keys",
    ]),
    (Kind::AnswerLost, [
        "A request with this Idempotency-Key was carried out, and the server or its connection to the database broke before the answer was kept. The detail names what it was done to.",
        "Look whether what you wanted is there. If a secret got lost with the answer, revoke it and make another with a new key.",
        "GET /api/v1/audit-events?target=app_01k9xw3v5n8qj2m4r6t7p0abcd",
    ]),
    (Kind::Stale, [
        "The version in If-Match is not the one that is stored: someone changed it in between. The header ETag tells the version that is, without what it holds.",
        "Read it again, look at what changed, and repeat your change with the new ETag.",
        "GET, then PATCH with If-Match: \"v4\"",
    ]),
    (Kind::BodyTooLarge, [
        "The body is longer than one MiB.",
        "Send less at once.",
        "Two calls with half of the list each.",
    ]),
    (Kind::UnsupportedMediaType, [
        "The body is not sent as JSON in UTF-8.",
        "Send Content-Type: application/json; with PATCH also application/merge-patch+json.",
        "Content-Type: application/merge-patch+json",
    ]),
    (Kind::Validation, [
        "Fields of the body hold values that break a rule. Each error has a pointer to the field, the rule's name and a sentence.",
        "Change every field that is named; the page of the rule says how.",
        "{\"pointer\": \"#/redirect_uris/1\", \"code\": \"https-required\"}",
    ]),
    (Kind::KeyReused, [
        "The same Idempotency-Key was sent with another address or body in the last 24 hours.",
        "Make a new key for each thing to be done, and repeat it only with the very same request.",
        "Idempotency-Key: 0f9d7c1e-6f0a-4a7e-9d2b-9e2b8c1d3a55",
    ]),
    (Kind::PreconditionRequired, [
        "A change has to say which version it is meant for, so that nobody's change is lost.",
        "Read the thing first and send its ETag as If-Match. An asterisk does not count.",
        "If-Match: \"v3\"",
    ]),
    (Kind::TooManyRequests, [
        "More calls came than are taken in this time.",
        "Wait as long as Retry-After says, and spread the calls.",
        "Retry-After: 12",
    ]),
    (Kind::Internal, [
        "Something broke that was not the caller's fault. The log has more under the trace ID.",
        "Send the request again. If it stays, give the trace ID to the people who run this server.",
        "X-Request-Id: 4bf92f3577b34da6",
    ]),
    (Kind::Busy, [
        "More passwords wait to be hashed than the server takes on, or another request changes the same thing at this moment. Nothing was changed.",
        "Send the request again after Retry-After.",
        "Retry-After: 2",
    ]),
    (Kind::Unavailable, [
        "The database or something else the server needs does not answer. As a rule nothing was changed; if the connection broke at the very end, it was.",
        "Send the request again after Retry-After; with POST, with the same Idempotency-Key, which is never carried out twice.",
        "Retry-After: 5",
    ]),
];

#[cfg(test)]
mod tests;
