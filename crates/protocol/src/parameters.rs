//! The parameters of one protocol request.

use std::fmt;

use crate::form_decode;

/// The most parameters of one request; the most that any specification asks for is a fraction of it.
const MAX_COUNT: usize = 128;

/// Decoded `name=value` pairs under the rules of [RFC 6749 section 3.1]:
/// an empty value counts as absent, an unknown name is ignored, and a name
/// that comes twice is a fault.
///
/// [RFC 6749 section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
#[derive(Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

/// Names that may come more than once: [RFC 8707 section 2], [RFC 8693 section 2.1].
///
/// [RFC 8707 section 2]: https://www.rfc-editor.org/rfc/rfc8707#section-2
/// [RFC 8693 section 2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Why text is no parameters of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameters {
    /// A name or value is not UTF-8, or holds U+0000.
    #[error("a parameter is not text")]
    NotText,
    /// There are more than anyone needs.
    #[error("there are too many parameters")]
    TooMany,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    ///
    /// When it has too many parameters or is not text.
    pub fn parse(encoded: &[u8]) -> Result<Self, InvalidParameters> {
        let mut pairs = Vec::with_capacity(8);
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == MAX_COUNT {
                return Err(InvalidParameters::TooMany);
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let mut half = || form_decode(halves.next().unwrap_or_default());
            let name = half().ok_or(InvalidParameters::NotText)?;
            pairs.push((name, half().ok_or(InvalidParameters::NotText)?));
        }
        Ok(Self(pairs))
    }

    /// Whether [`Self::parse`] takes what [`Self::encode`] writes of them.
    #[must_use]
    pub fn can_be_read_back(&self) -> bool {
        self.0.len() <= MAX_COUNT
    }

    /// Adds the parameters of another part of the same request.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Takes decoded pairs in the order they were sent.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The parameters but those of these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }

    /// The parameters as `application/x-www-form-urlencoded` text.
    #[must_use]
    pub fn encode(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// The value of `name`; `None` when it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of `name` that is not empty.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether `name` comes more than once, empty values included.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// The first name that comes more than once though it may not.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.0
            .iter()
            .map(|(key, _)| key.as_str())
            .find(|key| !REPEATABLE.contains(key) && self.is_repeated(key))
    }
}

impl fmt::Debug for Parameters {
    /// The names alone: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameters")?;
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let owned = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Parameters::from_pairs(owned.collect())
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        assert_eq!(parameters(&[("state", "")]).get("state"), None);
    }

    #[test]
    fn a_repeated_name_is_found_even_when_equal_or_empty() {
        assert_eq!(parameters(&[("a", "1"), ("b", ""), ("b", "2")]).repeated(), Some("b"));
        assert_eq!(parameters(&[("a", "1"), ("a", "1")]).repeated(), Some("a"));
    }

    #[test]
    fn resource_may_be_repeated() {
        let parameters = parameters(&[("resource", "https://a"), ("resource", "https://b")]);

        assert_eq!(parameters.repeated(), None);
        assert_eq!(parameters.all("resource").count(), 2);
    }

    #[test]
    fn text_is_read_in_order() {
        let parameters = Parameters::parse(b"&&b=2&a=x+y%20z&c==&a=&d").unwrap();

        let pairs: Vec<_> = parameters.0.iter().map(|(it, value)| (&**it, &**value)).collect();
        assert_eq!(pairs, [("b", "2"), ("a", "x y z"), ("c", "="), ("a", ""), ("d", "")]);
        assert_eq!(parameters.repeated(), Some("a"));
    }

    #[test]
    fn what_is_not_text_or_too_much_is_refused() {
        let most = "a=1&".repeat(MAX_COUNT);

        assert!(Parameters::parse(most.as_bytes()).is_ok());
        let more = format!("{most}b=2");
        assert_eq!(Parameters::parse(more.as_bytes()).err(), Some(InvalidParameters::TooMany));
        assert_eq!(Parameters::parse(b"a=%ff").err(), Some(InvalidParameters::NotText));
        assert_eq!(Parameters::parse(b"%00=a").err(), Some(InvalidParameters::NotText));
    }

    #[test]
    fn encoded_parameters_are_read_back() {
        let sent = parameters(&[("state", "a b+c&d=\u{e4}%"), ("client_secret", "s"), ("x", "")]);

        let read = Parameters::parse(sent.without(&["client_secret"]).encode().as_bytes()).unwrap();

        assert_eq!(read.0, parameters(&[("state", "a b+c&d=\u{e4}%"), ("x", "")]).0);
    }

    #[test]
    fn values_are_not_printed() {
        let parameters = Parameters::parse(b"client_secret=hunter2").unwrap();

        assert_eq!(format!("{parameters:?}"), r#"Parameters["client_secret"]"#);
    }
}
