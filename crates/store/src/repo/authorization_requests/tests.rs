//! A request comes back as it was kept, and is answered once.

use domain::HandleKind;
use protocol::JwkThumbprint;

use super::*;
use crate::testing::{NOW, Seeded, client, handles, store, winners_of_sixteen};

async fn kept(store: &crate::Store) -> (HandleDigest, WaitingRequest) {
    let entropy = Seeded::default();
    let (_, digest) = handles().issue(HandleKind::AuthorizationRequest, &entropy);
    let request = AuthorizationRequest {
        client_id: client(store, "app").await,
        redirect_uri: "https://app.test/cb?x=1".to_owned(),
        redirect_uri_was_sent: true,
        response_mode: "form_post.jwt".parse().unwrap(),
        state: Some("a \"state\" → %00".to_owned()),
        scope: Scope::parse("openid photos.read").unwrap(),
        resources: vec!["https://photos.test".to_owned()],
        code_challenge: Some(
            CodeChallenge::try_from("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned())
                .unwrap(),
        ),
        dpop_jkt: JwkThumbprint::try_from("a".repeat(43)).ok(),
        nonce: Some("n-0S6".to_owned()),
        prompt: PromptSet::parse("login consent").unwrap(),
        max_age: Some(Duration::from_mins(1)),
        login_hint: Some("alice".to_owned()),
        hinted_user: Some(Id::from_uuid(Uuid::from_u128(8))),
        session_id: Some(Id::from_uuid(Uuid::from_u128(7))),
        pushed: HandleDigest::from_slice(&[9; 32]),
        created_at: NOW,
    };
    let waiting = WaitingRequest {
        request,
        client_id: "app".to_owned(),
        browser: [7; 32],
        expires_at: NOW.plus(Duration::from_mins(10)),
    };
    store.write(async |tx| insert(tx, &digest, &waiting, &entropy).await).await.unwrap();
    (digest, waiting)
}

#[tokio::test]
async fn a_request_reads_back_as_it_was_kept() {
    let (store, _folder) = store().await;
    let (digest, waiting) = kept(&store).await;

    let Found::Waiting(found) = find(&store, &digest, NOW).await.unwrap() else {
        panic!("it waits");
    };

    assert_eq!(format!("{found:?}"), format!("{waiting:?}"));
    assert!(matches!(find(&store, &digest, waiting.expires_at).await.unwrap(), Found::Nothing));
}

#[tokio::test]
async fn sixteen_answers_at_once_are_one_answer() {
    let (store, _folder) = store().await;
    let (digest, _) = kept(&store).await;
    let won = winners_of_sixteen(|n| {
        let store = store.clone();
        let session = Id::from_uuid(Uuid::from_u128(n.into()));
        let said = if n % 2 == 0 { Answer::Approved } else { Answer::Denied };
        async move {
            store.write(async |tx| answer(tx, &digest, said, session, NOW).await).await.unwrap()
        }
    })
    .await;

    assert_eq!(won, 1);
    assert!(matches!(find(&store, &digest, NOW).await.unwrap(), Found::Answered));
}
