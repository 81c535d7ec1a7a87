//! Why a proof was refused, and what its sender is told.

use jose::InvalidProof;

/// Why a proof of possession was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DpopRefusal {
    /// There is none, and there has to be one.
    #[error("a proof of possession is required, and none was sent")]
    Missing,
    /// It is not one.
    #[error(transparent)]
    Invalid(#[from] InvalidProof),
    /// It is for another method.
    #[error("the proof is for another method")]
    OtherMethod,
    /// It is for another address.
    #[error("the proof is for another address")]
    OtherAddress,
    /// It was made too long ago, or will be.
    #[error("the proof was not made just now")]
    OutOfTime,
    /// It is for another access token.
    #[error("the proof is for another access token")]
    OtherToken,
    /// It is by another key than the access token is bound to.
    #[error("the proof is by another key than the access token is bound to")]
    OtherKey,
    /// It holds no nonce, and the client needs one.
    #[error("the proof holds no nonce of this server")]
    NoNonce,
    /// It holds a nonce that is not ours, or not any more.
    #[error("the proof's nonce is not of this server or too old")]
    OtherNonce,
    /// It was used before.
    #[error("the proof was used before")]
    Replayed,
}

impl DpopRefusal {
    /// Whether the same proof with a nonce of ours would do.
    #[must_use]
    pub const fn asks_for_nonce(self) -> bool {
        matches!(self, Self::NoNonce | Self::OtherNonce)
    }

    /// What to change.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Missing => "Send a proof of possession in the header DPoP.",
            Self::Invalid(reason) => malformed(reason),
            Self::OtherMethod => "Set htm to the method of the request.",
            Self::OtherAddress => {
                "Set htu to the address of the request, as the metadata document has it."
            }
            Self::OutOfTime => {
                "Set iat to the current time, and check the clock: a proof counts for 60 seconds."
            }
            Self::OtherToken => "Set ath to the SHA-256 of the access token, in base64url.",
            Self::OtherKey => "Sign the proof with the key that the access token is bound to.",
            Self::NoNonce | Self::OtherNonce => {
                "Set nonce to the value of the header DPoP-Nonce, and send the request again."
            }
            Self::Replayed => "Make a new proof with a jti of its own for each request.",
        }
    }
}

const fn malformed(reason: InvalidProof) -> &'static str {
    match reason {
        InvalidProof::TooLong => "Send a proof of at most 8 KiB.",
        InvalidProof::Malformed => "Send one header DPoP with a compact JWS.",
        InvalidProof::Header => "The header of the proof needs typ, alg and jwk.",
        InvalidProof::Critical => "The header of the proof may not have crit.",
        InvalidProof::UnexpectedType => "Set typ in the header of the proof to dpop+jwt.",
        InvalidProof::Algorithm => "Sign the proof with ES256, EdDSA or PS256.",
        InvalidProof::Key => "Put the public key into the header of the proof as jwk, for its alg.",
        InvalidProof::PrivateKey => {
            "Put the public key alone into the header of the proof, and replace the key: it was \
             sent whole."
        }
        InvalidProof::BadSignature => "Sign the proof with the key in its header.",
        InvalidProof::Claims => "The proof needs jti, htm, htu and iat, each of its type.",
    }
}
