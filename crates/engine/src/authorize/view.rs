//! What the pages in between show.

use domain::{Environment, Id, Permission, RegisteredClient, User, built_in_scope};
use protocol::{Scope, ScopeToken};

use super::{TrustedRedirectUri, begin::is_anyones};
use crate::catalogue::Catalogue;

/// Who asks, for people.
#[derive(Debug, Clone)]
pub struct ClientView {
    /// What the application is called.
    pub name: String,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Where its tokens count.
    pub environment: Environment,
    /// Whether an approval can stand for the next time as well.
    pub may_be_remembered: bool,
    /// Where the person goes next; the forms of the page may lead there.
    pub redirect_uri: TrustedRedirectUri,
}

/// What the sign-in page shows.
#[derive(Debug, Clone)]
pub struct LogInView {
    /// Who asks.
    pub client: ClientView,
    /// Who the client thinks the person is.
    pub login_hint: Option<String>,
}

/// What the consent page shows.
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// Who asks.
    pub client: ClientView,
    /// Who is asked.
    pub user_id: Id<User>,
    /// What is asked now.
    pub asked: Vec<ScopeView>,
    /// What was approved before and is not asked again.
    pub remembered: Vec<ScopeView>,
    /// Whether an answer came with nothing ticked, and nothing was done.
    pub nothing_ticked: bool,
}

/// One scope, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeView {
    /// The name on the wire.
    pub name: String,
    /// What it lets the application do.
    pub display_name: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// Whether it cannot be unticked.
    pub required: bool,
}

impl ClientView {
    pub(super) fn of(client: &RegisteredClient, redirect_uri: TrustedRedirectUri) -> Self {
        Self {
            name: client.application_name.clone(),
            client_uri: client.client_uri.clone(),
            policy_uri: client.policy_uri.clone(),
            tos_uri: client.tos_uri.clone(),
            environment: client.client.environment,
            may_be_remembered: !is_anyones(client, redirect_uri.as_str()),
            redirect_uri,
        }
    }
}

/// The scopes of `scope` as people read them.
pub(crate) fn scope_views(scope: &Scope, catalogue: &Catalogue) -> Vec<ScopeView> {
    scope.iter().map(|token| scope_view(token, catalogue)).collect()
}

/// A scope as people read it; its bare name when it is gone meanwhile.
fn scope_view(token: &ScopeToken, catalogue: &Catalogue) -> ScopeView {
    let name = token.as_str();
    let built_in = built_in_scope(name);
    let (display_name, description) = if let Some(it) = built_in {
        (it.display_name.to_owned(), it.description.to_owned())
    } else if let Some((api, scope)) = catalogue.definition(token) {
        let description = if scope.description.is_empty() {
            format!("At {}.", api.name)
        } else {
            scope.description.clone()
        };
        let called = &scope.display_name;
        (if called.is_empty() { name.to_owned() } else { called.clone() }, description)
    } else if name.parse::<Permission>().is_ok() {
        let description = "In the management of this server, as far as your own role goes.";
        (format!("Act for you: {name}"), description.to_owned())
    } else {
        (name.to_owned(), String::new())
    };
    ScopeView {
        name: name.to_owned(),
        display_name,
        description,
        required: built_in.is_some_and(|it| it.required),
    }
}
