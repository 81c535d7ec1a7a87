//! What forms send, before an operation reads it.

use std::str::FromStr;

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

/// What a filter asks for; nothing when it is left empty. What is not understood is an error,
/// as a list that ignored it would show what was not asked for.
pub(crate) fn understood<T>(
    (field, text): (&str, &str),
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let text = typed(text)?;
    let value = read(&text);
    if value.is_none() {
        let shown: String = text.chars().take(40).collect();
        let detail = format!("“{shown}” is not {expected}.");
        errors.push(FieldError::of(field, "not-understood", detail));
    }
    value
}

/// Reads what its own type understands.
pub(crate) fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Demands that a list is to be sorted by one of `sorts`, up or down.
pub(crate) fn check_order<T>(
    (sort, dir): (&str, &str),
    sorts: &[(&str, T)],
    errors: &mut Vec<FieldError>,
) {
    let by = |it: &str| sorts.iter().any(|(name, _)| *name == it).then_some(());
    let way = |it: &str| ["asc", "desc"].contains(&it).then_some(());
    understood(("sort", sort), "what this list is sorted by", by, errors);
    understood(("dir", dir), "asc or desc", way, errors);
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
    fn a_filter_that_is_not_understood_is_an_error_and_an_empty_one_is_none() {
        let mut errors = Vec::new();
        let mut age = |text| understood(("age", text), "an age", |it| it.parse().ok(), &mut errors);

        assert_eq!((age(" 7 "), age(" "), age("old")), (Some(7_u8), None, None));
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].detail, "“old” is not an age.");
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
