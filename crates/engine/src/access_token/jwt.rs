//! Reading our own JWT access tokens, [RFC 9068 section 4].
//!
//! [RFC 9068 section 4]: https://www.rfc-editor.org/rfc/rfc9068#section-4

use domain::{BrowserSession, Grant, Id, Timestamp};
use jose::{Claims, InvalidClaim, KeySet};
use protocol::{ClientId, JwkThumbprint, Scope};

/// A token whose signature fits and whose claims are ours.
#[derive(Debug)]
pub(super) struct SignedToken {
    pub(super) kid: String,
    pub(super) subject: String,
    pub(super) client_id: ClientId,
    pub(super) scope: Scope,
    pub(super) audience: Vec<String>,
    pub(super) key: Option<JwkThumbprint>,
    pub(super) jti: String,
    pub(super) grant_id: Option<Id<Grant>>,
    pub(super) auth_time: Option<Timestamp>,
    pub(super) session_id: Option<Id<BrowserSession>>,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// The token that `text` is, if one of `keys` signed it for `issuer`.
///
/// Whether it has expired is not asked here.
pub(super) fn verify(keys: &KeySet, issuer: &str, text: &str) -> Option<SignedToken> {
    let verified = jose::verify(keys, text, &["at+jwt"]).ok()?;
    if verified.claims.required_text("iss").ok()? != issuer {
        return None;
    }
    read(verified.header.kid, &verified.claims).ok()?
}

/// `None` inside where a claim has the right type and no meaning here.
fn read(kid: String, claims: &Claims) -> Result<Option<SignedToken>, InvalidClaim> {
    let client_id = ClientId::try_from(claims.required_text("client_id")?.to_owned());
    let scope = Scope::parse(claims.text("scope")?.unwrap_or_default());
    let grant_id = claims.text("gid")?.map(Id::parse).transpose();
    let session_id = claims.text("sid")?.map(Id::parse).transpose();
    let key = match claims.object("cnf")? {
        Some(cnf) => Some(JwkThumbprint::try_from(cnf.required_text("jkt")?.to_owned())),
        None => None,
    };
    let (Ok(client_id), Ok(scope), Ok(grant_id), Ok(session_id), Ok(key)) =
        (client_id, scope, grant_id, session_id, key.transpose())
    else {
        return Ok(None);
    };
    let audience = claims.texts("aud")?.unwrap_or_default();
    Ok(Some(SignedToken {
        kid,
        subject: claims.required_text("sub")?.to_owned(),
        client_id,
        scope,
        audience: audience.into_iter().map(str::to_owned).collect(),
        key,
        jti: claims.required_text("jti")?.to_owned(),
        grant_id,
        auth_time: claims.seconds("auth_time")?.map(moment),
        session_id,
        issued_at: moment(claims.required_seconds("iat")?),
        expires_at: moment(claims.required_seconds("exp")?),
    }))
}

const fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}
