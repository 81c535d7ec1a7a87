//! The formats of a token response.

use std::str::FromStr;

/// How `/token` writes its answer, chosen by the `format` parameter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseFormat {
    /// A JSON object, as RFC 6749 has it.
    #[default]
    Json,
    /// An XML document with the same field names.
    Xml,
    /// `application/x-www-form-urlencoded`.
    UrlEncoded,
}

/// The server does not know this format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("format is not json, xml, urlencoded or query")]
pub struct UnknownResponseFormat;

impl FromStr for ResponseFormat {
    type Err = UnknownResponseFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "json" => Ok(Self::Json),
            "xml" => Ok(Self::Xml),
            "urlencoded" | "query" => Ok(Self::UrlEncoded),
            _ => Err(UnknownResponseFormat),
        }
    }
}
