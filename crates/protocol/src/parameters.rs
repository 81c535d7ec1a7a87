//! The parameters of one protocol request.

/// Decoded `name=value` pairs under the rules of [RFC 6749 section 3.1]:
/// an empty value counts as absent, an unknown name is ignored, and a name
/// that comes twice is a fault.
///
/// [RFC 6749 section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
#[derive(Debug, Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

/// Names that may come more than once, [RFC 8707 section 2].
///
/// [RFC 8707 section 2]: https://www.rfc-editor.org/rfc/rfc8707#section-2
const REPEATABLE: [&str; 1] = ["resource"];

impl Parameters {
    /// Takes decoded pairs in the order they were sent.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
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
}
