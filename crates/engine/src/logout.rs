//! Signing out at a client's wish, [OpenID Connect RP-Initiated Logout].
//!
//! [OpenID Connect RP-Initiated Logout]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html

use std::sync::Arc;

use domain::{BrowserSession, Id, RegisteredClient, User};
use protocol::{Carrier, ClientId, Parameters};
use store::{StoreError, repo::grants};

use crate::{
    Engine,
    authorize::{AuthorizationResponse, TrustedRedirectUri},
};

/// A wish to have the person signed out.
#[derive(Debug)]
pub struct LogoutRequest {
    client: Option<Arc<RegisteredClient>>,
    hinted_user: Option<Id<User>>,
    destination: Option<AuthorizationResponse>,
}

/// Why a wish to have the person signed out is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoutRefusal {
    /// The parameters are not UTF-8 text of a reasonable length, or one comes twice.
    #[error("the parameters are not text of a reasonable length, each sent once")]
    Unreadable,
    /// The `id_token_hint` is no ID token of this server.
    #[error("the id_token_hint is no ID token that this server issued")]
    IdTokenHint,
    /// The hint was issued to another client than the one named.
    #[error("the id_token_hint was issued to another client than client_id names")]
    DifferentClients,
    /// No client of this identifier.
    #[error("no client has this client_id")]
    UnknownClient,
    /// There is a URI and nobody whose it could be.
    #[error("post_logout_redirect_uri needs an id_token_hint or a client_id")]
    MissingClient,
    /// The URI is not one of the client's.
    #[error("the post_logout_redirect_uri is not registered")]
    UnregisteredRedirectUri,
}

impl LogoutRefusal {
    /// What the people who build the application change.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unreadable => {
                "Send the parameters form-encoded in UTF-8, each once, in at most 16 KB."
            }
            Self::IdTokenHint => {
                "Send as id_token_hint an ID token that this server issued to the application, \
                 just as it came; it may have expired."
            }
            Self::DifferentClients => {
                "Send the client_id to which the id_token_hint was issued, or leave it out."
            }
            Self::UnknownClient => "Send the client_id of an application of this server.",
            Self::MissingClient => {
                "Send id_token_hint or client_id beside post_logout_redirect_uri, so that it is \
                 known whose address it is."
            }
            Self::UnregisteredRedirectUri => {
                "Register the post_logout_redirect_uri as a sign-out URL of the client, character \
                 by character as it is sent."
            }
        }
    }
}

impl LogoutRequest {
    /// What people call the application that wishes it, where that is known.
    #[must_use]
    pub fn application_name(&self) -> Option<&str> {
        self.client.as_ref().map(|it| it.application_name.as_str())
    }

    /// Whether the client has shown that it knows `user`, so that nobody has to be asked.
    ///
    /// Without that, any page could sign people out.
    #[must_use]
    pub fn is_proved_for(&self, user: Id<User>) -> bool {
        self.hinted_user == Some(user)
    }

    /// Whether the client has shown any ID token of its own.
    #[must_use]
    pub const fn has_proof(&self) -> bool {
        self.hinted_user.is_some()
    }

    /// Where the person goes when it is done.
    #[must_use]
    pub const fn destination(&self) -> Option<&AuthorizationResponse> {
        self.destination.as_ref()
    }
}

impl Engine {
    /// Reads a wish to have the person signed out.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn logout_request(
        &self,
        parameters: &Parameters,
    ) -> Result<Result<LogoutRequest, LogoutRefusal>, StoreError> {
        if parameters.repeated().is_some() {
            return Ok(Err(LogoutRefusal::Unreadable));
        }
        let now = self.now();
        let hint = match parameters.get("id_token_hint") {
            None => None,
            Some(text) => match self.id_token_hint(text, now).await? {
                Some(hint) => Some(hint),
                None => return Ok(Err(LogoutRefusal::IdTokenHint)),
            },
        };
        let named = parameters.get("client_id");
        let hinted = match hint.as_ref().map(|it| it.audience.as_slice()) {
            None => None,
            Some([client_id]) => Some(client_id.as_str()),
            Some(_) => return Ok(Err(LogoutRefusal::IdTokenHint)),
        };
        if hinted.is_some() && named.is_some() && hinted != named {
            return Ok(Err(LogoutRefusal::DifferentClients));
        }
        let client_id = hinted.or(named);
        let client = match client_id.map(|it| ClientId::try_from(it.to_owned())) {
            None => None,
            Some(Err(_malformed)) => return Ok(Err(LogoutRefusal::UnknownClient)),
            Some(Ok(id)) => match self.client(&id, now).await? {
                Some(client) => Some(client),
                None => return Ok(Err(LogoutRefusal::UnknownClient)),
            },
        };
        Ok(destination(client.as_deref(), parameters).map(|destination| LogoutRequest {
            // One that is switched off signs nobody out by itself.
            hinted_user: hint
                .filter(|it| it.is_proved && client.as_ref().is_some_and(|it| it.is_active))
                .map(|it| it.user),
            client,
            destination,
        }))
    }

    /// The applications that signed a person in during this session, by name.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn applications_of(
        &self,
        user: Id<User>,
        session: Id<BrowserSession>,
    ) -> Result<Vec<String>, StoreError> {
        let now = self.now();
        let mut names = Vec::new();
        for client in grants::clients_of_session(&self.parts.store, user, session).await? {
            names.extend(
                self.client_by_id(client, now).await?.map(|it| it.application_name.clone()),
            );
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Where the person goes; nowhere for an application that is switched off.
fn destination(
    client: Option<&RegisteredClient>,
    parameters: &Parameters,
) -> Result<Option<AuthorizationResponse>, LogoutRefusal> {
    let Some(uri) = parameters.get("post_logout_redirect_uri") else { return Ok(None) };
    let client = client.ok_or(LogoutRefusal::MissingClient)?;
    let registered = &client.client.settings.post_logout_redirect_uris;
    let uri =
        TrustedRedirectUri::equal(registered, uri).ok_or(LogoutRefusal::UnregisteredRedirectUri)?;
    let state = parameters.get("state").map(|it| ("state", it.to_owned()));
    let there = AuthorizationResponse::new(uri, Carrier::Query, state.into_iter().collect());
    Ok(client.is_active.then_some(there))
}
