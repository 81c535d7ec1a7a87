//! Metadata that tells the truth: [OpenID Connect Discovery] and [RFC 8414].
//!
//! [OpenID Connect Discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
//! [RFC 8414]: https://www.rfc-editor.org/rfc/rfc8414#section-2

use domain::{BUILT_IN_SCOPES, IdTokenAlg};
use protocol::{ClientAuthMethod, GrantType, Prompt};
use serde_json::{Value, json};
use store::StoreError;

use crate::Engine;

/// The claims that ID tokens and userinfo can hold.
const CLAIMS: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "amr",
    "sid",
    "name",
    "preferred_username",
    "updated_at",
    "email",
    "email_verified",
];

impl Engine {
    /// The metadata document, which both well-known addresses show.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn metadata(&self) -> Result<Value, StoreError> {
        let switches = self.switches(self.now()).await?;
        let grants: Vec<_> = GrantType::ALL.into_iter().filter(|it| switches.is_on(*it)).collect();
        let base = self.issuer().trim_end_matches('/');
        let at = |path: &str| format!("{base}{path}");
        let confidential: Vec<_> =
            ClientAuthMethod::ALL.into_iter().filter(|it| it.needs_secret()).collect();
        Ok(json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/jwks"),
            "revocation_endpoint": at("/revoke"),
            "introspection_endpoint": at("/introspect"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": grants,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [IdTokenAlg::Es256, IdTokenAlg::Rs256],
            "scopes_supported": BUILT_IN_SCOPES.map(|it| it.name),
            "claims_supported": CLAIMS,
            "claim_types_supported": ["normal"],
            "token_endpoint_auth_methods_supported": ClientAuthMethod::ALL,
            "revocation_endpoint_auth_methods_supported": ClientAuthMethod::ALL,
            "introspection_endpoint_auth_methods_supported": confidential,
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": Prompt::ALL.map(Prompt::as_str),
            "authorization_response_iss_parameter_supported": true,
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        }))
    }
}

#[cfg(test)]
mod tests {
    use domain::GrantSwitches;
    use serde_json::json;
    use store::repo::settings;

    use super::*;
    use crate::testing::{ISSUER, World};

    #[tokio::test]
    async fn a_grant_that_is_switched_off_is_not_listed() {
        let world = World::new().await;
        let all = world.engine.metadata().await.unwrap();
        assert_eq!(all["issuer"], ISSUER);
        assert_eq!(all["token_endpoint"], "https://id.test/token");
        assert_eq!(
            all["grant_types_supported"],
            json!(["authorization_code", "refresh_token", "client_credentials"])
        );

        let mut switches = GrantSwitches::default();
        switches.set(GrantType::ClientCredentials, false);
        let now = world.engine.now();
        world
            .store()
            .write(async |tx| {
                tx.invalidate_caches();
                settings::put_grant_switches(tx, &switches, 0, now).await
            })
            .await
            .unwrap();

        let fewer = world.engine.metadata().await.unwrap();
        let listed = &fewer["grant_types_supported"];
        assert_eq!(*listed, json!(["authorization_code", "refresh_token"]));
    }
}
