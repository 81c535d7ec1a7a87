//! OpenID Connect Core 1.0, the code flow.

mod id_token;
mod prompt;
mod userinfo;
