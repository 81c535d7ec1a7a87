//! How access tokens are presented, and how protected resources ask for them.

use std::fmt::Write as _;

/// The algorithms that proofs of possession may be signed with, as challenges list them.
///
/// Those of the [FAPI 2.0 Security Profile], for every client alike.
///
/// [FAPI 2.0 Security Profile]: https://openid.net/specs/fapi-security-profile-2_0-final.html#section-5.4.1
pub const DPOP_ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "PS256"];

/// How an access token is presented, and its `token_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScheme {
    /// Whoever has it may use it, [RFC 6750].
    ///
    /// [RFC 6750]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    Bearer,
    /// With a proof of the key it is bound to, [RFC 9449 section 7.1].
    ///
    /// [RFC 9449 section 7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    Dpop,
}

impl TokenScheme {
    /// The scheme's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// The scheme of an `Authorization` header, and what follows its name.
    #[must_use]
    pub fn of_header(header: &str) -> Option<(Self, &str)> {
        let (name, rest) = header.split_once(' ').unwrap_or((header, ""));
        let scheme = [Self::Bearer, Self::Dpop]
            .into_iter()
            .find(|it| name.eq_ignore_ascii_case(it.as_str()))?;
        Some((scheme, rest.trim_matches(' ')))
    }
}

/// The `WWW-Authenticate` header of a protected resource, [RFC 6750 section 3] and
/// [RFC 9449 section 7.1].
///
/// A `fault` is told under the scheme that was used. Whoever used none, or has a token
/// that does not work as Bearer, is told of both.
///
/// [RFC 6750 section 3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
/// [RFC 9449 section 7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
#[must_use]
pub fn challenge(realm: &str, scheme: TokenScheme, fault: &[(&str, &str)]) -> String {
    let used = one_challenge(realm, scheme, fault);
    let is_lacking = fault.is_empty() || fault.contains(&("error", "invalid_token"));
    if scheme == TokenScheme::Bearer && is_lacking {
        format!("{used}, {}", one_challenge(realm, TokenScheme::Dpop, &[]))
    } else {
        used
    }
}

fn one_challenge(realm: &str, scheme: TokenScheme, fault: &[(&str, &str)]) -> String {
    let algorithms = DPOP_ALGORITHMS.join(" ");
    let last = (scheme == TokenScheme::Dpop).then_some(("algs", algorithms.as_str()));
    let mut text = format!("{} realm=\"{realm}\"", scheme.as_str());
    for (name, value) in fault.iter().copied().chain(last) {
        // Writing to a string cannot fail.
        let _ = write!(text, ", {name}=\"{value}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_read_without_case() {
        for (header, read) in [
            ("Bearer abc", Some((TokenScheme::Bearer, "abc"))),
            ("dpop  abc ", Some((TokenScheme::Dpop, "abc"))),
            ("DPoP", Some((TokenScheme::Dpop, ""))),
            ("Basic abc", None),
            ("", None),
        ] {
            assert_eq!(TokenScheme::of_header(header), read, "{header}");
        }
    }

    #[test]
    fn a_fault_is_told_under_the_scheme_that_was_used() {
        let dpop = "DPoP realm=\"r\", algs=\"ES256 EdDSA PS256\"";
        let invalid = [("error", "invalid_token")];
        let nonce = [("error", "use_dpop_nonce")];
        let scope = [("error", "insufficient_scope"), ("scope", "a b")];
        for (scheme, fault, told) in [
            (TokenScheme::Bearer, [].as_slice(), format!("Bearer realm=\"r\", {dpop}")),
            (
                TokenScheme::Bearer,
                &invalid,
                format!("Bearer realm=\"r\", error=\"invalid_token\", {dpop}"),
            ),
            (
                TokenScheme::Bearer,
                &scope,
                "Bearer realm=\"r\", error=\"insufficient_scope\", scope=\"a b\"".to_owned(),
            ),
            (
                TokenScheme::Dpop,
                &nonce,
                "DPoP realm=\"r\", error=\"use_dpop_nonce\", algs=\"ES256 EdDSA PS256\"".to_owned(),
            ),
        ] {
            assert_eq!(challenge("r", scheme, fault), told);
        }
    }
}
