//! The headers of proofs of possession, [RFC 9449].
//!
//! [RFC 9449]: https://www.rfc-editor.org/rfc/rfc9449#section-4.1

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header that carries a proof.
const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header that gives a nonce for the next proof.
pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The proof of a request; a header that is no text, or there twice, is a text that is none.
#[must_use]
pub fn dpop_proof(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(DPOP);
    let first = values.next()?;
    Some(if values.next().is_none() { first.to_str().unwrap_or_default() } else { "" })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn one_readable_header_is_a_proof() {
        let headers = |values: &[&'static [u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(DPOP, HeaderValue::from_bytes(value).unwrap());
            }
            headers
        };
        for (values, proof) in [
            (&[][..], None),
            (&[b"a.b.c".as_slice()], Some("a.b.c")),
            (&[b"a.b.c", b"a.b.c"], Some("")),
            (&[b"\xff"], Some("")),
            (&[b""], Some("")),
        ] {
            assert_eq!(dpop_proof(&headers(values)), proof);
        }
    }
}
