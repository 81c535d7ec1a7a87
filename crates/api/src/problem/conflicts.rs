//! The pages of rules that are about the state of things, not about a field.

use super::catalogue::Entry;

/// Each is the `type` of a 409.
pub(crate) const CONFLICTS: &[Entry] = &[
    Entry {
        slug: "client-exists",
        title: "The environment has a client already",
        cause: "PUT makes the client of an environment that has none. It never overwrites one, as its settings are in use.",
        fix: "Change it with PATCH.",
        example: "PATCH /api/v1/applications/{application_id}/clients/production",
    },
    Entry {
        slug: "no-secret",
        title: "The client does not keep a secret",
        cause: "The client proves itself with a key of its own, or with PKCE alone, because a browser or a phone cannot keep a secret.",
        fix: "Nothing is needed. If the program runs on a server, set token_endpoint_auth_method to client_secret_basic first.",
        example: "{\"token_endpoint_auth_method\": \"client_secret_basic\"}",
    },
    Entry {
        slug: "too-many-secrets",
        title: "The client has too many secrets",
        cause: "A client can have a few secrets at once, so that they can be rotated without a gap. It has that many.",
        fix: "Revoke those that are no longer used; last_used_at tells which.",
        example: "DELETE …/clients/production/secrets/{secret_id}",
    },
    Entry {
        slug: "secret-ended",
        title: "The secret has ended",
        cause: "The secret was revoked or its time is over, so there is nothing to replace.",
        fix: "Generate a new one.",
        example: "POST …/clients/production/secrets",
    },
    Entry {
        slug: "in-use",
        title: "It is still in use",
        cause: "Clients may still ask for it. The detail names them.",
        fix: "Take the scopes from those clients first.",
        example: "PATCH …/clients/sandbox with {\"scopes\": [\"openid\"]}",
    },
    Entry {
        slug: "last-owner",
        title: "The last owner stays",
        cause: "Without an owner nobody could give permissions any more.",
        fix: "Make someone else an owner first.",
        example: "PATCH /api/v1/users/{user_id} with {\"role\": \"owner\"}",
    },
    Entry {
        slug: "own-account",
        title: "Not with your own account",
        cause: "Nobody locks or removes their own account, or changes their own role: it would lock them out halfway.",
        fix: "Ask another administrator.",
        example: "Another owner sends the same request.",
    },
    Entry {
        slug: "locked",
        title: "The person is locked",
        cause: "A locked person cannot sign in, so a link to set a password would lead nowhere.",
        fix: "Unlock the person first.",
        example: "PATCH /api/v1/users/{user_id} with {\"status\": \"active\"}",
    },
    Entry {
        slug: "owns-applications",
        title: "The person answers for applications",
        cause: "Applications would be left without anyone who answers for them.",
        fix: "Give the applications to someone else first.",
        example: "PATCH /api/v1/applications/{application_id} with {\"owner\": \"usr_…\"}",
    },
];
