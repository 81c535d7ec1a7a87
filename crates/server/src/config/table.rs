//! The one list of what can be configured.

use super::{
    Fallback::{self, Unset, Value},
    Key, Kind,
    Support::{self, Now, Reserved},
};

const fn key(
    name: &'static str,
    kind: Kind,
    fallback: Fallback,
    example: &'static str,
    meaning: &'static str,
) -> Key {
    Key { name, kind, fallback, example, support: Now, meaning }
}

const fn switch(name: &'static str, fallback: &'static str, meaning: &'static str) -> Key {
    let example = if fallback.len() == "true".len() { "false" } else { "true" };
    key(name, Kind::Flag, Value(fallback), example, meaning)
}

const fn reserved(key: Key) -> Key {
    let support: Support = Reserved;
    Key { support, ..key }
}

/// Every key there is, section by section.
pub const KEYS: &[Key] = &[
    key(
        "server.listen",
        Kind::Text,
        Value("127.0.0.1:8080"),
        "\"127.0.0.1:0\"",
        "The address and port to serve on. Port 0 picks a free one; the first line on standard \
         output says which. An address that other machines can reach needs server.tls, or \
         server.trusted_proxies when a proxy in front ends TLS.",
    ),
    key(
        "server.public_url",
        Kind::Text,
        Value("http://localhost:8080"),
        "\"https://id.example.com\"",
        "The issuer, byte for byte, and the beginning of every link: scheme and host, a port if \
         it is not the scheme's own, no path and no slash at the end. It must be https unless \
         the host is this machine's loopback. Where it is not set, the port is that of \
         server.listen.",
    ),
    key(
        "server.trusted_proxies",
        Kind::List,
        Value(""),
        "[\"10.0.0.0/8\", \"192.0.2.7\"]",
        "The networks and addresses of proxies whose forwarded headers count. Headers from \
         anyone else are ignored.",
    ),
    key(
        "server.workers",
        Kind::Number,
        Unset("one for each CPU"),
        "4",
        "How many threads answer requests.",
    ),
    key(
        "server.tls.cert_file",
        Kind::File,
        Unset("plain http is served"),
        "\"/etc/countersign/tls.crt\"",
        "The certificate chain to serve https with, as PEM, the server's own certificate first. \
         TLS 1.3 is spoken, and TLS 1.2 with ECDHE and AES-GCM only.",
    ),
    key(
        "server.tls.key_file",
        Kind::File,
        Unset("plain http is served"),
        "\"/etc/countersign/tls.key\"",
        "The private key of the certificate in server.tls.cert_file, as PEM.",
    ),
    reserved(key(
        "server.mtls.listen",
        Kind::Text,
        Unset("no second listener"),
        "\"127.0.0.1:8443\"",
        "The address of a second listener that asks for client certificates.",
    )),
    key(
        "database.url",
        Kind::Secret,
        Value("sqlite://data/countersign.db"),
        "\"postgres://countersign@db.example.com/countersign\"",
        "The database: sqlite:// and a file, or postgres:// and a server.",
    ),
    key(
        "database.url_file",
        Kind::File,
        Unset("database.url holds"),
        "\"/run/secrets/database_url\"",
        "A file that holds database.url, so that a password need not stand here.",
    ),
    key(
        "database.migrate_on_start",
        Kind::Flag,
        Unset("true for SQLite, false for PostgreSQL"),
        "true",
        "Whether serve applies missing migrations before it starts. Where it does not, run \
         countersign migrate up.",
    ),
    key(
        "keys.master_key",
        Kind::Secret,
        Unset("keys.master_key_file holds"),
        "\"1:<32 bytes in base64url>\"",
        "The master keys themselves, written as in the master key file, for places that hand \
         out secrets as environment variables only.",
    ),
    key(
        "keys.master_key_file",
        Kind::File,
        Value("data/master.key"),
        "\"/etc/countersign/master.key\"",
        "The file of master keys, a line for each key, the active one first. Everything sealed \
         in the database opens with these alone, so keep a copy apart from the backups. \
         countersign init makes it; serve makes it too when everything is at its default and \
         there is no database yet.",
    ),
    key(
        "mail.url",
        Kind::Secret,
        Unset("mail is written to the log"),
        "\"smtps://countersign:password@mail.example.com\"",
        "The mail server, smtp:// or smtps://. mail.from must be set with it.",
    ),
    key(
        "mail.url_file",
        Kind::File,
        Unset("mail.url holds"),
        "\"/run/secrets/mail_url\"",
        "A file that holds mail.url.",
    ),
    key(
        "mail.from",
        Kind::Text,
        Unset("needed when mail.url is set"),
        "\"Countersign <no-reply@example.com>\"",
        "The sender of every mail.",
    ),
    switch(
        "limits.enabled",
        "true",
        "Whether guesses and floods are slowed down: wrong passwords of an account and of an \
         address, wrong proofs of a client, typed device codes of a person and of an address, and \
         requests that wait for a person. Addresses are counted on each node, IPv6 by /64; over a \
         limit the answer is 429 with Retry-After. So server.trusted_proxies must name the \
         proxies, or all their clients are one address.",
    ),
    switch(
        "outbound.allow_private_networks",
        "false",
        "Whether the server fetches documents at addresses that clients register, such as their \
         jwks_uri, from loopback and private networks too. Whoever registers a client can then \
         have it ask hosts that only it can reach.",
    ),
    key(
        "outbound.ca_file",
        Kind::File,
        Unset("the system's certificate authorities"),
        "\"/etc/countersign/ca.pem\"",
        "The certificate authorities that those fetches trust instead, as PEM.",
    ),
    reserved(switch(
        "legacy.implicit",
        "false",
        "Whether clients can be allowed the implicit grant.",
    )),
    reserved(switch("legacy.hybrid", "false", "Whether clients can be allowed hybrid flows.")),
    reserved(switch(
        "legacy.password_grant",
        "false",
        "Whether clients can be allowed the password grant.",
    )),
    reserved(switch(
        "legacy.plain_pkce",
        "false",
        "Whether clients can be allowed the plain PKCE method.",
    )),
    switch(
        "grants.authorization_code",
        "true",
        "The global switch of the authorization code grant. Set here, it wins over the control \
         center, which then says so.",
    ),
    switch(
        "grants.refresh_token",
        "true",
        "The global switch of the refresh token grant. Set here, it wins over the control \
         center, which then says so.",
    ),
    switch(
        "grants.client_credentials",
        "true",
        "The global switch of the client credentials grant. Set here, it wins over the control \
         center, which then says so.",
    ),
    switch(
        "grants.device_code",
        "true",
        "The global switch of the device code grant. Set here, it wins over the control \
         center, which then says so.",
    ),
    switch(
        "compat.wso2_paths",
        "true",
        "Whether the endpoints also answer under the paths of WSO2, such as /oauth2/token.",
    ),
    switch(
        "compat.axway_paths",
        "false",
        "Whether the endpoints also answer under the paths of Axway, such as /api/oauth/token.",
    ),
    switch(
        "compat.akamai_paths",
        "false",
        "Whether the endpoints also answer under the paths of Akamai, such as /v1/token.",
    ),
    switch(
        "sample_resource.enabled",
        "false",
        "Whether the sample protected resource answers at /oauth/protected. demo turns it on.",
    ),
    reserved(switch(
        "test_hooks.enabled",
        "false",
        "Whether the hooks for conformance runs answer.",
    )),
    reserved(key(
        "metrics.listen",
        Kind::Text,
        Unset("no metrics"),
        "\"127.0.0.1:9090\"",
        "The address of the listener that serves metrics.",
    )),
];
