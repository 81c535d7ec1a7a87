//! Between columns and the types they hold.

use std::str::FromStr;

use domain::HandleDigest;
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// Reads a column that holds one of a type's names.
pub(crate) fn parse<T: FromStr>(column: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_reason| StoreError::Corrupt(column))
}

/// Reads a column that a type checks when it is made.
pub(crate) fn convert<T: TryFrom<String>>(
    column: &'static str,
    text: String,
) -> Result<T, StoreError> {
    T::try_from(text).map_err(|_reason| StoreError::Corrupt(column))
}

/// As [`convert`], of a column that may be empty.
pub(crate) fn convert_if<T: TryFrom<String>>(
    column: &'static str,
    text: Option<String>,
) -> Result<Option<T>, StoreError> {
    text.map(|it| convert(column, it)).transpose()
}

/// Reads a column of JSON.
pub(crate) fn from_json<T: DeserializeOwned>(
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_reason| StoreError::Corrupt(column))
}

/// Writes a column of JSON.
pub(crate) fn to_json<T: Serialize>(column: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_reason| StoreError::Corrupt(column))
}

/// Reads a column of seconds.
pub(crate) fn seconds(column: &'static str, value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_reason| StoreError::Corrupt(column))
}

/// Reads a digest column.
pub(crate) fn digest(column: &'static str, bytes: &[u8]) -> Result<HandleDigest, StoreError> {
    HandleDigest::from_slice(bytes).ok_or(StoreError::Corrupt(column))
}

/// Space separated words, as lists of names are stored.
pub(crate) fn words<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(item.as_ref());
    }
    text
}

/// Reads space separated words.
pub(crate) fn texts(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Reads space separated names.
pub(crate) fn parse_words<T: FromStr>(
    column: &'static str,
    text: &str,
) -> Result<Vec<T>, StoreError> {
    text.split_whitespace().map(|word| parse(column, word)).collect()
}
