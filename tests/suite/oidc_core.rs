//! OpenID Connect Core 1.0, the code flow.

mod id_token;
mod id_token_hint;
mod prompt;
mod userinfo;
