//! The protocol endpoints, one module each.

pub(crate) mod authorize;
pub(crate) mod device_authorization;
pub(crate) mod discovery;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod par;
pub(crate) mod protected;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;
