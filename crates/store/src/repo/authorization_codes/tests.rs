//! A code buys once, for whom it was made, whoever else tries at the same moment.

use std::time::Duration;

use domain::{HandleKind, User};
use protocol::{JwkThumbprint, Scope};

use super::*;
use crate::{
    Store,
    repo::grants,
    testing::{NOW, Seeded, client, handles, store, user, winners_of_sixteen},
};

const REDIRECT_URI: &str = "https://app.test/cb";
const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 60_000);

fn challenge(fill: &str) -> CodeChallenge {
    CodeChallenge::try_from(fill.repeat(43)).unwrap()
}

struct Issued {
    store: Store,
    _folder: tempfile::TempDir,
    client: Id<Client>,
    user: Id<User>,
    digest: HandleDigest,
}

impl Issued {
    async fn code(redirect_uri_was_sent: bool, code_challenge: Option<CodeChallenge>) -> Self {
        Self::bound_code(redirect_uri_was_sent, code_challenge, None).await
    }

    async fn bound_code(
        redirect_uri_was_sent: bool,
        code_challenge: Option<CodeChallenge>,
        dpop_jkt: Option<JwkThumbprint>,
    ) -> Self {
        let (store, folder) = store().await;
        let (user, client) = (user(&store, "alice").await, client(&store, "app").await);
        let (_, digest) = handles().issue(HandleKind::AuthorizationCode, &Seeded::from(1));
        let code = CodeGrant {
            grant: Grant {
                id: Id::new(NOW, &Seeded::from(2)),
                client_id: client,
                user_id: user,
                session_id: None,
                scope: Scope::parse("openid photos.read").unwrap(),
                resources: Vec::new(),
                auth_time: NOW,
                amr: vec!["pwd".to_owned()],
                created_at: NOW,
                revoked_at: None,
            },
            redirect_uri: REDIRECT_URI.to_owned(),
            redirect_uri_was_sent,
            code_challenge,
            dpop_jkt,
            nonce: Some("n".to_owned()),
            expires_at: LATER,
        };
        store.write(async |tx| insert(tx, &code, &digest, NOW).await).await.unwrap();
        Self { store, _folder: folder, client, user, digest }
    }

    async fn redeem(&self, bindings: &Bindings<'_>, now: Timestamp) -> Redeemed {
        self.store.write(async |tx| redeem(tx, &self.digest, bindings, now).await).await.unwrap()
    }
}

#[tokio::test]
async fn sixteen_at_once_redeem_a_code_once() {
    let issued = Issued::code(true, Some(challenge("a"))).await;
    let (client_id, digest) = (issued.client, issued.digest);

    let won = winners_of_sixteen(|_| {
        let store = issued.store.clone();
        async move {
            let code_challenge = challenge("a");
            let bindings = Bindings {
                client_id,
                redirect_uri: Some(REDIRECT_URI),
                code_challenge: Some(&code_challenge),
                dpop_jkt: None,
            };
            let redeemed =
                store.write(async |tx| redeem(tx, &digest, &bindings, NOW).await).await.unwrap();
            assert!(matches!(redeemed, Redeemed::Now(_) | Redeemed::Already(_)), "{redeemed:?}");
            matches!(redeemed, Redeemed::Now(_))
        }
    })
    .await;

    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_wrong_binding_neither_spends_nor_revokes() {
    let issued = Issued::code(true, Some(challenge("a"))).await;
    let (right, wrong) = (challenge("a"), challenge("b"));
    let good = Bindings {
        client_id: issued.client,
        redirect_uri: Some(REDIRECT_URI),
        code_challenge: Some(&right),
        dpop_jkt: None,
    };

    for bad in [
        Bindings { client_id: Id::new(NOW, &Seeded::from(9)), ..good },
        Bindings { redirect_uri: Some("https://app.test/cb/"), ..good },
        Bindings { redirect_uri: Some("https://APP.test/cb"), ..good },
        Bindings { redirect_uri: None, ..good },
        Bindings { code_challenge: Some(&wrong), ..good },
        Bindings { code_challenge: None, ..good },
    ] {
        let refused = issued.redeem(&bad, NOW).await;
        assert!(matches!(refused, Redeemed::Unbound(_)), "{bad:?}: {refused:?}");
    }

    let Redeemed::Now(code) = issued.redeem(&good, NOW).await else { panic!("not redeemed") };
    assert_eq!(code.grant.user_id, issued.user);
    assert_eq!(code.grant.scope.to_string(), "openid photos.read");
    assert_eq!(code.nonce.as_deref(), Some("n"));
    assert!(matches!(issued.redeem(&good, NOW).await, Redeemed::Already(_)));
}

#[tokio::test]
async fn a_redirect_uri_that_was_not_sent_need_not_be_repeated() {
    let issued = Issued::code(false, Some(challenge("a"))).await;
    let code_challenge = challenge("a");
    let bindings = Bindings {
        client_id: issued.client,
        redirect_uri: Some("https://other.test/cb"),
        code_challenge: Some(&code_challenge),
        dpop_jkt: None,
    };

    assert!(matches!(issued.redeem(&bindings, NOW).await, Redeemed::Unbound(_)));
    let without = Bindings { redirect_uri: None, ..bindings };
    assert!(matches!(issued.redeem(&without, NOW).await, Redeemed::Now(_)));
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let issued = Issued::code(true, None).await;
    let code_challenge = challenge("a");
    let bindings = Bindings {
        client_id: issued.client,
        redirect_uri: Some(REDIRECT_URI),
        code_challenge: Some(&code_challenge),
        dpop_jkt: None,
    };

    assert!(matches!(issued.redeem(&bindings, NOW).await, Redeemed::Unbound(_)));
    let without = Bindings { code_challenge: None, ..bindings };
    assert!(matches!(issued.redeem(&without, NOW).await, Redeemed::Now(_)));
}

#[tokio::test]
async fn a_code_that_names_a_key_is_redeemed_with_that_key_alone() {
    let key = |letter: &str| JwkThumbprint::try_from(letter.repeat(43)).unwrap();
    let (right, wrong) = (key("a"), key("b"));
    let issued = Issued::bound_code(false, None, Some(right.clone())).await;
    let with = |dpop_jkt| Bindings {
        client_id: issued.client,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt,
    };

    for bad in [None, Some(&wrong)] {
        assert!(matches!(issued.redeem(&with(bad), NOW).await, Redeemed::Unbound(_)));
    }
    assert!(matches!(issued.redeem(&with(Some(&right)), NOW).await, Redeemed::Now(_)));
    assert!(matches!(issued.redeem(&with(None), NOW).await, Redeemed::Unbound(_)));
    assert!(matches!(issued.redeem(&with(Some(&right)), NOW).await, Redeemed::Already(_)));

    let unbound = Issued::code(false, None).await;
    let proven = Bindings { dpop_jkt: Some(&wrong), client_id: unbound.client, ..with(None) };
    assert!(matches!(unbound.redeem(&proven, NOW).await, Redeemed::Now(_)));
}

#[tokio::test]
async fn a_code_expires_to_the_millisecond() {
    let issued = Issued::code(false, None).await;
    let bindings = Bindings {
        client_id: issued.client,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    };

    assert!(matches!(issued.redeem(&bindings, LATER).await, Redeemed::Expired(_)));
    let before = LATER.minus(Duration::from_millis(1));
    assert!(matches!(issued.redeem(&bindings, before).await, Redeemed::Now(_)));
    assert!(matches!(issued.redeem(&bindings, LATER).await, Redeemed::Already(_)));
}

#[tokio::test]
async fn an_unknown_code_is_unknown() {
    let issued = Issued::code(false, None).await;
    let (_, digest) = handles().issue(HandleKind::AuthorizationCode, &Seeded::from(77));
    let bindings = Bindings {
        client_id: issued.client,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    };

    let redeemed =
        issued.store.write(async |tx| redeem(tx, &digest, &bindings, NOW).await).await.unwrap();

    assert!(matches!(redeemed, Redeemed::Unknown));
}

#[tokio::test]
async fn what_a_code_bought_ends_with_its_grant() {
    let issued = Issued::code(false, None).await;
    let bindings = Bindings {
        client_id: issued.client,
        redirect_uri: None,
        code_challenge: None,
        dpop_jkt: None,
    };
    let Redeemed::Now(code) = issued.redeem(&bindings, NOW).await else { panic!("not redeemed") };
    let store = &issued.store;
    store.write(async |tx| grants::insert(tx, &code.grant).await).await.unwrap();
    let counts = async || {
        let standing = grants::standing(store, code.grant.id, "tok_1", NOW).await.unwrap();
        standing.is_some_and(|it| !it.is_revoked)
    };
    assert!(counts().await);

    let epoch = store.epoch();
    let id = code.grant.id;
    assert!(store.write(async |tx| grants::revoke(tx, id, NOW).await).await.unwrap());

    assert!(!counts().await);
    assert!(store.epoch() > epoch);
    assert!(!store.write(async |tx| grants::revoke(tx, id, NOW).await).await.unwrap());
}
