//! JWT client authentication, RFC 7523 sections 2.2 and 3. Rows CA-01 to CA-03, CA-07 to CA-09,
//! RL-07 and RL-09 to RL-12.

mod assertions;
mod key_sets;
mod management;
mod races;

use harness::{Answer, ClientKey, RelyingParty, TestServer};
use serde_json::{Value, json};

/// A client that proves itself with a key.
struct Signer {
    rp: RelyingParty,
    key: ClientKey,
}

impl Signer {
    /// A machine whose key was registered, with `more` settings.
    async fn machine(server: &TestServer, more: Value) -> Self {
        server.photos_api("jwt").await;
        let key = ClientKey::generate("k1");
        Self::with(server, key, |jwks| json!({ "jwks": jwks }), more).await
    }

    /// A machine with `key`, which is told by `keys`.
    async fn with(
        server: &TestServer,
        key: ClientKey,
        keys: impl FnOnce(Value) -> Value,
        more: Value,
    ) -> Self {
        let mut settings = keys(key.jwks());
        settings["scopes"] = json!(["resource.read"]);
        settings["token_endpoint_auth_method"] = "private_key_jwt".into();
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        Self { rp: server.register("machine", settings).await, key }
    }

    /// The claims that everything is right about.
    fn claims(&self, server: &TestServer) -> Value {
        ClientKey::claims(&self.rp.client_id, &server.url, server.now())
    }

    /// An assertion that everything is right about.
    fn assertion(&self, server: &TestServer) -> String {
        self.key.sign(&self.key.header(), &self.claims(server))
    }

    /// An assertion with one claim changed; `null` takes it away.
    fn bent(&self, server: &TestServer, name: &str, value: &Value) -> String {
        let mut claims = self.claims(server);
        claims[name] = value.clone();
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.key.sign(&self.key.header(), &claims)
    }

    /// Asks for a token with this assertion.
    async fn ask(&self, server: &TestServer, assertion: &str) -> Answer {
        let grant = [("grant_type", "client_credentials"), ("scope", "resource.read")];
        post(server, "/token", assertion, &grant).await
    }
}

/// Posts to an endpoint with an assertion and these more parameters.
async fn post(server: &TestServer, path: &str, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let mut parameters =
        vec![("client_assertion_type", ClientKey::JWT_BEARER), ("client_assertion", assertion)];
    parameters.extend_from_slice(more);
    server.send(server.request(reqwest::Method::POST, path).form(&parameters)).await
}
