//! Which version a change is meant for, [RFC 9110 section 13.1.1].
//!
//! [RFC 9110 section 13.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1

use actix_web::http::header::{self, HeaderMap};

use crate::problem::{ApiProblem, Kind};

/// The header as documents write it.
pub(crate) const IF_MATCH: &str = "If-Match";

/// Versions are counted up from zero, so nothing stored has this one.
const NEVER: i64 = -1;

/// The version in `If-Match`.
///
/// A tag that this server never made names a version that nothing has; so does a weak one,
/// as the comparison is strong. `*` would let a change overwrite what nobody saw.
///
/// What a tag says beside the version is not asked: it changes with what the server notes
/// by itself, such as a last use, and nobody's change is lost by that.
pub(crate) fn version(headers: &HeaderMap) -> Result<i64, ApiProblem> {
    let mut values = headers.get_all(header::IF_MATCH);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(required(headers));
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" || text.is_empty() {
        return Err(required(headers));
    }
    if text.contains(',') {
        let detail = "Send the one ETag that you read.";
        return Err(ApiProblem::header(IF_MATCH, "one-value", detail));
    }
    let tag = text.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
    Ok(tag.and_then(named_version).unwrap_or(NEVER))
}

/// The version in `3` or `3-9f86d081884c7d65`.
fn named_version(tag: &str) -> Option<i64> {
    let (digits, rest) = tag.split_once('-').unwrap_or((tag, "0"));
    let is_tag = digits.bytes().all(|byte| byte.is_ascii_digit())
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.parse().ok().filter(|_| is_tag)
}

fn required(headers: &HeaderMap) -> ApiProblem {
    if headers.get_all(header::IF_MATCH).count() > 1 {
        return ApiProblem::header(IF_MATCH, "one-value", "Send the one ETag that you read.");
    }
    ApiProblem::new(
        Kind::PreconditionRequired,
        "Send If-Match with the ETag of the version that you read, so that nobody's change is lost.",
    )
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Result<i64, Kind> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
        }
        version(&headers).map_err(|problem| problem.kind)
    }

    #[test]
    fn the_tag_that_was_sent_out_comes_back() {
        assert_eq!(read(&[&crate::answer::etag(7)]), Ok(7));
        assert_eq!(read(&["\"v7-0123456789abcdef\""]), Ok(7));
    }

    #[test]
    fn other_tags_match_nothing() {
        for tag in [
            "W/\"v7\"",
            "\"v-7\"",
            "\"7\"",
            "v7",
            "\"v99999999999999999999\"",
            "\"v+7\"",
            "\"v7-\"",
            "\"v7-x\"",
            "\"v\"",
        ] {
            assert_eq!(read(&[tag]), Ok(NEVER), "{tag}");
        }
    }

    #[test]
    fn settings_that_nobody_changed_have_a_version() {
        const { assert!(NEVER < 0, "nothing counts from below zero") };
        assert_eq!(read(&["\"v0\""]), Ok(0));
    }

    #[test]
    fn one_exact_tag_has_to_be_sent() {
        assert_eq!(read(&[]), Err(Kind::PreconditionRequired));
        assert_eq!(read(&["*"]), Err(Kind::PreconditionRequired));
        assert_eq!(read(&[""]), Err(Kind::PreconditionRequired));
        assert_eq!(read(&["\"v1\", \"v2\""]), Err(Kind::InvalidHeader));
        assert_eq!(read(&["\"v1\"", "\"v2\""]), Err(Kind::InvalidHeader));
    }
}
