//! Claims, read so that a malformed one is never taken for an absent one.

use serde_json::{Map, Value};

/// A claim has another type than it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the claim {name} is {problem}")]
pub struct InvalidClaim {
    /// Which claim.
    pub name: &'static str,
    /// What is wrong with it.
    problem: &'static str,
}

impl InvalidClaim {
    const fn absent(name: &'static str) -> Self {
        Self { name, problem: "absent" }
    }

    const fn malformed(name: &'static str) -> Self {
        Self { name, problem: "malformed" }
    }
}

/// The claims of a JWT, [RFC 7519 section 4].
///
/// Each getter gives `None` for an absent claim and an error for one of
/// another type, `null` included.
///
/// [RFC 7519 section 4]: https://www.rfc-editor.org/rfc/rfc7519#section-4
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the claims of a JSON object.
    #[must_use]
    pub const fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// The claim as text.
    ///
    /// # Errors
    ///
    /// When it is present and not a string.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, InvalidClaim> {
        self.read(name, Value::as_str)
    }

    /// The claim as text that must be there.
    ///
    /// # Errors
    ///
    /// When it is absent or not a string.
    pub fn required_text(&self, name: &'static str) -> Result<&str, InvalidClaim> {
        self.text(name)?.ok_or(InvalidClaim::absent(name))
    }

    /// The claim as whole seconds since the Unix epoch, such as `exp`.
    ///
    /// A fraction, which [RFC 7519 section 2] allows, is cut off.
    ///
    /// # Errors
    ///
    /// When it is present and not a number that a date can be.
    ///
    /// [RFC 7519 section 2]: https://www.rfc-editor.org/rfc/rfc7519#section-2
    pub fn seconds(&self, name: &'static str) -> Result<Option<i64>, InvalidClaim> {
        self.read(name, whole_seconds)
    }

    /// The claim as whole seconds that must be there.
    ///
    /// # Errors
    ///
    /// When it is absent or not a number that a date can be.
    pub fn required_seconds(&self, name: &'static str) -> Result<i64, InvalidClaim> {
        self.seconds(name)?.ok_or(InvalidClaim::absent(name))
    }

    /// The claim as a list of texts, of which one may stand alone, such as `aud`.
    ///
    /// # Errors
    ///
    /// When it is present and neither a string nor an array of strings.
    pub fn texts(&self, name: &'static str) -> Result<Option<Vec<&str>>, InvalidClaim> {
        self.read(name, |value| match value {
            Value::String(one) => Some(vec![one.as_str()]),
            Value::Array(many) => many.iter().map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        })
    }

    /// The claim as an object of claims of its own, such as `cnf`.
    ///
    /// # Errors
    ///
    /// When it is present and not an object.
    pub fn object(&self, name: &'static str) -> Result<Option<Self>, InvalidClaim> {
        self.read(name, |value| value.as_object().cloned().map(Self))
    }

    /// Every claim by its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    fn read<'a, T>(
        &'a self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, InvalidClaim> {
        match self.0.get(name) {
            Some(value) => read(value).map(Some).ok_or(InvalidClaim::malformed(name)),
            None => Ok(None),
        }
    }
}

/// Dates end where `f64` stops to count seconds, some 285 million years away.
fn whole_seconds(value: &Value) -> Option<i64> {
    const LIMIT: i64 = 1 << 53;
    let seconds = match value.as_i64() {
        Some(seconds) => seconds,
        None => format!("{:.0}", value.as_f64()?.trunc()).parse().ok()?,
    };
    (-LIMIT..=LIMIT).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Claims, InvalidClaim};

    fn claims(value: &Value) -> Claims {
        Claims::new(serde_json::from_value(json!({ "it": value })).unwrap())
    }

    #[test]
    fn an_absent_claim_is_none_and_a_required_one_an_error() {
        let empty = Claims::new(serde_json::Map::new());

        assert_eq!(empty.text("it"), Ok(None));
        assert_eq!(empty.seconds("it"), Ok(None));
        assert_eq!(empty.texts("it"), Ok(None));
        assert_eq!(empty.required_text("it"), Err(InvalidClaim::absent("it")));
        assert_eq!(empty.required_seconds("it"), Err(InvalidClaim::absent("it")));
    }

    #[test]
    fn a_claim_of_its_type_is_read() {
        assert_eq!(claims(&json!("a")).required_text("it"), Ok("a"));
        assert_eq!(claims(&json!("a")).texts("it"), Ok(Some(vec!["a"])));
        assert_eq!(claims(&json!(["a", "b"])).texts("it"), Ok(Some(vec!["a", "b"])));
        assert_eq!(claims(&json!([])).texts("it"), Ok(Some(vec![])));
        let inner = claims(&json!({ "in": "b" })).object("it").unwrap().unwrap();
        assert_eq!(inner.required_text("in"), Ok("b"));
        for (value, seconds) in [
            (json!(1_300_819_380), 1_300_819_380),
            (json!(1_300_819_380.9), 1_300_819_380),
            (json!(0), 0),
            (json!(-1.5), -1),
            (json!(-0.5), 0),
            (json!(1e9), 1_000_000_000),
        ] {
            assert_eq!(claims(&value).required_seconds("it"), Ok(seconds));
        }
    }

    #[test]
    fn a_claim_of_another_type_is_an_error_and_never_absent() {
        let malformed = InvalidClaim::malformed("it");

        for value in [json!(null), json!(1), json!(["a"]), json!({}), json!(true)] {
            assert_eq!(claims(&value).text("it"), Err(malformed), "{value}");
        }
        for value in [
            json!(null),
            json!("1300819380"),
            json!(true),
            json!([1]),
            json!(1e30),
            json!(-1e300),
            json!(i64::MAX),
            json!(u64::MAX),
        ] {
            assert_eq!(claims(&value).seconds("it"), Err(malformed), "{value}");
        }
        for value in [json!(null), json!(1), json!("a"), json!([])] {
            assert_eq!(claims(&value).object("it"), Err(malformed), "{value}");
        }
        for value in [json!(null), json!(1), json!(["a", 1]), json!([["a"]]), json!({})] {
            assert_eq!(claims(&value).texts("it"), Err(malformed), "{value}");
        }
        assert_eq!(malformed.to_string(), "the claim it is malformed");
    }
}
