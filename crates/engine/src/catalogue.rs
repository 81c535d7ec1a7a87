//! What scopes open: which API each belongs to, and for which one a token is.

use std::collections::HashMap;

use domain::{Permission, Resource, ScopeDefinition, TokenFormat, built_in_scope};
use protocol::{Scope, ScopeToken};

/// The scopes with which a token opens userinfo.
const USERINFO_SCOPES: [&str; 3] = ["openid", "profile", "email"];

/// Every scope there is, with the API it opens.
#[derive(Debug)]
pub(crate) struct Catalogue {
    issuer: String,
    management: String,
    resources: Vec<Resource>,
    homes: HashMap<String, Home>,
}

/// Whose a scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    /// The server itself.
    Server,
    /// The management API.
    Management,
    /// A registered API, by its place in the list.
    Api(usize),
}

/// The one API that an access token is for, and what it opens there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The identifier of the API.
    pub(crate) identifier: String,
    /// What the token opens.
    pub(crate) scope: Scope,
    /// What the token looks like.
    pub(crate) format: TokenFormat,
}

/// Why no target can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    /// No API has the identifier that was sent.
    #[error("the resource is not a registered API")]
    Unknown,
    /// More than one API was named.
    #[error("more than one resource was named")]
    Several,
    /// The scopes open several APIs and none was named.
    #[error("the scopes open several APIs and no resource was named")]
    Ambiguous,
    /// Nothing was granted at the API that was named.
    #[error("no scope of the named resource was granted")]
    NotGranted,
}

impl Catalogue {
    /// The catalogue of the server called `issuer` with these APIs.
    pub(crate) fn new(issuer: &str, resources: Vec<Resource>) -> Self {
        let mut homes = HashMap::new();
        for (index, resource) in resources.iter().enumerate() {
            for scope in &resource.scopes {
                homes.insert(scope.name.as_str().to_owned(), Home::Api(index));
            }
        }
        // After the others: no API can take a name that means something here.
        for permission in Permission::ALL {
            homes.insert(permission.as_str().to_owned(), Home::Management);
        }
        for scope in domain::BUILT_IN_SCOPES {
            homes.insert(scope.name.to_owned(), Home::Server);
        }
        let management = format!("{}/api", issuer.trim_end_matches('/'));
        Self { issuer: issuer.to_owned(), management, resources, homes }
    }

    /// Whether such a scope exists.
    pub(crate) fn has_scope(&self, token: &ScopeToken) -> bool {
        self.homes.contains_key(token.as_str())
    }

    /// Whether `identifier` is that of an API, this server and its management API included.
    pub(crate) fn has_resource(&self, identifier: &str) -> bool {
        identifier == self.issuer
            || identifier == self.management
            || self.resources.iter().any(|it| it.identifier == identifier)
    }

    /// The APIs that a request for `scope` names, each once, [RFC 8707 section 2.1].
    ///
    /// [RFC 8707 section 2.1]: https://www.rfc-editor.org/rfc/rfc8707#section-2.1
    pub(crate) fn named<'a>(
        &self,
        scope: &Scope,
        named: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<String>, TargetRefusal> {
        let mut resources: Vec<String> = Vec::new();
        for name in named {
            if !self.has_resource(name) {
                return Err(TargetRefusal::Unknown);
            }
            if !scope.iter().any(|token| self.identifier_of(token) == Some(name)) {
                return Err(TargetRefusal::NotGranted);
            }
            if !resources.iter().any(|it| it == name) {
                resources.push(name.to_owned());
            }
        }
        Ok(resources)
    }

    /// What the consent page tells of a scope of a registered API.
    pub(crate) fn definition(&self, token: &ScopeToken) -> Option<(&Resource, &ScopeDefinition)> {
        let Some(Home::Api(index)) = self.homes.get(token.as_str()) else { return None };
        let resource = self.resources.get(*index)?;
        resource.scopes.iter().find(|it| it.name == *token).map(|it| (resource, it))
    }

    /// The identifier of the API that a scope opens.
    pub(crate) fn identifier_of(&self, token: &ScopeToken) -> Option<&str> {
        match self.homes.get(token.as_str())? {
            Home::Server => Some(&self.issuer),
            Home::Management => Some(&self.management),
            Home::Api(index) => self.resources.get(*index).map(|it| it.identifier.as_str()),
        }
    }

    /// The audience of a token for `identifier` that opens `scope`: userinfo may ride along.
    pub(crate) fn audience(&self, identifier: &str, scope: &Scope) -> Vec<String> {
        let mut audience = vec![identifier.to_owned()];
        let rides = USERINFO_SCOPES.iter().any(|name| scope.contains(name));
        if rides && identifier != self.issuer {
            audience.push(self.issuer.clone());
        }
        audience
    }

    /// The one API that a token for `scope` is for; `resources` may name it. It is one of
    /// `granted`, unless that is empty.
    ///
    /// See [RFC 8707 section 2.2].
    ///
    /// [RFC 8707 section 2.2]: https://www.rfc-editor.org/rfc/rfc8707#section-2.2
    pub(crate) fn target(
        &self,
        scope: &Scope,
        resources: &[&str],
        granted: &[String],
    ) -> Result<Target, TargetRefusal> {
        let identifier = match resources {
            [] => self.only_api(scope, granted)?,
            [named] if self.has_resource(named) => *named,
            [_] => return Err(TargetRefusal::Unknown),
            [first, rest @ ..] if rest.iter().all(|it| it == first) => first,
            [_, ..] => return Err(TargetRefusal::Several),
        };
        if !resources.is_empty() && !is_among(granted, identifier) {
            return Err(TargetRefusal::NotGranted);
        }
        let scope = scope.filtered(|token| {
            let home = self.identifier_of(token);
            built_in_scope(token.as_str()).is_some() || home == Some(identifier)
        });
        let opens_it = scope.iter().any(|it| self.identifier_of(it) == Some(identifier));
        if !resources.is_empty() && !opens_it {
            return Err(TargetRefusal::NotGranted);
        }
        let format = self.format_of(identifier);
        Ok(Target { identifier: identifier.to_owned(), scope, format })
    }

    /// What the tokens for an API look like.
    fn format_of(&self, identifier: &str) -> TokenFormat {
        let resource = self.resources.iter().find(|it| it.identifier == identifier);
        resource.map_or(TokenFormat::Jwt, |it| it.token_format)
    }

    /// The API of all scopes but the built-in ones, as far as it was granted; the server itself
    /// when there are none.
    fn only_api(&self, scope: &Scope, granted: &[String]) -> Result<&str, TargetRefusal> {
        let mut apis = scope
            .iter()
            .filter(|token| built_in_scope(token.as_str()).is_none())
            .filter_map(|token| self.identifier_of(token))
            .filter(|it| is_among(granted, it));
        let Some(first) = apis.next() else { return Ok(&self.issuer) };
        if apis.all(|it| it == first) { Ok(first) } else { Err(TargetRefusal::Ambiguous) }
    }
}

/// Whether a token may be for `identifier`: every API where none was named.
fn is_among(granted: &[String], identifier: &str) -> bool {
    granted.is_empty() || granted.iter().any(|it| it == identifier)
}

#[cfg(test)]
mod tests {
    use domain::{Id, Timestamp};

    use super::*;
    use crate::testing::id;

    fn resource(number: u128, identifier: &str, format: TokenFormat, scopes: &[&str]) -> Resource {
        let definition = |name: &&str| ScopeDefinition {
            id: id(number),
            name: ScopeToken::try_from(*name).unwrap(),
            display_name: (*name).to_owned(),
            description: String::new(),
            default: false,
        };
        Resource {
            id: Id::from_uuid(id::<Resource>(number).as_uuid()),
            identifier: identifier.to_owned(),
            name: identifier.to_owned(),
            description: String::new(),
            token_format: format,
            scopes: scopes.iter().map(definition).collect(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: 1,
        }
    }

    fn catalogue() -> Catalogue {
        let photos =
            resource(1, "https://photos.test", TokenFormat::Jwt, &["photos.read", "openid"]);
        let mail = resource(2, "https://mail.test", TokenFormat::Opaque, &["mail.send"]);
        Catalogue::new("https://id.test", vec![photos, mail])
    }

    fn target(scope: &str, resources: &[&str]) -> Result<(String, String), TargetRefusal> {
        let scope = Scope::parse(scope).unwrap();
        catalogue().target(&scope, resources, &[]).map(|it| (it.identifier, it.scope.to_string()))
    }

    #[test]
    fn scopes_tell_the_api() {
        let ok = |identifier: &str, scope: &str| Ok((identifier.to_owned(), scope.to_owned()));

        assert_eq!(target("openid email", &[]), ok("https://id.test", "openid email"));
        assert_eq!(target("", &[]), ok("https://id.test", ""));
        assert_eq!(target("photos.read", &[]), ok("https://photos.test", "photos.read"));
        assert_eq!(target("apps:read", &[]), ok("https://id.test/api", "apps:read"));
        assert_eq!(
            target("openid photos.read", &[]),
            ok("https://photos.test", "openid photos.read")
        );
    }

    #[test]
    fn several_apis_need_a_resource_that_picks_one() {
        let both = "openid photos.read mail.send";

        assert_eq!(target(both, &[]), Err(TargetRefusal::Ambiguous));
        assert_eq!(
            target(both, &["https://mail.test"]),
            Ok(("https://mail.test".to_owned(), "openid mail.send".to_owned()))
        );
        assert_eq!(
            target(both, &["https://id.test"]),
            Ok(("https://id.test".to_owned(), "openid".to_owned()))
        );
        assert_eq!(
            target(both, &["https://mail.test", "https://photos.test"]),
            Err(TargetRefusal::Several)
        );
    }

    #[test]
    fn a_resource_that_is_unknown_or_not_granted_is_refused() {
        assert_eq!(target("photos.read", &["https://nowhere.test"]), Err(TargetRefusal::Unknown));
        assert_eq!(target("photos.read", &["https://photos.test/"]), Err(TargetRefusal::Unknown));
        assert_eq!(target("photos.read", &["https://mail.test"]), Err(TargetRefusal::NotGranted));
        assert_eq!(target("photos.read", &["https://id.test"]), Err(TargetRefusal::NotGranted));
    }

    #[test]
    fn a_token_is_for_one_of_the_apis_that_were_granted() {
        let target = |resources: &[&str], granted: &[&str]| {
            let scope = Scope::parse("openid photos.read mail.send").unwrap();
            let granted: Vec<_> = granted.iter().map(|it| (*it).to_owned()).collect();
            catalogue().target(&scope, resources, &granted).map(|it| it.identifier)
        };
        let (photos, mail, server) =
            ("https://photos.test", "https://mail.test", "https://id.test");

        assert_eq!(target(&[], &[mail]).as_deref(), Ok(mail));
        assert_eq!(target(&[mail], &[mail, photos]).as_deref(), Ok(mail));
        assert_eq!(target(&[], &[mail, photos]), Err(TargetRefusal::Ambiguous));
        assert_eq!(target(&[photos], &[mail]), Err(TargetRefusal::NotGranted));
        assert_eq!(target(&[server], &[mail]), Err(TargetRefusal::NotGranted));
        assert_eq!(target(&[], &[server]).as_deref(), Ok(server));
    }

    #[test]
    fn userinfo_rides_along_and_offline_access_alone_does_not() {
        let audience = |scope: &str| {
            catalogue().audience("https://photos.test", &Scope::parse(scope).unwrap())
        };

        assert_eq!(audience("openid photos.read"), ["https://photos.test", "https://id.test"]);
        assert_eq!(audience("offline_access photos.read"), ["https://photos.test"]);
    }

    #[test]
    fn the_api_says_what_its_tokens_look_like() {
        let format = |scope: &str| {
            catalogue().target(&Scope::parse(scope).unwrap(), &[], &[]).unwrap().format
        };

        assert_eq!(format("photos.read"), TokenFormat::Jwt);
        assert_eq!(format("openid mail.send"), TokenFormat::Opaque);
        assert_eq!(format("openid"), TokenFormat::Jwt);
    }

    #[test]
    fn an_api_cannot_take_a_built_in_scope() {
        let token = ScopeToken::try_from("openid").unwrap();

        assert_eq!(catalogue().identifier_of(&token), Some("https://id.test"));
    }
}
