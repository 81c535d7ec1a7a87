//! HTTP Basic with form-encoded halves, [RFC 6749 section 2.3.1].
//!
//! [RFC 6749 section 2.3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1

use base64ct::{Base64, Encoding as _};
use protocol::form_decode;

use super::ClientRefusal;

/// The identifier and secret that an `Authorization` header holds.
pub(super) fn parse(header: &str) -> Result<(String, String), ClientRefusal> {
    read(header).ok_or(ClientRefusal::MalformedHeader)
}

fn read(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(Base64::decode_vec(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = decoded.split_once(':')?;
    let client_id = form_decode(client_id.as_bytes())?;
    if client_id.is_empty() { None } else { Some((client_id, form_decode(secret.as_bytes())?)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(pair: &str) -> String {
        format!("Basic {}", Base64::encode_string(pair.as_bytes()))
    }

    #[test]
    fn both_halves_are_form_decoded() {
        for (encoded, id, secret) in [
            ("app:secret", "app", "secret"),
            ("a%3Ab:%3A%25+%2B%2F%26%C3%BC", "a:b", ":% +/&ü"),
            ("app:se:cret", "app", "se:cret"),
            ("app:100%", "app", "100%"),
            ("app:%zz", "app", "%zz"),
        ] {
            let read = parse(&header(encoded));
            assert_eq!(read, Ok((id.to_owned(), secret.to_owned())), "{encoded}");
        }
    }

    #[test]
    fn the_scheme_is_compared_without_case() {
        assert!(parse(&header("a:b").replace("Basic", "bAsIc")).is_ok());
    }

    #[test]
    fn what_is_not_basic_is_refused() {
        for bad in ["", "Basic", "Basic ", "Basic !!", "Bearer abc", "Basic YWI=", "Basic OmI="] {
            assert_eq!(parse(bad), Err(ClientRefusal::MalformedHeader), "{bad:?}");
        }
        assert!(parse(&header("a:%ff")).is_err());
    }
}
