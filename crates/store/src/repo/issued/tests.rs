//! What is being issued at the moment of a revocation does not escape it.

use domain::{
    BrowserSession, Client, CodeGrant, Entropy, Grant, HandleDigest, HandleKind, Id, Timestamp,
    User,
};
use protocol::Scope;
use tokio::sync::oneshot;

use super::{IssuedFilter, Which, remove_consents, revoke_all_of_user, revoke_live_grants};
use crate::{
    Store, StoreError, Tx,
    repo::{
        authorization_codes::{self, Bindings, Ground, Redeemed, has_ground},
        browser_sessions, consents, grants,
    },
    testing::{NOW, Seeded, client, handles, session, two_nodes, until_somebody_waits, user},
};

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 1);
const END: Timestamp = Timestamp::from_millis(NOW.as_millis() + 60_000);

/// A person who is signed in and approved an application, and two nodes.
struct World {
    issuing: Store,
    revoking: Store,
    client: Id<Client>,
    user: Id<User>,
    session: Id<BrowserSession>,
}

impl World {
    async fn new(purpose: &str) -> Self {
        let (issuing, revoking) = two_nodes(purpose).await;
        let (user, client) = (user(&issuing, "alice").await, client(&issuing, "app").await);
        let session = session(&issuing, user).await;
        let world = Self { issuing, revoking, client, user, session };
        let scope = world.code().grant.scope;
        let entropy: &dyn Entropy = &Seeded::from(3);
        let when = (NOW, entropy);
        let approve = async |tx: &Tx| consents::grow(tx, user, client, &scope, when).await;
        world.issuing.write(approve).await.unwrap();
        world
    }

    fn code(&self) -> CodeGrant {
        CodeGrant {
            grant: Grant {
                id: Id::new(NOW, &Seeded::from(2)),
                client_id: self.client,
                user_id: self.user,
                session_id: Some(self.session),
                scope: Scope::parse("openid offline_access").unwrap(),
                resources: Vec::new(),
                auth_time: NOW,
                amr: vec!["pwd".to_owned()],
                created_at: NOW,
                revoked_at: None,
            },
            redirect_uri: "https://app.test/cb".to_owned(),
            redirect_uri_was_sent: false,
            code_challenge: None,
            dpop_jkt: None,
            nonce: None,
            expires_at: END,
        }
    }

    fn digest() -> HandleDigest {
        handles().issue(HandleKind::AuthorizationCode, &Seeded::from(1)).1
    }

    /// Issues the code as a person does who need not be asked; says whether it could. What
    /// it rests on is read, `meanwhile` goes on, then it is stored.
    async fn issue(&self, meanwhile: impl AsyncFnOnce()) -> bool {
        let code = self.code();
        let issue = async |tx: &Tx| {
            let ground = Ground::RememberedConsent;
            if !has_ground(tx, &code.grant, ground, NOW).await? {
                return Ok(false);
            }
            meanwhile().await;
            authorization_codes::insert(tx, &code, &Self::digest(), NOW).await?;
            Ok(true)
        };
        self.issuing.write(issue).await.unwrap()
    }

    async fn redeem(&self, tx: &Tx) -> Result<Redeemed, StoreError> {
        let bindings = Bindings {
            client_id: self.client,
            redirect_uri: None,
            code_challenge: None,
            dpop_jkt: None,
        };
        authorization_codes::redeem(tx, &Self::digest(), &bindings, LATER).await
    }

    /// Whether the code buys nothing.
    async fn code_is_dead(&self) -> bool {
        let redeemed = self.issuing.write(async |tx| self.redeem(tx).await).await.unwrap();
        matches!(redeemed, Redeemed::Expired(_) | Redeemed::Unknown)
    }

    /// As a changed password ends everything.
    async fn end_everything(&self, tx: &Tx) -> Result<(), StoreError> {
        browser_sessions::remove_all_of(tx, self.user).await?;
        revoke_all_of_user(tx, self.user, LATER).await?;
        Ok(())
    }

    async fn withdraw_consent(&self, tx: &Tx) -> Result<(), StoreError> {
        let filter = IssuedFilter { user: Some(self.user), ..IssuedFilter::default() };
        remove_consents(tx, &Which { id: None, filter: &filter, owner_seen: None }).await?;
        let grants = Which { id: None, filter: &filter, owner_seen: None };
        revoke_live_grants(tx, &grants, LATER).await?;
        Ok(())
    }

    /// A code is issued while `revoke` comes and waits for that: then it ends the code too.
    async fn assert_found(&self, revoke: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>) {
        let (held, is_held) = oneshot::channel();
        let issuing = self.issue(async || {
            held.send(()).unwrap();
            until_somebody_waits(&self.issuing).await;
        });
        let revoking = async {
            is_held.await.unwrap();
            self.revoking.write(revoke).await.unwrap();
        };

        let (issued, ()) = tokio::join!(issuing, revoking);

        assert!(issued && self.code_is_dead().await);
    }

    /// A code is asked for while `revoke` is under way: then there is none.
    async fn assert_not_issued(&self, revoke: impl AsyncFnOnce(&Tx) -> Result<(), StoreError>) {
        let (ended, is_ended) = oneshot::channel();
        let revoking = self.revoking.write(async |tx| {
            revoke(tx).await?;
            ended.send(()).unwrap();
            until_somebody_waits(&self.revoking).await;
            Ok(())
        });
        let issuing = async {
            is_ended.await.unwrap();
            self.issue(async || ()).await
        };

        let (revoked, issued) = tokio::join!(revoking, issuing);

        revoked.unwrap();
        assert!(!issued && self.code_is_dead().await);
    }
}

#[tokio::test]
async fn a_grant_whose_code_is_just_being_redeemed_ends_too() {
    let world = World::new("redeemed").await;
    assert!(world.issue(async || ()).await);
    let (held, is_held) = oneshot::channel();
    let redeeming = world.issuing.write(async |tx| {
        let Redeemed::Now(code) = world.redeem(tx).await? else { panic!("not redeemed") };
        held.send(()).unwrap();
        until_somebody_waits(&world.issuing).await;
        grants::insert(tx, &code.grant).await?;
        Ok(code.grant.id)
    });
    let revoking = async {
        is_held.await.unwrap();
        let revoke = async |tx: &Tx| revoke_all_of_user(tx, world.user, LATER).await;
        world.revoking.write(revoke).await.unwrap()
    };

    let (grant, ended) = tokio::join!(redeeming, revoking);

    let standing = grants::standing(&world.revoking, grant.unwrap(), "tok_1", LATER).await;
    assert!(standing.unwrap().is_some_and(|it| it.is_revoked));
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn a_code_that_is_just_being_issued_ends_with_its_session() {
    let world = World::new("session_later").await;
    world.assert_found(async |tx| world.end_everything(tx).await).await;
}

#[tokio::test]
async fn no_code_is_issued_in_a_session_that_just_ended() {
    let world = World::new("session_before").await;
    world.assert_not_issued(async |tx| world.end_everything(tx).await).await;
}

#[tokio::test]
async fn a_code_that_is_just_being_issued_ends_with_its_consent() {
    let world = World::new("consent_later").await;
    world.assert_found(async |tx| world.withdraw_consent(tx).await).await;
}

#[tokio::test]
async fn no_code_is_issued_for_a_consent_that_was_just_withdrawn() {
    let world = World::new("consent_before").await;
    world.assert_not_issued(async |tx| world.withdraw_consent(tx).await).await;
}
