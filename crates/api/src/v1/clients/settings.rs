//! The settings of a client as a body sends them: with a new application, or alone.

/// Adds the settings of a client to the members of a body. `deny_unknown_fields` and
/// `flatten` exclude each other, so they stand in each body itself.
macro_rules! client_settings {
    (
        $(#[$meta:meta])*
        pub(crate) struct $name:ident {
            $($(#[$own_meta:meta])* $own:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($(#[$own_meta])* $own: $type,)*
            /// Where people may be sent back to; compared byte for byte, without wildcards.
            /// The query cannot hold a parameter that the answer brings, such as `code`.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<String>, required = false, max_items = 100)]
            redirect_uris: Option<Vec<String>>,
            /// Where people may be sent after they sign out.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<String>, required = false, max_items = 100)]
            post_logout_redirect_uris: Option<Vec<String>>,
            /// How it may ask for tokens.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<crate::schema::GrantType>, required = false)]
            grant_types: Option<Vec<String>>,
            /// Follows from `grant_types` and may not contradict them; taken so that what was
            /// read can be sent back.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<crate::schema::ResponseType>, required = false)]
            response_types: Option<Vec<String>>,
            /// What it may ask for: scopes of APIs, built-in scopes, permissions of this API.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<String>, required = false, max_items = 64)]
            scopes: Option<Vec<String>>,
            /// What it gets when it asks for nothing.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<String>, required = false, max_items = 64)]
            default_scopes: Option<Vec<String>>,
            /// How it proves who it is.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = crate::schema::TokenEndpointAuthMethod, required = false)]
            token_endpoint_auth_method: Option<String>,
            /// Whether a code flow without PKCE is refused.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            require_pkce: Option<bool>,
            /// Whether people are not asked: a trusted first-party client.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            skip_consent: Option<bool>,
            /// Whether tokens are only issued bound to a key, which the client proves to hold, RFC 9449.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            dpop_bound_access_tokens: Option<bool>,
            /// How long its access tokens live.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = u32, required = false, minimum = 60, maximum = 86400)]
            access_token_lifetime_seconds: Option<u32>,
            /// How long its ID tokens live.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = u32, required = false, minimum = 60, maximum = 86400)]
            id_token_lifetime_seconds: Option<u32>,
            /// What happens to a refresh token that is used.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = crate::schema::RefreshMode, required = false)]
            refresh_mode: Option<String>,
            /// How long an unused refresh token lives.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = u32, required = false, minimum = 60, maximum = 31622400)]
            refresh_token_idle_seconds: Option<u32>,
            /// How long a refresh token lives at most.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = u32, required = false, minimum = 60, maximum = 31622400)]
            refresh_token_absolute_seconds: Option<u32>,
            /// What its ID tokens are signed with.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = crate::schema::SigningAlgorithm, required = false)]
            id_token_signed_response_alg: Option<String>,
            /// What may carry the answers of the authorization endpoint; the `response_mode` of a
            /// request is one of them.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Vec<crate::schema::ResponseMode>, required = false, min_items = 1)]
            response_modes: Option<Vec<String>>,
            /// What those answers are signed with when a request wants them as JWTs, by
            /// `response_mode=jwt` and its like; with `null` it may not.
            #[serde(default, deserialize_with = "crate::schema::patch")]
            #[schema(value_type = Option<crate::schema::SigningAlgorithm>)]
            authorization_signed_response_alg: service::Patch<String>,
            /// Whether it may ask only by requests that it pushed, RFC 9126.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            require_pushed_authorization_requests: Option<bool>,
            /// What its request objects are signed with; ES256, PS256 and `EdDSA` are taken with
            /// `null`.
            #[serde(default, deserialize_with = "crate::schema::patch")]
            #[schema(value_type = Option<crate::schema::AssertionAlgorithm>)]
            request_object_signing_alg: service::Patch<String>,
            /// Whether it may ask only by requests that it signed, RFC 9101; needs `jwks` or
            /// `jwks_uri`.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            require_signed_request_object: Option<bool>,
            /// Its public keys, a JWK Set of at most 32 keys and 16 KiB; they take the place of a
            /// `jwks_uri`. Changing keys needs `secrets:write`.
            #[serde(default, deserialize_with = "crate::schema::patch")]
            #[schema(value_type = Option<Object>)]
            jwks: service::Patch<serde_json::Value>,
            /// The https address of its public keys, which take the place of `jwks`. Keys that
            /// are not known are looked for there, at most once a minute.
            #[serde(default, deserialize_with = "crate::schema::patch")]
            #[schema(value_type = Option<String>, max_length = 2000)]
            jwks_uri: service::Patch<String>,
            /// What its assertions are signed with for `private_key_jwt`; with `null` any but
            /// RS256.
            #[serde(default, deserialize_with = "crate::schema::patch")]
            #[schema(value_type = Option<crate::schema::AssertionAlgorithm>)]
            token_endpoint_auth_signing_alg: service::Patch<String>,
            /// Whether its assertions may name an endpoint as audience instead of the issuer, as
            /// old libraries do; another server could then use one of them here.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            accept_endpoint_audience: Option<bool>,
        }

        impl $name {
            /// The settings, nothing of them checked but their form.
            pub(crate) fn changes(&self) -> service::clients::ClientChanges {
                service::clients::ClientChanges {
                    redirect_uris: self.redirect_uris.clone(),
                    post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
                    grant_types: self.grant_types.clone(),
                    response_types: self.response_types.clone(),
                    scopes: self.scopes.clone(),
                    default_scopes: self.default_scopes.clone(),
                    token_endpoint_auth_method: self.token_endpoint_auth_method.clone(),
                    require_pkce: self.require_pkce,
                    skip_consent: self.skip_consent,
                    dpop_bound_access_tokens: self.dpop_bound_access_tokens,
                    access_token_lifetime_seconds: self.access_token_lifetime_seconds,
                    id_token_lifetime_seconds: self.id_token_lifetime_seconds,
                    refresh_mode: self.refresh_mode.clone(),
                    refresh_token_idle_seconds: self.refresh_token_idle_seconds,
                    refresh_token_absolute_seconds: self.refresh_token_absolute_seconds,
                    id_token_signed_response_alg: self.id_token_signed_response_alg.clone(),
                    response_modes: self.response_modes.clone(),
                    authorization_signed_response_alg: self
                        .authorization_signed_response_alg
                        .clone(),
                    require_pushed_authorization_requests: self
                        .require_pushed_authorization_requests,
                    request_object_signing_alg: self.request_object_signing_alg.clone(),
                    require_signed_request_object: self.require_signed_request_object,
                    jwks: self.jwks.clone(),
                    jwks_uri: self.jwks_uri.clone(),
                    token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg.clone(),
                    accept_endpoint_audience: self.accept_endpoint_audience,
                }
            }
        }
    };
}

pub(crate) use client_settings;
