//! Metadata that tells the truth: [OpenID Connect Discovery] and [RFC 8414].
//!
//! [OpenID Connect Discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
//! [RFC 8414]: https://www.rfc-editor.org/rfc/rfc8414#section-2

use domain::{BUILT_IN_SCOPES, IdTokenAlg, JwsAlg};
use protocol::{ClientAuthMethod, DPOP_ALGORITHMS, GrantType, Prompt, ResponseMode};
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
            ClientAuthMethod::ALL.into_iter().filter(|it| it.is_confidential()).collect();
        let has_codes = switches.is_on(GrantType::AuthorizationCode);
        // Required of every server, so it is there even when it holds nothing.
        let response_types: &[&str] = if has_codes { &["code"] } else { &[] };
        let mut metadata = json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/jwks"),
            "revocation_endpoint": at("/revoke"),
            "introspection_endpoint": at("/introspect"),
            "end_session_endpoint": at("/logout"),
            "response_types_supported": response_types,
            "grant_types_supported": grants,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [IdTokenAlg::Es256, IdTokenAlg::Rs256],
            "scopes_supported": BUILT_IN_SCOPES.map(|it| it.name),
            "claims_supported": CLAIMS,
            "claim_types_supported": ["normal"],
            "token_endpoint_auth_methods_supported": ClientAuthMethod::ALL,
            "revocation_endpoint_auth_methods_supported": ClientAuthMethod::ALL,
            "introspection_endpoint_auth_methods_supported": confidential,
            "token_endpoint_auth_signing_alg_values_supported": JwsAlg::ALL,
            "revocation_endpoint_auth_signing_alg_values_supported": JwsAlg::ALL,
            "introspection_endpoint_auth_signing_alg_values_supported": JwsAlg::ALL,
            "authorization_response_iss_parameter_supported": true,
            "dpop_signing_alg_values_supported": DPOP_ALGORITHMS,
            "claims_parameter_supported": false,
            "request_parameter_supported": has_codes,
            "request_uri_parameter_supported": false,
        });
        let devices = metadata.as_object_mut().filter(|_| switches.is_on(GrantType::DeviceCode));
        if let Some(members) = devices {
            let endpoint = at("/device_authorization");
            members.insert("device_authorization_endpoint".to_owned(), endpoint.into());
        }
        // Other lists without an entry are left out, as RFC 8414 section 3.2 says.
        if let Some(members) = metadata.as_object_mut().filter(|_| has_codes) {
            let mut add = |name: &str, list: Value| members.insert(name.to_owned(), list);
            add("response_modes_supported", json!(ResponseMode::NAMES));
            add("authorization_signing_alg_values_supported", json!(IdTokenAlg::ALL));
            add("pushed_authorization_request_endpoint", json!(at("/par")));
            add("require_pushed_authorization_requests", json!(false));
            add("request_object_signing_alg_values_supported", json!(JwsAlg::ALL));
            add("require_signed_request_object", json!(false));
            add("code_challenge_methods_supported", json!(["S256"]));
            add("prompt_values_supported", json!(Prompt::ALL.map(Prompt::as_str)));
        }
        Ok(metadata)
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
            json!([
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code"
            ])
        );

        switch_off(&world, GrantType::ClientCredentials).await;

        let fewer = world.engine.metadata().await.unwrap();
        let listed = &fewer["grant_types_supported"];
        assert_eq!(
            *listed,
            json!([
                "authorization_code",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:device_code"
            ])
        );
    }

    #[tokio::test]
    async fn without_the_code_grant_nothing_about_codes_is_promised() {
        let world = World::new().await;
        let all = world.engine.metadata().await.unwrap();
        assert_eq!(all["response_types_supported"], json!(["code"]));
        assert_eq!(all["response_modes_supported"], json!(ResponseMode::NAMES));
        assert_eq!(all["pushed_authorization_request_endpoint"], "https://id.test/par");
        assert_eq!(all["code_challenge_methods_supported"], json!(["S256"]));
        assert!(all["prompt_values_supported"].is_array());

        switch_off(&world, GrantType::AuthorizationCode).await;

        let fewer = world.engine.metadata().await.unwrap();
        assert_eq!(fewer["response_types_supported"], json!([]));
        for left_out in [
            "response_modes_supported",
            "authorization_signing_alg_values_supported",
            "pushed_authorization_request_endpoint",
            "require_pushed_authorization_requests",
            "request_object_signing_alg_values_supported",
            "require_signed_request_object",
            "code_challenge_methods_supported",
            "prompt_values_supported",
        ] {
            assert_eq!(fewer.get(left_out), None, "{left_out}");
        }
    }

    async fn switch_off(world: &World, grant_type: GrantType) {
        let mut switches = GrantSwitches::default();
        switches.set(grant_type, false);
        let now = world.engine.now();
        world
            .store()
            .write(async |tx| {
                tx.invalidate_caches();
                settings::put_grant_switches(tx, &switches, 0, now).await
            })
            .await
            .unwrap();
    }
}
