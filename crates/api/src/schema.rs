//! The small shapes that many bodies share: named values, moments, and what a merge patch may say.

use std::borrow::Cow;

use domain::{Environment as Env, Timestamp as Moment, audit};
use protocol::{Carrier, ClientAuthMethod, GrantType as Grant};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use service::Patch;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

macro_rules! named_values {
    ($($name:ident = $values:expr, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub(crate) struct $name;

        impl $name {
            /// The values as they are written.
            pub(crate) fn values() -> Vec<&'static str> {
                $values
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::String))
                    .description(Some($doc))
                    .enum_values(Some(Self::values()))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

/// The written forms of `values`.
fn written<T: Copy>(values: &[T], write: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    values.iter().map(|it| write(*it)).collect()
}

named_values! {
    ApplicationType = written(&domain::ApplicationType::ALL, domain::ApplicationType::as_str),
        "What kind of program an application is.";
    ApplicationStatus = written(&domain::ApplicationStatus::ALL, domain::ApplicationStatus::as_str),
        "Whether an application may ask for tokens.";
    Environment = written(Env::ALL, Env::as_str), "Where a client's tokens count.";
    GrantType = written(&Grant::ALL, Grant::as_str), "How a client may ask for tokens.";
    ResponseType = vec!["code"], "What the authorization endpoint may send back.";
    TokenEndpointAuthMethod = written(&ClientAuthMethod::ALL, ClientAuthMethod::as_str),
        "How a client proves who it is.";
    RefreshMode = written(domain::RefreshMode::ALL, domain::RefreshMode::as_str),
        "What happens to a refresh token that is used.";
    ResponseMode = written(&Carrier::ALL, Carrier::as_str),
        "What carries an answer of the authorization endpoint.";
    SigningAlgorithm = written(domain::IdTokenAlg::ALL, domain::IdTokenAlg::as_str),
        "What this server signs with.";
    AssertionAlgorithm = written(domain::JwsAlg::ALL, domain::JwsAlg::as_str),
        "What a client signs with.";
    TokenFormat = written(&domain::TokenFormat::ALL, domain::TokenFormat::as_str),
        "What an API's access tokens look like.";
    UserStatus = written(&domain::UserStatus::ALL, domain::UserStatus::as_str),
        "Whether a person may sign in.";
    Role = written(&domain::Role::ALL, domain::Role::as_str), "What a person may manage.";
    Permission = written(domain::Permission::ALL, domain::Permission::as_str),
        "One right; the same text is a scope of this API.";
    SessionKind = vec![domain::SessionKind::User.as_str(), domain::SessionKind::Console.as_str()],
        "Which pages a session opens.";
    AuditAction = written(audit::Action::ALL, audit::Action::as_str), "What happened.";
    AuditOutcome = vec![audit::Outcome::Success.as_str(), audit::Outcome::Refused.as_str()],
        "Whether an act succeeded.";
    ActorKind = written(&audit::ActorKind::ALL, audit::ActorKind::as_str), "Who acted.";
    Surface = written(&audit::Surface::ALL, audit::Surface::as_str), "Through what an act came.";
}

/// A moment, written as RFC 3339 has it, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp(pub(crate) Moment);

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        Self(moment)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = &"a time such as 2026-11-18T11:06:40Z";
        Moment::parse_rfc3339(&text)
            .map(Self)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), expected))
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment, RFC 3339; answers have it in UTC."))
            .examples(["2026-11-18T11:06:40.123Z"])
            .into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Timestamp")
    }
}

/// Reads a member that cannot be taken away: `null` is no value of it.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads a member that can be taken away: `null` does so.
pub(crate) fn patch<'de, D, T>(deserializer: D) -> Result<Patch<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Patch::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Body {
        #[serde(deserialize_with = "present")]
        name: Option<String>,
        #[serde(deserialize_with = "patch")]
        role: Patch<String>,
        at: Option<Timestamp>,
    }

    #[test]
    fn absent_null_and_a_value_differ() {
        let read = |text: &str| serde_json::from_str::<Body>(text);

        assert!(read("{}").is_ok_and(|it| it.name.is_none() && it.role == Patch::Keep));
        assert!(read(r#"{"role": null}"#).is_ok_and(|it| it.role == Patch::Clear));
        assert!(read(r#"{"role": "x"}"#).is_ok_and(|it| it.role == Patch::Set("x".to_owned())));
        assert!(read(r#"{"name": null}"#).is_err());
    }

    #[test]
    fn moments_are_rfc_3339() {
        let body: Body = serde_json::from_str(r#"{"at": "2026-11-18T12:06:40+01:00"}"#).unwrap();
        let written = serde_json::to_string(&body.at).unwrap();
        assert_eq!(written, r#""2026-11-18T11:06:40Z""#);
        for bad in ["1795000000", "\"tomorrow\"", "\"2026-11-18\""] {
            assert!(serde_json::from_str::<Timestamp>(bad).is_err(), "{bad}");
        }
    }
}
