//! A device gets what the person granted, for as long as everything still holds.

use domain::{ApplicationStatus, BrowserSession, Id, RequestFacts, audit::Action};
use protocol::GrantType;
use secrecy::ExposeSecret as _;

use super::{DeviceResponse, Step, answer, ask, look};
use crate::{
    Credentials, DeviceRefusal, GateRefusal, Refusal, TokenResponse,
    authorize::{Choice, Decision, SignedInPerson, Visitor},
    testing::{START, TestClient, World, id},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

struct Living {
    world: World,
    tv: TestClient,
}

impl Living {
    async fn room() -> Self {
        let world = World::new().await;
        let tv = world
            .public("tv", |it| {
                it.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken];
            })
            .await;
        Self { world, tv }
    }

    async fn asked(&self, scope: &str) -> Result<DeviceResponse, Refusal> {
        let (authorization, parameters) = self.tv.request(&[("scope", scope)]);
        let credentials =
            Credentials { authorization: authorization.as_deref(), parameters: &parameters };
        ask(&self.world.engine, &credentials, &RequestFacts::default()).await.unwrap()
    }

    fn visitor(&self, session_id: Id<BrowserSession>) -> Visitor {
        let person = SignedInPerson {
            user_id: self.world.user.id,
            session_id,
            auth_time: START,
            amr: vec!["pwd".to_owned()],
        };
        Visitor { signed_in: Some(person), browser: String::new(), facts: RequestFacts::default() }
    }

    async fn answered(&self, asked: &DeviceResponse, choice: Choice) -> Step {
        let ticked = ["photos.read", "offline_access"].map(str::to_owned).to_vec();
        let visitor = self.visitor(self.world.session);
        let decision = Decision { choice, ticked };
        answer(&self.world.engine, &visitor, &asked.user_code.shown(), &decision).await.unwrap()
    }

    /// A device that was approved.
    async fn approved(&self) -> DeviceResponse {
        let asked = self.asked("openid offline_access photos.read").await.unwrap();
        assert!(matches!(self.answered(&asked, Choice::Once).await, Step::Approved));
        asked
    }

    async fn polled(&self, asked: &DeviceResponse) -> Result<TokenResponse, Refusal> {
        let code = asked.device_code.expose_secret();
        self.world.token(&self.tv, &[("grant_type", GRANT), ("device_code", code)]).await
    }
}

#[tokio::test]
async fn what_was_granted_is_issued() {
    let living = Living::room().await;
    let asked = living.approved().await;

    let tokens = living.polled(&asked).await.unwrap();

    assert_eq!(tokens.scope.to_string(), "openid offline_access photos.read");
    assert!(tokens.id_token.is_some() && tokens.refresh_token.is_some());
    let events = living.world.events(Action::CodeRedeemed).await;
    assert_eq!(events[0].details["grant_type"], GRANT);
}

#[tokio::test]
async fn everything_is_asked_again_when_the_device_comes() {
    let living = Living::room().await;
    let first = living.approved().await;

    living.world.set_status(&living.tv, ApplicationStatus::Disabled).await;
    assert!(matches!(living.polled(&first).await, Err(Refusal::Client(_))));

    let living = Living::room().await;
    let second = living.approved().await;
    living.world.change(&living.tv, |it| it.grant_types.clear()).await;
    let refused = living.polled(&second).await.err();
    assert_eq!(refused, Some(GateRefusal::GrantNotAllowed.into()));

    let living = Living::room().await;
    let third = living.approved().await;
    living.world.lock_user().await;
    assert_eq!(living.polled(&third).await.err(), Some(GateRefusal::UserInactive.into()));
}

#[tokio::test]
async fn whoever_is_not_signed_in_any_more_answers_nothing() {
    let living = Living::room().await;
    let asked = living.asked("openid").await.unwrap();
    let engine = &living.world.engine;
    let code = asked.user_code.shown();
    let decision = Decision { choice: Choice::Once, ticked: Vec::new() };

    let stranger = Visitor { signed_in: None, ..living.visitor(living.world.session) };
    assert!(matches!(look(engine, &stranger, &code).await.unwrap(), Step::LogIn));
    assert!(matches!(answer(engine, &stranger, &code, &decision).await.unwrap(), Step::LogIn));
    let signed_out = living.visitor(id(77));
    assert!(matches!(answer(engine, &signed_out, &code, &decision).await.unwrap(), Step::LogIn));

    assert_eq!(living.polled(&asked).await.err(), Some(DeviceRefusal::Pending.into()));
}

#[tokio::test]
async fn an_answer_says_what_became_of_it() {
    let living = Living::room().await;
    let asked = living.asked("openid").await.unwrap();

    assert!(matches!(living.answered(&asked, Choice::Deny).await, Step::Denied));
    assert!(matches!(living.answered(&asked, Choice::Once).await, Step::Unknown));
    assert_eq!(living.polled(&asked).await.err(), Some(DeviceRefusal::Denied.into()));
    assert_eq!(living.world.events(Action::ConsentDenied).await.len(), 1);
}

#[tokio::test]
async fn what_a_client_may_not_ask_is_refused() {
    let living = Living::room().await;

    assert_eq!(living.asked("nonsense").await.err(), Some(GateRefusal::ScopeExceeded.into()));
    assert_eq!(living.asked("\"").await.err(), Some(Refusal::MalformedScope));
    assert_eq!(living.asked("").await.err(), Some(Refusal::NoScope));
}
