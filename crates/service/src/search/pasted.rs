//! Secrets within pasted text: a line of an environment file, a header, a command.

use domain::HandleKind;

/// The fewest digits after which a piece is taken for a handle that lost its end.
const FEWEST_DIGITS: usize = 8;

/// A secret that a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pasted<'a> {
    /// What has the form of a handle of this server, whole or not.
    Handle(&'a str),
    /// What has the form of a signed token.
    SignedToken,
}

/// The first secret in `text`, so that it can be looked up alone and kept out of
/// addresses and pages.
#[must_use]
pub fn pasted(text: &str) -> Option<Pasted<'_>> {
    let is_within = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    text.split(|it| !is_within(it))
        .find_map(|piece| handle_in(piece).map(Pasted::Handle).or_else(|| signed_token_in(piece)))
}

fn handle_in(piece: &str) -> Option<&str> {
    piece.match_indices("cs_").find_map(|(at, start)| {
        let rest = piece.get(at + start.len()..)?;
        let kind = HandleKind::ALL.into_iter().find(|kind| {
            rest.strip_prefix(kind.prefix()).is_some_and(|rest| rest.starts_with('_'))
        })?;
        let body = rest.get(kind.prefix().len() + 1..)?;
        let end = |it: char| !it.is_ascii_alphanumeric() && it != '_';
        let body = body.split(end).next().unwrap_or_default();
        let digits = body.split('_').next().unwrap_or_default().len();
        let length = start.len() + kind.prefix().len() + 1 + body.len();
        (digits >= FEWEST_DIGITS).then(|| piece.get(at..at + length))?
    })
}

fn signed_token_in<'a>(piece: &str) -> Option<Pasted<'a>> {
    let token = piece.get(piece.find("eyJ")?..)?;
    let header = token.split('.').next().unwrap_or_default();
    // No header that names an algorithm is shorter.
    (header.len() >= 16 && token.matches('.').count() >= 2).then_some(Pasted::SignedToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "cs_sbx_1abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG_a1B2c3";

    #[test]
    fn a_secret_is_found_within_what_people_paste() {
        for text in [
            SECRET.to_owned(),
            format!("OAUTH_CLIENT_SECRET={SECRET}"),
            format!("OAUTH_CLIENT_SECRET='{SECRET}'"),
            format!("curl -u \"app_sbx_1:{SECRET}\" https://id.example.com/token"),
            format!("client_secret%3D{SECRET}"),
            format!("It is {SECRET}."),
        ] {
            assert_eq!(pasted(&text), Some(Pasted::Handle(SECRET)), "{text}");
        }
        let cut = "Bearer cs_at_1abcdefghij";
        assert_eq!(pasted(cut), Some(Pasted::Handle("cs_at_1abcdefghij")));
    }

    #[test]
    fn a_signed_token_is_found_within_a_header() {
        for text in [
            "eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
            "Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2-_n",
        ] {
            assert_eq!(pasted(text), Some(Pasted::SignedToken), "{text}");
        }
    }

    #[test]
    fn names_identifiers_and_addresses_are_no_secrets() {
        for text in [
            "photo printer",
            "app_sbx_7hP2mB9qTz41AbCd",
            "sec_00000000000000000000000001",
            "cs_sbx_…x7Qe",
            "docs_at_home",
            "https://eyJ.example.com/cb",
            "eyJhbGciOiJFUzI1NiJ9",
            "",
        ] {
            assert_eq!(pasted(text), None, "{text}");
        }
    }
}
