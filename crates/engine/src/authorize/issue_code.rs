//! Issuing the code that a request ends in.

use std::time::Duration;

use domain::{
    CodeGrant, Grant, Handle, HandleDigest, HandleKind, Id, Timestamp,
    authorization::AuthorizationRequest,
};
use protocol::Scope;
use store::{
    StoreError, Tx,
    repo::authorization_codes::{self, Ground},
};

use super::{AuthorizationResponse, SignedInPerson, channel::Channel};
use crate::Engine;

/// How long a code can be redeemed; a client does so at once.
const LIFETIME: Duration = Duration::from_mins(1);

/// A code that is about to be stored.
pub(super) struct NewCode {
    handle: Handle,
    digest: HandleDigest,
    code: CodeGrant,
}

impl NewCode {
    /// A code for what `person` granted in answer to `request`.
    pub(super) fn new(
        engine: &Engine,
        request: &AuthorizationRequest,
        person: &SignedInPerson,
        scope: Scope,
        now: Timestamp,
    ) -> Self {
        let entropy = &*engine.parts.entropy;
        let (handle, digest) = engine.parts.handles.issue(HandleKind::AuthorizationCode, entropy);
        let grant = Grant {
            id: Id::new(now, entropy),
            client_id: request.client_id,
            user_id: person.user_id,
            session_id: Some(person.session_id),
            scope,
            resources: request.resources.clone(),
            auth_time: person.auth_time,
            amr: person.amr.clone(),
            created_at: now,
            revoked_at: None,
        };
        let code = CodeGrant {
            grant,
            redirect_uri: request.redirect_uri.clone(),
            redirect_uri_was_sent: request.redirect_uri_was_sent,
            code_challenge: request.code_challenge.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            nonce: request.nonce.clone(),
            expires_at: now.plus(LIFETIME),
        };
        Self { handle, digest, code }
    }

    /// Whether it may be stored: its session can have ended, or the approval have been
    /// withdrawn, since they were read.
    pub(super) async fn has_ground(
        &self,
        tx: &Tx,
        ground: Ground,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        authorization_codes::has_ground(tx, &self.code.grant, ground, now).await
    }

    /// Stores the code: one statement.
    pub(super) async fn insert(&self, tx: &Tx, now: Timestamp) -> Result<(), StoreError> {
        authorization_codes::insert(tx, &self.code, &self.digest, now).await
    }

    /// The answer that hands the code over, once it is stored.
    pub(super) async fn response(
        &self,
        engine: &Engine,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<AuthorizationResponse, StoreError> {
        channel.code(engine, self.handle.expose(), now).await
    }
}
