//! The pages of rules about single fields, parameters and headers: what `code` says.

use super::catalogue::Entry;

/// Makes an entry; the title is the rule as a sentence.
const fn rule(
    slug: &'static str,
    title: &'static str,
    cause: &'static str,
    fix: &'static str,
    example: &'static str,
) -> Entry {
    Entry { slug, title, cause, fix, example }
}

/// Every code of a single error that no kind of problem has too.
#[rustfmt::skip]
pub(crate) const FIELDS: &[Entry] = &[
    // What every body and query asks.
    rule("wrong-type", "The value has another type", "The value is of another JSON type than the field, or is null where that means nothing.", "Send the type that the detail and the API document name.", "\"require_pkce\": true, not \"true\""),
    rule("duplicate-field", "A member is there twice", "JSON readers disagree about which of two members of one name counts.", "Send it once.", "{\"name\": \"a\"}"),
    rule("required", "A value is needed", "The field is missing or empty.", "Send it.", "\"name\": \"Photo Printer\""),
    rule("length", "The text is too short or too long", "The number of characters is outside the bounds that the detail names.", "Shorten or lengthen it.", "\"name\": \"Photo Printer\""),
    rule("range", "The number is out of bounds", "The number is outside the bounds that the detail names.", "Choose one inside.", "\"access_token_lifetime_seconds\": 3600"),
    rule("invalid", "The value cannot be taken", "The value breaks the rule that the detail names.", "Change it as the detail says.", "\"identifier\": \"https://photos.example.com/api\""),
    rule("one-line", "The text has to stand on one line", "Names are shown in lists, logs and on the consent page, where line breaks, invisible characters and marks of writing direction could make one pass for another.", "Take line breaks and invisible characters out.", "\"name\": \"Photo Printer\""),
    rule("read-only", "The member cannot be set", "The server sets it. It is taken only as it was read, so that what was read can be sent back whole.", "Send it as it was read, or leave it out.", "\"client_id\": \"app_sbx_1lc0fkuzExgy6Ydu\""),
    rule("taken", "It is taken", "Another one has it already, perhaps in other capitals.", "Choose another.", "\"username\": \"alice2\""),
    rule("duplicate", "It is on the list already", "The list names it twice.", "Send it once.", "\"redirect_uris\": [\"https://app.example.com/callback\"]"),
    rule("too-many", "The list is too long", "The list has more entries than are kept.", "Send fewer.", "At most 100 redirect URIs"),
    rule("in-past", "The time is over already", "Something that ends in the past would never work.", "Choose a time in the future, or leave it out.", "\"expires_at\": \"2030-01-01T00:00:00Z\""),
    rule("invalid-value", "The parameter holds another kind of value", "The value is none that the parameter takes.", "Send one that the API document lists.", "sort=-created_at"),
    rule("one-value", "It was sent more than once", "Two values of one parameter or header contradict each other.", "Send it once.", "type=spa"),
    rule("invalid-key", "The idempotency key cannot be read", "A key has 1 to 255 visible ASCII characters.", "Send one such as a UUID.", "Idempotency-Key: 0f9d7c1e-6f0a-4a7e-9d2b-9e2b8c1d3a55"),
    rule("invalid-cursor", "The cursor belongs to another list", "A cursor leads on in the list, filter and order it was made for. It cannot be changed or made by hand.", "Start again without a cursor.", "GET /api/v1/users?limit=50"),
    rule("filter-required", "Say whose", "Ending everything of everyone at once is never meant.", "Send at least one filter.", "DELETE /api/v1/tokens?user=usr_…"),
    // Names that nothing has.
    rule("unknown-value", "There is no such value", "The field takes one of a few values, and this is none of them.", "Send one that the detail names.", "\"refresh_mode\": \"rotate\""),
    rule("unknown-type", "There is no such kind of application", "The kind of program decides how it proves itself.", "Send web, spa, native, machine or device.", "\"type\": \"spa\""),
    rule("unknown-environment", "There is no such environment", "Clients are for building and trying, or for real people.", "Send sandbox or production.", "\"environment\": \"production\""),
    rule("unknown-status", "There is no such status", "The field takes one of a few values.", "Send one that the detail names.", "\"status\": \"disabled\""),
    rule("unknown-grant-type", "There is no such grant type", "The server does not know a grant type of this name.", "Send authorization_code, refresh_token, client_credentials or urn:ietf:params:oauth:grant-type:device_code.", "\"grant_types\": [\"authorization_code\"]"),
    rule("unknown-response-type", "There is no such response type", "The authorization endpoint sends a code and nothing else.", "Send code, or leave the field out.", "\"response_types\": [\"code\"]"),
    rule("response-type-mismatch", "The response types contradict the grant types", "Response types follow from the grant types: code with authorization_code, none without.", "Leave response_types out, or change grant_types too.", "\"grant_types\": [\"authorization_code\"], \"response_types\": [\"code\"]"),
    rule("unknown-scope", "There is no such scope", "No API has a scope of this name, and it is not built in.", "Add it to its API first, or correct its spelling.", "POST /api/v1/resources/{resource_id}/scopes"),
    rule("unknown-user", "There is no such person", "No account has this identifier.", "List people to find it.", "GET /api/v1/users?q=alice"),
    rule("unknown-permission", "There is no such permission", "The name is none of the server's permissions.", "Send some that the API document lists.", "\"permissions\": [\"apps:read\"]"),
    rule("unknown-role", "There is no such role", "The name is none of the server's roles.", "Send one that the API document lists.", "\"role\": \"developer\""),
    rule("unknown-format", "There is no such token format", "An API takes signed tokens or opaque ones.", "Send jwt or opaque.", "\"token_format\": \"jwt\""),
    rule("not-a-uri", "It is not a full address", "An API is named by an absolute URI without a fragment, which its tokens carry as audience.", "Write it with scheme and host.", "\"identifier\": \"https://photos.example.com/api\""),
    rule("reserved", "The name is the server's own", "Scopes of OpenID Connect, permissions and the server's own address mean something already.", "Choose another.", "\"name\": \"photos.read\""),
    rule("set-by-file", "The configuration file decides", "What the configuration file sets cannot be changed while the server runs.", "Change it in the file and start the server again.", "COUNTERSIGN_GRANTS__CLIENT_CREDENTIALS=false"),
    rule("not-yours", "It is not yours to decide", "The value gives more than the caller has.", "Leave it out, or ask someone who has the permission.", "\"skip_consent\": false"),
    // Redirect URIs.
    rule("not-a-url", "It is not a full address", "A redirect URI is an absolute address; the browser is sent to exactly this text.", "Write it with scheme and host.", "https://app.example.com/callback"),
    rule("no-fragment", "An address cannot contain #", "What follows # never reaches a server, and the answer is put elsewhere.", "Take # and what follows it out.", "https://app.example.com/callback"),
    rule("no-wildcard", "An address cannot contain *", "A pattern would let codes be sent where nobody looked.", "Register each address.", "https://a.example.com/cb and https://b.example.com/cb"),
    rule("no-userinfo", "An address cannot contain a user name", "What stands before @ is often taken for the host.", "Take it out.", "https://app.example.com/callback"),
    rule("plain-host", "The host holds a character that is not allowed", "Browsers write such a host in another way, and addresses are compared byte for byte.", "Write the host in letters, digits, dots and hyphens; names in other scripts as xn--.", "https://app.example.com/callback"),
    rule("forbidden-scheme", "The scheme is not allowed", "Schemes such as javascript and data run what the address says.", "Use https.", "https://app.example.com/callback"),
    rule("answer-parameter", "An address cannot have a parameter that the answer brings", "The server adds code, state, iss and others to the address; one that is there twice may be read wrongly.", "Use another name in the query.", "https://app.example.com/callback?from=partner"),
    rule("private-scheme", "A scheme of an app is a reversed domain", "Short schemes are claimed by many apps on one phone.", "Use a domain that you own, reversed.", "com.example.app:/callback"),
    rule("https-required", "The address has to start with https://", "Over plain http anyone on the way reads the code.", "Use https. In the sandbox http://localhost is fine.", "https://app.example.com/callback"),
    rule("localhost-prod", "An address of this machine is for the sandbox", "In production people are on other machines.", "Register it for the sandbox.", "http://localhost:3000/callback"),
    // What the settings of a client ask of each other.
    rule("code-needs-redirect-uri", "The code grant needs a redirect URI", "Without one the server does not know where to send the code.", "Send a redirect URI in the same call.", "\"redirect_uris\": [\"https://app.example.com/callback\"]"),
    rule("refresh-needs-code", "Refresh works together with a grant of a person", "There is nothing to refresh that a person did not grant.", "Send authorization_code or urn:ietf:params:oauth:grant-type:device_code too.", "\"grant_types\": [\"authorization_code\", \"refresh_token\"]"),
    rule("refresh-mode-none", "The refresh mode issues no token", "The grant type is on and its mode is none.", "Choose rotate or reuse, or take refresh_token out.", "\"refresh_mode\": \"rotate\""),
    rule("public-client-credentials", "Client credentials need a secret", "A program that cannot keep a secret cannot act for itself.", "Use a web or machine application.", "\"type\": \"machine\""),
    rule("public-type", "This kind of program cannot keep a secret", "What runs in a browser or on a phone can be read by whoever holds it.", "Leave token_endpoint_auth_method at none, or register a web application.", "\"token_endpoint_auth_method\": \"none\""),
    rule("public-reuse", "A public client rotates its refresh tokens", "Without a secret, a stolen refresh token that may be reused works for whoever has it, unless it is bound to a key.", "Choose rotate or none, or set dpop_bound_access_tokens.", "\"refresh_mode\": \"rotate\""),
    rule("pkce-required", "PKCE cannot be left out here", "Without a secret, PKCE is what keeps a stolen code from being redeemed.", "Leave require_pkce at true.", "\"require_pkce\": true"),
    rule("keys-needed", "The client's public keys are needed", "With private_key_jwt the server checks a signature, and has no key to check it with.", "Send jwks or jwks_uri in the same call.", "\"jwks_uri\": \"https://app.example.com/jwks.json\""),
    rule("one-key-source", "Keys come from one place", "A set that is sent and a set that is fetched could contradict each other.", "Send jwks or jwks_uri, and null or nothing as the other.", "\"jwks\": null, \"jwks_uri\": \"https://app.example.com/jwks.json\""),
    rule("not-a-key-set", "It is not a JWK Set", "Keys are written as RFC 7517 has them: an object whose member keys is a list.", "Send such an object.", "\"jwks\": {\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"…\", \"y\": \"…\"}]}"),
    rule("private-key", "The key is private or symmetric", "Whoever reads it can sign as the client. It was not kept, but it was sent: make a new one.", "Send the public part only: without d, p, q, dp, dq, qi, oth and k.", "{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"…\", \"y\": \"…\"}"),
    rule("weak-key", "The key is too weak", "Short RSA keys, and exponents such as 1, can be broken.", "Make an RSA key of 2048 to 8192 bits with exponent 65537, or an EC key with curve P-256.", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    rule("not-a-key", "It is not a key", "A member is missing, has another type or another form, or the numbers are no key.", "Send the key as the library that made it writes it.", "{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"…\"}"),
    rule("no-usable-key", "No key makes signatures that are taken", "The keys are for encryption, or of a kind or algorithm that is not taken.", "Send an EC key with curve P-256, an Ed25519 key or an RSA key; for RS256 set token_endpoint_auth_signing_alg.", "\"token_endpoint_auth_signing_alg\": \"RS256\""),
    rule("scope-not-allowed", "A default scope has to be allowed", "The client cannot get by default what it may not ask for.", "Add it to scopes, or take it out of default_scopes.", "\"scopes\": [\"photos.read\"], \"default_scopes\": [\"photos.read\"]"),
    rule("invalid-scope", "The name of a scope holds a character that is not allowed", "Scope names have 1 to 128 printable ASCII characters without blank, comma, plus, quote and backslash, as these separate names.", "Use letters, digits, dot, colon and hyphen.", "photos.read"),
    rule("not-a-link", "The address cannot be linked to", "Pages link to it, so it has to be https and without a user name.", "Send an https address.", "https://printer.example.com/privacy"),
    // Accounts and passwords.
    rule("invalid-username", "The user name holds a character that is not allowed", "A user name has 1 to 64 characters without blanks and @, so that it is never taken for an address.", "Take blanks and @ out.", "alice"),
    rule("invalid-email", "The address has another form", "Mail could not be sent there.", "Send an address such as name@example.com.", "alice@example.com"),
    rule("username", "The user name holds a character that is not allowed", "A user name has 1 to 64 characters without blanks and @.", "Take blanks and @ out.", "alice"),
    rule("email", "The address has another form", "Mail could not be sent there.", "Send an address such as name@example.com.", "alice@example.com"),
    rule("too-short", "The password is too short", "Short passwords are guessed.", "Use a few words that you can remember.", "four random words in a row"),
    rule("too-long", "The text is too long", "More characters were sent than are taken.", "Shorten it.", "At most the number that the detail names"),
    rule("too-simple", "The password repeats itself or is a row of keys", "Such passwords are tried first.", "Use a few words that have nothing to do with each other.", "four random words in a row"),
    rule("known-words", "The password is made of what everyone knows", "Names, addresses and the name of the server are tried first.", "Use other words.", "four random words in a row"),
    rule("control-character", "The password holds a control character", "Tabs and line ends cannot be typed into a form.", "Take them out.", "four random words in a row"),
];
