//! What templates can do to a value: moments, numbers, names, fields.

use tera::{Kwargs, State, Tera, TeraResult, Value};
use time::{OffsetDateTime, macros::format_description};
use url::form_urlencoded;

/// Adds the filters to `tera`.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("utc", |at: i64, _: Kwargs, _: &State| utc(at));
    tera.register_filter("iso", |at: i64, _: Kwargs, _: &State| {
        domain::Timestamp::from_millis(at).to_rfc3339()
    });
    tera.register_filter("ago", |at: i64, args: Kwargs, _: &State| -> TeraResult<String> {
        Ok(ago(at, args.must_get::<i64>("now")?))
    });
    tera.register_filter("number", |value: i64, _: Kwargs, _: &State| number(value));
    tera.register_filter("initials", |name: &str, _: Kwargs, _: &State| initials(name));
    tera.register_filter("field_id", |pointer: &str, _: Kwargs, _: &State| field_id(pointer));
    tera.register_filter("urlencode", |text: &str, _: Kwargs, _: &State| {
        form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
    });
    tera.register_filter("at", |errors: Vec<Value>, args: Kwargs, _: &State| {
        messages_at(&errors, &args)
    });
}

/// The sentences of those errors that point at `pointer`.
fn messages_at(errors: &[Value], args: &Kwargs) -> TeraResult<Vec<String>> {
    let pointer = args.must_get::<String>("pointer")?;
    let text = |error: &Value, key| {
        error.get_from_path(key).and_then(Value::as_str).map(ToOwned::to_owned)
    };
    let here = errors.iter().filter(|it| text(it, "pointer").as_ref() == Some(&pointer));
    Ok(here.filter_map(|it| text(it, "detail")).collect())
}

/// `21 Nov 2026, 14:02 UTC`.
fn utc(millis: i64) -> String {
    date(
        millis,
        format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC"),
    )
}

fn date(millis: i64, form: &[time::format_description::BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .ok()
        .and_then(|moment| moment.format(form).ok())
        .unwrap_or_default()
}

/// How long before or after `now`, in the largest unit; the date beyond a month.
fn ago(millis: i64, now: i64) -> String {
    let seconds = now.saturating_sub(millis) / 1000;
    let (count, unit) = match seconds.unsigned_abs() {
        0..60 => return if seconds < 0 { "in a moment" } else { "just now" }.to_owned(),
        it @ 60..3600 => (it / 60, "minute"),
        it @ 3600..86_400 => (it / 3600, "hour"),
        it @ 86_400..2_678_400 => (it / 86_400, "day"),
        _ => {
            return date(
                millis,
                format_description!("[day padding:none] [month repr:short] [year]"),
            );
        }
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds < 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

/// `48,210`.
fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Two letters to tell things apart by: those of the first two words, or the first two.
fn initials(name: &str) -> String {
    let mut words = name.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty());
    let letters: String = match (words.next(), words.next()) {
        (Some(first), Some(second)) => {
            first.chars().take(1).chain(second.chars().take(1)).collect()
        }
        (Some(only), None) => only.chars().take(2).collect(),
        (None, _) => "?".to_owned(),
    };
    letters.to_uppercase()
}

/// The id of the input that a JSON pointer such as `#/redirect_uris/1` means.
fn field_id(pointer: &str) -> String {
    let path = pointer.trim_start_matches("#/");
    let safe = |it: char| if it.is_ascii_alphanumeric() || it == '_' { it } else { '-' };
    format!("f-{}", path.chars().map(safe).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000_000;

    #[test]
    fn moments_read_as_people_say_them() {
        for (before, expected) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7200, "2 hours ago"),
            (86_400 * 6, "6 days ago"),
            (86_400 * 40, "9 Oct 2026"),
            (-30, "in a moment"),
            (-3600, "in 1 hour"),
            (-86_400 * 6, "in 6 days"),
        ] {
            assert_eq!(ago(NOW - before * 1000, NOW), expected, "{before}");
        }
        assert_eq!(utc(NOW), "18 Nov 2026, 11:06 UTC");
        assert_eq!(utc(i64::MAX), "");
    }

    #[test]
    fn numbers_are_grouped() {
        for (value, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (48_210, "48,210"),
            (-1_234_567, "-1,234,567"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn initials_are_two_letters() {
        for (name, expected) in [
            ("Photo Printer", "PP"),
            ("nightly-billing job", "NB"),
            ("tv", "TV"),
            ("x", "X"),
            ("été", "ÉT"),
            ("", "?"),
            ("!!", "?"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_pointer_names_its_field() {
        assert_eq!(field_id("#/name"), "f-name");
        assert_eq!(field_id("#/redirect_uris/1"), "f-redirect_uris-1");
        assert_eq!(field_id("#/a\"b"), "f-a-b");
    }
}
