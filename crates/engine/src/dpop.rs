//! Proofs of possession, [RFC 9449]: tokens that count only in the hands of their key's holder.
//!
//! [RFC 9449]: https://www.rfc-editor.org/rfc/rfc9449

mod nonce;
mod refusal;

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{RegisteredClient, Timestamp};
use jose::Proof;
use protocol::JwkThumbprint;
use store::{StoreError, repo::spent_jwts};
use url::Url;

pub use refusal::DpopRefusal;

use crate::Engine;

/// How old a proof may be.
const MAX_AGE: Duration = Duration::from_mins(1);
/// How far ahead of ours the clock of a client may be.
const MAX_LEAD: Duration = Duration::from_secs(10);

/// What a request shows of the key that it is made with.
#[derive(Debug, Clone, Copy)]
pub struct DpopRequest<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The path of the request, below the issuer.
    pub path: &'a str,
    /// The `DPoP` header; what is no text, or there twice, counts as a text that is no proof.
    pub proof: Option<&'a str>,
}

/// What a proof has to say beside what every proof has to.
#[derive(Debug, Clone, Copy)]
struct Demand<'a> {
    /// Whether it must hold a nonce of ours.
    nonce: bool,
    /// The access token that it comes with.
    token: Option<&'a str>,
}

/// Whether `client` has to put a nonce of ours into its proofs.
///
/// Who proves nothing else could be made to sign for later: a nonce is not known before.
const fn wants_nonce(client: &RegisteredClient) -> bool {
    !client.client.is_confidential()
}

impl Engine {
    /// The key that `request` proves to hold, if it proves one, at an endpoint where `client`
    /// was authenticated.
    pub(crate) async fn prove_key(
        &self,
        client: &RegisteredClient,
        request: &DpopRequest<'_>,
        now: Timestamp,
    ) -> Result<Result<Option<JwkThumbprint>, DpopRefusal>, StoreError> {
        let Some(text) = request.proof else { return Ok(Ok(None)) };
        let demand = Demand { nonce: wants_nonce(client), token: None };
        match self.read_proof(text, request, demand, now) {
            // Boxed: the future of the many that bring no proof stays small.
            Ok(proof) => {
                let spent = Box::pin(self.spend_proof(&proof, request)).await?;
                Ok(spent.map(|()| Some(proof.key)))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Whether `request` proves to hold `key`, to which the access token `token` of `client`
    /// is bound.
    pub(crate) async fn prove_token(
        &self,
        (client, key): (&RegisteredClient, &JwkThumbprint),
        token: &str,
        request: &DpopRequest<'_>,
        now: Timestamp,
    ) -> Result<Result<(), DpopRefusal>, StoreError> {
        let Some(text) = request.proof else { return Ok(Err(DpopRefusal::Missing)) };
        let demand = Demand { nonce: wants_nonce(client), token: Some(token) };
        match self.read_proof(text, request, demand, now) {
            Ok(proof) if proof.key != *key => Ok(Err(DpopRefusal::OtherKey)),
            Ok(proof) => Box::pin(self.spend_proof(&proof, request)).await,
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// The nonce that `client` puts into its next proof by `key`, if it needs one.
    pub(crate) fn next_nonce(
        &self,
        client: &RegisteredClient,
        key: Option<&JwkThumbprint>,
    ) -> Option<String> {
        key.filter(|_| wants_nonce(client)).map(|_| self.dpop_nonce())
    }

    /// Everything of [RFC 9449 section 4.3] but that it is new.
    ///
    /// [RFC 9449 section 4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
    fn read_proof(
        &self,
        text: &str,
        request: &DpopRequest<'_>,
        demand: Demand<'_>,
        now: Timestamp,
    ) -> Result<Proof, DpopRefusal> {
        let proof = Proof::read(text)?;
        if proof.method != request.method {
            return Err(DpopRefusal::OtherMethod);
        }
        if !is_same_address(&proof.uri, &self.address_of(request)) {
            return Err(DpopRefusal::OtherAddress);
        }
        let issued_at = Timestamp::from_millis(proof.issued_at.saturating_mul(1000));
        if issued_at < now.minus(MAX_AGE) || issued_at > now.plus(MAX_LEAD) {
            return Err(DpopRefusal::OutOfTime);
        }
        let is_for = |token| proof.token_hash.as_deref() == Some(token_hash(token).as_str());
        if !demand.token.is_none_or(is_for) {
            return Err(DpopRefusal::OtherToken);
        }
        match &proof.nonce {
            None if demand.nonce => Err(DpopRefusal::NoNonce),
            Some(nonce) if !self.is_our_nonce(nonce, now) => Err(DpopRefusal::OtherNonce),
            None | Some(_) => Ok(proof),
        }
    }

    /// Spends a proof, so that it counts once: by its key, its name and its address, on
    /// whatever node.
    async fn spend_proof(
        &self,
        proof: &Proof,
        request: &DpopRequest<'_>,
    ) -> Result<Result<(), DpopRefusal>, StoreError> {
        let mut context = Context::new(&SHA256);
        for part in ["dpop", proof.key.as_str(), &self.address_of(request), &proof.jti] {
            context.update(part.as_bytes());
            context.update(&[0]);
        }
        let mut id = [0; 32];
        id.copy_from_slice(context.finish().as_ref());
        // Kept twice as long as it counts here: another node's clock may be behind.
        let issued_at = Timestamp::from_millis(proof.issued_at.saturating_mul(1000));
        let is_new =
            spent_jwts::spend(&self.parts.store, id, issued_at.plus(MAX_AGE + MAX_AGE)).await?;
        Ok(if is_new { Ok(()) } else { Err(DpopRefusal::Replayed) })
    }

    /// Where `request` was sent, as its sender knows the server.
    fn address_of(&self, request: &DpopRequest<'_>) -> String {
        format!("{}{}", self.issuer().trim_end_matches('/'), request.path)
    }
}

/// Whether `htu` names `address`; its query and fragment do not count, and case and port do
/// as [RFC 3986 section 6.2] says.
///
/// [RFC 3986 section 6.2]: https://www.rfc-editor.org/rfc/rfc3986#section-6.2
fn is_same_address(htu: &str, address: &str) -> bool {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    bare(htu).is_some_and(|it| Some(it) == bare(address))
}

/// `ath`, [RFC 9449 section 4.2].
///
/// [RFC 9449 section 4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2
fn token_hash(token: &str) -> String {
    Base64UrlUnpadded::encode_string(digest(&SHA256, token.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::{is_same_address, token_hash};

    #[test]
    fn addresses_are_compared_without_query_fragment_and_notation() {
        let here = "https://id.test/token";
        for (htu, same) in [
            (here, true),
            ("HTTPS://ID.test:443/token", true),
            ("https://id.test/token?a=b#c", true),
            ("https://id.test/a/../token", true),
            ("http://id.test/token", false),
            ("https://id.test:8443/token", false),
            ("https://id.test.evil.test/token", false),
            ("https://id.test@evil.test/token", false),
            ("https://user@id.test/token", false),
            ("https://id.test/token/", false),
            ("https://id.test/Token", false),
            ("https://id.test/oauth2/token", false),
            ("/token", false),
            ("", false),
        ] {
            assert_eq!(is_same_address(htu, here), same, "{htu}");
        }
    }

    /// RFC 9449 figures 12 and 13.
    #[test]
    fn the_token_hash_of_the_rfc_comes_out() {
        let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
        assert_eq!(token_hash(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    }
}
