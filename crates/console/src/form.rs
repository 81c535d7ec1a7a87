//! What forms send, before an operation reads it.

use domain::FieldError;

/// The text without blanks around it; none when nothing is left.
pub(crate) fn typed(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The entries that hold anything.
pub(crate) fn typed_list(texts: &[String]) -> Vec<String> {
    texts.iter().filter_map(|it| typed(it)).collect()
}

/// A number of seconds, or what is wrong with it.
pub(crate) fn seconds(field: &str, text: &str, errors: &mut Vec<FieldError>) -> Option<u32> {
    let number = text.trim().parse().ok();
    if number.is_none() {
        let detail = "Type a whole number of seconds, such as 3600.";
        errors.push(FieldError::of(field, "number", detail));
    }
    number
}

/// A line of a list input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Line {
    /// Where errors about it point.
    pub(crate) pointer: String,
    /// What stands in it.
    pub(crate) value: String,
}

/// The lines of a list input: the values, and `empty` further lines to type into.
pub(crate) fn lines(field: &str, values: &[String], empty: usize) -> Vec<Line> {
    let blanks = std::iter::repeat_n(String::new(), empty);
    values
        .iter()
        .cloned()
        .chain(blanks)
        .enumerate()
        .map(|(at, value)| Line { pointer: format!("#/{field}/{at}"), value })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_nothing() {
        assert_eq!(typed("  "), None);
        assert_eq!(typed(" a "), Some("a".to_owned()));
        assert_eq!(typed_list(&[String::new(), " b".to_owned()]), ["b"]);
    }

    #[test]
    fn a_number_that_is_none_is_an_error_of_its_field() {
        let mut errors = Vec::new();

        assert_eq!(seconds("access_token_lifetime_seconds", " 3600 ", &mut errors), Some(3600));
        assert_eq!(seconds("access_token_lifetime_seconds", "1h", &mut errors), None);
        assert_eq!(errors[0].pointer, "#/access_token_lifetime_seconds");
    }

    #[test]
    fn lines_are_counted_on_through_the_empty_ones() {
        let lines = lines("redirect_uris", &["https://a.example".to_owned()], 1);

        assert_eq!(
            lines[1],
            Line { pointer: "#/redirect_uris/1".to_owned(), value: String::new() }
        );
    }
}
