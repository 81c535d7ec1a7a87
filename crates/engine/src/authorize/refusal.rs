//! Why an authorization request was refused, and what its sender is told.

use domain::authorization::PromptRefusal;
use protocol::{AuthorizationErrorCode, InvalidPrompt};

use super::RequestObjectFault;

/// Why a request was refused on a page: its redirect URI cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageRefusal {
    /// The parameters cannot be read.
    #[error("the parameters are not UTF-8 text of a reasonable length")]
    Unreadable,
    /// No `client_id`.
    #[error("the request has no client_id")]
    MissingClient,
    /// More than one `client_id`.
    #[error("the request has more than one client_id")]
    RepeatedClient,
    /// No client of this identifier.
    #[error("no client has this client_id")]
    UnknownClient,
    /// The application is disabled or deleted.
    #[error("the application is disabled")]
    InactiveClient,
    /// No `redirect_uri`, and it cannot be left out.
    #[error(
        "the request has no redirect_uri, and more or less than one is registered or it is OpenID Connect"
    )]
    MissingRedirectUri,
    /// More than one `redirect_uri`.
    #[error("the request has more than one redirect_uri")]
    RepeatedRedirectUri,
    /// The `redirect_uri` is not one of the client's.
    #[error("the redirect_uri is not registered")]
    UnregisteredRedirectUri,
    /// More than one `request_uri`.
    #[error("the request has more than one request_uri")]
    RepeatedRequestUri,
    /// The `request_uri` is none that this client was given, too old, or spent.
    #[error("the request_uri is unknown, too old, spent or another client's")]
    RequestUri,
    /// The request object is not what it must be.
    #[error(transparent)]
    RequestObject(#[from] RequestObjectFault),
}

impl PageRefusal {
    /// The code on the page.
    #[must_use]
    pub const fn code(self) -> AuthorizationErrorCode {
        match self {
            Self::InactiveClient => AuthorizationErrorCode::UnauthorizedClient,
            Self::Unreadable
            | Self::MissingClient
            | Self::RepeatedClient
            | Self::UnknownClient
            | Self::MissingRedirectUri
            | Self::RepeatedRedirectUri
            | Self::UnregisteredRedirectUri
            | Self::RepeatedRequestUri => AuthorizationErrorCode::InvalidRequest,
            Self::RequestUri => AuthorizationErrorCode::InvalidRequestUri,
            Self::RequestObject(_) => AuthorizationErrorCode::InvalidRequestObject,
        }
    }

    /// What happened, for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unreadable | Self::RequestObject(_) => {
                "The application sent a request that we cannot read."
            }
            Self::MissingClient | Self::RepeatedClient => {
                "The application did not say which one it is."
            }
            Self::UnknownClient => "We do not know the application that sent you here.",
            Self::InactiveClient => "The application that sent you here is switched off.",
            Self::MissingRedirectUri | Self::RepeatedRedirectUri => {
                "The application did not say where to send you back to."
            }
            Self::UnregisteredRedirectUri => {
                "The application asked us to return you to an address that is not on its list."
            }
            Self::RepeatedRequestUri => "The application sent more than one request at once.",
            Self::RequestUri => "The request of the application was answered before or is too old.",
        }
    }

    /// What to change, for whoever builds the application.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unreadable => {
                "Send the parameters as UTF-8 text in application/x-www-form-urlencoded form, at most 16 KiB."
            }
            Self::MissingClient => "Send the client ID as client_id.",
            Self::RepeatedClient => "Send client_id once.",
            Self::UnknownClient => {
                "Check that client_id is the one from Keys, with the environment that you mean."
            }
            Self::InactiveClient => "Ask an administrator to enable the application.",
            Self::MissingRedirectUri => {
                "Send the callback URL as redirect_uri. It can be left out only when exactly one is registered and scope does not hold openid."
            }
            Self::RepeatedRedirectUri => "Send redirect_uri once.",
            Self::UnregisteredRedirectUri => {
                "Send a callback URL exactly as it is registered, or register this one under Callback URLs. We compare the whole address, character by character."
            }
            Self::RepeatedRequestUri => "Send request_uri once.",
            Self::RequestObject(fault) => fault.advice(),
            Self::RequestUri => {
                "Push the request again and send the browser at once: each request_uri is good for one answer, within a minute, of the client that pushed it."
            }
        }
    }
}

/// Why a request was refused at the client: its redirect URI is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A parameter came more than once.
    #[error("the parameter {0} was sent more than once")]
    Repeated(&'static str),
    /// A parameter that has to be given back is too long for that.
    #[error("{0} is longer than 2048 bytes")]
    TooLong(&'static str),
    /// A parameter that this server does not take.
    #[error("the parameter {0} is not supported")]
    NotSupported(NotSupported),
    /// No `response_type`.
    #[error("response_type is missing")]
    MissingResponseType,
    /// A `response_type` other than `code`.
    #[error("response_type must be code")]
    UnsupportedResponseType,
    /// A `response_mode` that there is not.
    #[error("response_mode must be one of those that the metadata document lists")]
    UnknownResponseMode,
    /// The client may not be answered so.
    #[error("the application may not be answered by this response_mode")]
    ResponseModeNotAllowed,
    /// The client may ask only by requests that it pushed.
    #[error("the application has to push its requests")]
    PushRequired,
    /// The client may ask only by requests that it signed.
    #[error("the application has to sign its requests")]
    SignatureRequired,
    /// The client is not registered for the code grant.
    #[error("the application is not registered for the authorization code grant")]
    GrantNotAllowed,
    /// An administrator switched the code grant off.
    #[error("the authorization code grant is switched off for every application")]
    GrantSwitchedOff,
    /// The scopes cannot be granted.
    #[error("{0}")]
    Scope(ScopeFault),
    /// The PKCE parameters are not as they must be.
    #[error("{0}")]
    Pkce(PkceFault),
    /// `prompt` cannot be read.
    #[error("{0}")]
    Prompt(InvalidPrompt),
    /// `dpop_jkt` is not the thumbprint of a key.
    #[error("dpop_jkt is not 43 base64url characters")]
    DpopJkt,
    /// `max_age` is not a number of seconds.
    #[error("max_age is not a number of seconds")]
    MaxAge,
    /// A `resource` names no API.
    #[error("resource names no API that is registered here")]
    UnknownResource,
    /// A `resource` names an API of which no scope is asked for.
    #[error("resource names an API of which scope holds nothing")]
    UnopenedResource,
    /// The person said no.
    #[error("the person did not approve")]
    Denied,
    /// `id_token_hint` is no ID token that this client got here.
    #[error("id_token_hint is no ID token that this server issued to the application")]
    IdTokenHint,
    /// It cannot be answered as the client wants.
    #[error("{}", unanswerable(*.0))]
    Unanswerable(PromptRefusal),
}

/// Parameters of OpenID Connect Core that have their own refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSupported {
    /// `request`
    Request,
    /// `request_uri`
    RequestUri,
    /// `registration`
    Registration,
}

/// What is wrong with the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeFault {
    /// The list cannot be read.
    #[error("scope holds a character that is not allowed, or more than 64 names")]
    Malformed,
    /// A scope does not exist, or the client may not ask for it.
    #[error("scope names a scope that does not exist or that the application may not ask for")]
    NotAllowed,
    /// None was asked for, and the client has no default.
    #[error("scope is missing, and the application has no default scopes")]
    Missing,
}

/// What is wrong with the PKCE parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceFault {
    /// No challenge, though one is required.
    #[error("code_challenge is missing; this server requires PKCE")]
    Missing,
    /// Another method than `S256`.
    #[error("code_challenge_method must be S256")]
    NotS256,
    /// The challenge is not a SHA-256 hash.
    #[error("code_challenge is not 43 base64url characters")]
    Malformed,
}

impl NotSupported {
    /// The name of the parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::RequestUri => "request_uri",
            Self::Registration => "registration",
        }
    }
}

impl std::fmt::Display for NotSupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

const fn unanswerable(refusal: PromptRefusal) -> &'static str {
    match refusal {
        PromptRefusal::LoginRequired => "prompt is none and the person has to sign in",
        PromptRefusal::ConsentRequired => "prompt is none and the person has to approve",
        PromptRefusal::AnotherPerson => "the person is not the one of id_token_hint",
    }
}

impl Refusal {
    /// The code the client is told, [RFC 6749 section 4.1.2.1].
    ///
    /// [RFC 6749 section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    #[must_use]
    pub const fn code(self) -> AuthorizationErrorCode {
        match self {
            Self::Repeated(_)
            | Self::TooLong(_)
            | Self::MissingResponseType
            | Self::UnknownResponseMode
            | Self::ResponseModeNotAllowed
            | Self::PushRequired
            | Self::SignatureRequired
            | Self::Pkce(_)
            | Self::Prompt(_)
            | Self::IdTokenHint
            | Self::DpopJkt
            | Self::MaxAge => AuthorizationErrorCode::InvalidRequest,
            Self::NotSupported(NotSupported::Request) => {
                AuthorizationErrorCode::RequestNotSupported
            }
            Self::NotSupported(NotSupported::RequestUri) => {
                AuthorizationErrorCode::RequestUriNotSupported
            }
            Self::NotSupported(NotSupported::Registration) => {
                AuthorizationErrorCode::RegistrationNotSupported
            }
            Self::UnsupportedResponseType => AuthorizationErrorCode::UnsupportedResponseType,
            Self::GrantNotAllowed | Self::GrantSwitchedOff => {
                AuthorizationErrorCode::UnauthorizedClient
            }
            Self::Scope(_) => AuthorizationErrorCode::InvalidScope,
            Self::UnknownResource | Self::UnopenedResource => AuthorizationErrorCode::InvalidTarget,
            Self::Denied => AuthorizationErrorCode::AccessDenied,
            Self::Unanswerable(PromptRefusal::LoginRequired | PromptRefusal::AnotherPerson) => {
                AuthorizationErrorCode::LoginRequired
            }
            Self::Unanswerable(PromptRefusal::ConsentRequired) => {
                AuthorizationErrorCode::ConsentRequired
            }
        }
    }

    /// What to change, in ASCII without quotes, as the RFC wants `error_description`.
    ///
    /// Never what is registered: the sender may be anyone.
    #[must_use]
    pub fn description(self) -> String {
        match self {
            Self::GrantNotAllowed => {
                "The application is not allowed to use authorization code. Turn it on under Grant types.".to_owned()
            }
            Self::GrantSwitchedOff => {
                "An administrator has switched authorization code off for every application.".to_owned()
            }
            Self::Pkce(PkceFault::Missing) => {
                "The request had no code_challenge. This server requires PKCE, as OAuth 2.1 does. Most libraries add it with one option.".to_owned()
            }
            Self::ResponseModeNotAllowed => {
                "The application may not be answered by this response_mode. Allow it under Tokens and sign-in, or leave it out.".to_owned()
            }
            Self::PushRequired => {
                "The application has to push its requests. Send the parameters to the pushed_authorization_request_endpoint first.".to_owned()
            }
            Self::SignatureRequired => {
                "The application has to sign its requests. Send the parameters in a signed JWT as request.".to_owned()
            }
            Self::Denied => "The person did not approve.".to_owned(),
            Self::Repeated(_)
            | Self::TooLong(_)
            | Self::NotSupported(_)
            | Self::MissingResponseType
            | Self::UnsupportedResponseType
            | Self::UnknownResponseMode
            | Self::Scope(_)
            | Self::Pkce(PkceFault::NotS256 | PkceFault::Malformed)
            | Self::Prompt(_)
            | Self::MaxAge
            | Self::DpopJkt
            | Self::UnknownResource
            | Self::UnopenedResource
            | Self::IdTokenHint
            | Self::Unanswerable(_) => sentence(&self.to_string()),
        }
    }
}

/// A reason as a sentence; parameter names keep their small letter.
fn sentence(reason: &str) -> String {
    let mut words = reason.split(' ');
    let first = words.next().unwrap_or_default();
    let mut chars = first.chars();
    let capital = match chars.next() {
        Some(letter) if !first.contains('_') && first == "the" => {
            letter.to_uppercase().chain(chars).collect()
        }
        Some(_) | None => first.to_owned(),
    };
    let rest: Vec<&str> = words.collect();
    format!("{capital} {}.", rest.join(" "))
}
