//! `application/x-www-form-urlencoded`, read without guessing.

/// A name or value as it was before it was encoded; `None` when that is no text.
///
/// Text is UTF-8 without U+0000, which no database keeps. A `%` that begins no
/// escape stands for itself, as in browsers.
#[must_use]
pub fn form_decode(encoded: &[u8]) -> Option<String> {
    let is_plain = !encoded.iter().any(|byte| matches!(byte, b'%' | b'+'));
    let bytes = if is_plain { encoded.to_vec() } else { unescape(encoded) };
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Undoes percent-encoding and `+`.
fn unescape(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    loop {
        rest = match rest {
            [] => break,
            [b'+', tail @ ..] => {
                bytes.push(b' ');
                tail
            }
            [b'%', high, low, tail @ ..]
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                bytes.push(high << 4 | low);
                tail
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
    bytes
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::form_decode;

    #[test]
    fn escapes_and_plus_signs_are_undone() {
        for (encoded, text) in [
            ("", ""),
            ("plain-._~", "plain-._~"),
            ("x+y%20z%2B", "x y z+"),
            ("cr%C3%A8me", "crème"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz%3a", "%zz:"),
        ] {
            assert_eq!(form_decode(encoded.as_bytes()).as_deref(), Some(text), "{encoded}");
        }
    }

    #[test]
    fn what_is_not_text_is_none() {
        for bad in ["%FF", "%C3", "%ED%A0%80", "%C0%80", "%00"] {
            assert_eq!(form_decode(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(form_decode(b"\xff"), None);
    }
}
