//! Reads a JSON body: bounded, of the right type, without members that nobody takes.

use std::{fmt, marker::PhantomData};

use actix_web::{
    body::{self, BodyStream},
    dev::Payload,
    http::{
        Method,
        header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    },
    web::Bytes,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::problem::{ApiProblem, Fault, Kind, Place};

/// The longest body that is read.
pub(crate) const MAX_LEN: usize = 1024 * 1024;

/// The body of an operation that takes none: nothing, or an object without members.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoMembers {}

/// Reads the body of a request, whatever its type.
pub(crate) async fn read(headers: &HeaderMap, payload: Payload) -> Result<Bytes, ApiProblem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_LEN) {
        return Err(too_large());
    }
    match body::to_bytes_limited(BodyStream::new(payload), MAX_LEN).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(ApiProblem::new(Kind::BadRequest, "The body did not arrive whole.")),
        Err(_) => Err(too_large()),
    }
}

fn too_large() -> ApiProblem {
    ApiProblem::new(Kind::BodyTooLarge, format!("At most {MAX_LEN} bytes are read."))
}

/// Demands that the body is JSON; a `PATCH` is a merge patch, [RFC 7396].
///
/// [RFC 7396]: https://www.rfc-editor.org/rfc/rfc7396
pub(crate) fn check_media_type(method: &Method, headers: &HeaderMap) -> Result<(), ApiProblem> {
    let value = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_patch = method == Method::PATCH;
    let is_json =
        essence == "application/json" || is_patch && essence == "application/merge-patch+json";
    let is_utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset")
            || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if is_json && is_utf8 {
        return Ok(());
    }
    let detail = if is_patch {
        "Send the body as application/merge-patch+json or application/json, in UTF-8."
    } else {
        "Send the body as application/json, in UTF-8."
    };
    Err(ApiProblem::new(Kind::UnsupportedMediaType, detail))
}

/// Reads `bytes` as a `T`.
///
/// The grammar is checked first, so that what is not JSON is told as such wherever it is.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiProblem> {
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| worded(&error, "#"))?;
    if holds_nul(bytes) {
        return Err(ApiProblem::new(Kind::BadRequest, "Text cannot hold the character U+0000."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        worded(&error.into_inner(), &pointer)
    })?;
    Ok(value)
}

/// Whether any text of a JSON document holds U+0000, which no database keeps. JSON
/// can write it as an escape alone.
fn holds_nul(json: &[u8]) -> bool {
    const ESCAPE: &[u8] = b"\\u0000";
    json.windows(ESCAPE.len()).enumerate().any(|(at, window)| {
        let before = json.iter().take(at).rev();
        // After an odd number of backslashes this one is itself escaped.
        window == ESCAPE && before.take_while(|byte| **byte == b'\\').count().is_multiple_of(2)
    })
}

/// A `T` written as a JSON object. What `serde` derives takes arrays too, member by member.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// A path as a JSON pointer in a fragment, [RFC 6901 section 6].
///
/// [RFC 6901 section 6]: https://www.rfc-editor.org/rfc/rfc6901#section-6
fn pointer(path: &Path) -> String {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(escaped(key)),
        Segment::Enum { variant } => Some(escaped(variant)),
        Segment::Unknown => None,
    });
    segments.fold("#".to_owned(), |pointer, segment| format!("{pointer}/{segment}"))
}

fn escaped(key: &str) -> String {
    let key: String = key.chars().take(100).collect();
    key.replace('~', "~0").replace('/', "~1")
}

fn worded(error: &serde_json::Error, pointer: &str) -> ApiProblem {
    match error.classify() {
        Category::Data => shape(error, pointer),
        Category::Syntax | Category::Eof | Category::Io => {
            let detail = format!(
                "The body is not JSON at line {}, column {}.",
                error.line(),
                error.column()
            );
            ApiProblem::new(Kind::MalformedJson, detail)
        }
    }
}

/// The body is JSON, but not what the operation takes.
fn shape(error: &serde_json::Error, pointer: &str) -> ApiProblem {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let fault = |code, detail: String| {
        vec![Fault { place: Place::Pointer(pointer.to_owned()), code, detail }]
    };
    if text.starts_with("unknown field") {
        let detail = "This operation has no such member, or it cannot be set.".to_owned();
        return ApiProblem::new(Kind::UnknownField, "The body holds a member that is not taken.")
            .with_faults(fault("unknown-field", detail));
    }
    if text.starts_with("duplicate field") {
        let detail = "The member is there twice.".to_owned();
        return ApiProblem::new(Kind::Validation, "1 field needs a change.")
            .with_faults(fault("duplicate-field", detail));
    }
    let expected = text.split_once(", expected ").map(|(_, expected)| expected);
    let detail = expected.map_or_else(
        || "The value cannot be read here.".to_owned(),
        |expected| format!("The value must be {expected}."),
    );
    ApiProblem::new(Kind::Validation, "1 field needs a change.")
        .with_faults(fault("wrong-type", detail))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Thing {
        name: String,
        parts: Vec<Object<Part>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Part {
        size: u32,
    }

    fn refused(text: &str) -> (Kind, Option<(Place, &'static str)>) {
        let problem = parse::<Thing>(text.as_bytes()).unwrap_err();
        let fault = problem.faults.first().map(|it| (it.place.clone(), it.code));
        (problem.kind, fault)
    }

    fn at(pointer: &str) -> Place {
        Place::Pointer(pointer.to_owned())
    }

    #[test]
    fn a_body_is_read() {
        let thing: Thing = parse(br#"{"name": "a", "parts": [{"size": 1}]}"#).unwrap();

        assert_eq!(thing.name, "a");
        assert!(thing.parts.iter().map(|it| it.0.size).eq([1]));
    }

    #[test]
    fn members_that_nobody_takes_are_named() {
        assert_eq!(
            refused(r#"{"name": "a", "nmae": 1}"#),
            (Kind::UnknownField, Some((at("#/nmae"), "unknown-field")))
        );
        assert_eq!(
            refused(r#"{"parts": [{"size": 1}, {"a/b~": 1}]}"#),
            (Kind::UnknownField, Some((at("#/parts/1/a~1b~0"), "unknown-field")))
        );
    }

    #[test]
    fn wrong_types_are_named() {
        assert_eq!(
            refused(r#"{"parts": [{"size": -1}]}"#),
            (Kind::Validation, Some((at("#/parts/0/size"), "wrong-type")))
        );
        assert_eq!(
            refused(r#"{"name": null}"#),
            (Kind::Validation, Some((at("#/name"), "wrong-type")))
        );
        for text in ["[]", "[\"a\"]", "1", "null", "\"a\""] {
            assert_eq!(refused(text), (Kind::Validation, Some((at("#"), "wrong-type"))), "{text}");
        }
        assert_eq!(
            refused(r#"{"parts": [[1]]}"#),
            (Kind::Validation, Some((at("#/parts/0"), "wrong-type")))
        );
        assert_eq!(refused(r#"{"name": "a", "name": "b"}"#).0, Kind::Validation);
    }

    #[test]
    fn what_is_not_json_is_told_by_line_and_column() {
        let unclosed = "[".repeat(5000);
        for text in
            ["", "{", "{\"name\": }", "{} {}", "{'name': 1}", "\u{feff}{}", &unclosed, "{\"x\": 1"]
        {
            assert_eq!(refused(text), (Kind::MalformedJson, None), "{text:?}");
        }
        let problem = parse::<Thing>(b"{\n  \"name\": x}").unwrap_err();
        assert_eq!(problem.detail, "The body is not JSON at line 2, column 11.");
        assert_eq!(parse::<Thing>(b"{\"name\": \"\xff\"}").unwrap_err().kind, Kind::MalformedJson);
    }

    #[test]
    fn the_character_that_no_database_keeps_is_refused() {
        for bad in [r#"{"name": "a\u0000"}"#, r#"{"name": "\\\u0000"}"#] {
            assert_eq!(refused(bad).0, Kind::BadRequest, "{bad}");
        }
        assert!(!holds_nul(br#"{"name": "\\u0000"}"#));
    }

    #[test]
    fn deep_nesting_is_refused_without_descending() {
        let deep = format!("{{\"name\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));

        assert_eq!(refused(&deep).0, Kind::Validation);
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        let check = |method: &Method, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(value).unwrap());
            check_media_type(method, &headers).is_ok()
        };
        assert!(check(&Method::POST, "application/json"));
        assert!(check(&Method::POST, "Application/JSON; charset=\"UTF-8\""));
        assert!(check(&Method::PATCH, "application/merge-patch+json"));
        assert!(!check(&Method::POST, "application/merge-patch+json"));
        assert!(!check(&Method::POST, "application/json; charset=latin1"));
        assert!(!check(&Method::POST, "text/plain"));
        assert!(!check(&Method::PATCH, "application/json-patch+json"));
        assert!(check_media_type(&Method::POST, &HeaderMap::new()).is_err());
    }
}
