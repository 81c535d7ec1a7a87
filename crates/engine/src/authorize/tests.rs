//! From a request to a code, on SQLite.

mod fixture;

use std::time::Duration;

use protocol::Scope;
use store::repo::{
    authorization_codes::{Bindings, Redeemed, redeem},
    browser_sessions, consents,
};

use super::*;
use fixture::{CALLBACK, CHALLENGE, Fixture, param};

fn decision(choice: Choice, ticked: &[&str]) -> Decision {
    Decision { choice, ticked: ticked.iter().map(|it| (*it).to_owned()).collect() }
}

fn address_of(response: &AuthorizationResponse) -> String {
    match response.delivery() {
        Delivery::Redirect(location) => location,
        Delivery::Post(to, _) => panic!("posted to {}", to.as_str()),
    }
}

fn answered(step: Step) -> String {
    match step {
        Step::Answered(response) => address_of(&response),
        other @ (Step::LogIn(_) | Step::Consent(_) | Step::Gone(_)) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_be_trusted_is_never_redirected() {
    let fixture = Fixture::new().await;
    let good = Fixture::request();
    let table = [
        (good.without("client_id"), PageRefusal::MissingClient),
        (good.with("client_id", "nobody"), PageRefusal::UnknownClient),
        (good.and("client_id", "app"), PageRefusal::RepeatedClient),
        (good.with("redirect_uri", "https://app.test/cb/"), PageRefusal::UnregisteredRedirectUri),
        (good.with("redirect_uri", "https://evil.test/cb"), PageRefusal::UnregisteredRedirectUri),
        (good.and("redirect_uri", CALLBACK), PageRefusal::RepeatedRedirectUri),
        (good.without("redirect_uri"), PageRefusal::MissingRedirectUri),
        (good.with("client_id", "off"), PageRefusal::InactiveClient),
    ];

    for (pairs, expected) in table {
        let begun = fixture.begin(pairs.clone(), None).await;
        let Begun::Refused(refusal) = begun else { panic!("{pairs:?}: {begun:?}") };
        assert_eq!(refusal, expected, "{pairs:?}");
    }
}

#[tokio::test]
async fn one_registered_redirect_uri_may_be_left_out_but_not_by_openid_connect() {
    let fixture = Fixture::new().await;
    let plain = Fixture::request().with("scope", "photos.read");
    let silent = plain.with("prompt", "none").without("redirect_uri");

    let begun = fixture.begin(silent, None).await;

    let Begun::Answered(response) = begun else { panic!("{begun:?}") };
    assert_eq!(response.redirect_uri().as_str(), CALLBACK);
}

#[tokio::test]
async fn what_is_wrong_is_told_to_the_client_with_state_and_issuer() {
    let fixture = Fixture::new().await;
    let good = Fixture::request();
    let long = "s".repeat(2049);
    let table = [
        (good.without("response_type"), "invalid_request"),
        (good.with("response_type", "token"), "unsupported_response_type"),
        (good.with("response_type", "code id_token"), "unsupported_response_type"),
        (good.with("response_mode", "fragment"), "invalid_request"),
        (good.and("scope", "openid"), "invalid_request"),
        (good.and("foo", "1").and("foo", "2"), "invalid_request"),
        (good.and("request", "ey"), "request_not_supported"),
        (good.and("request_uri", "urn:x"), "request_uri_not_supported"),
        (good.and("registration", "{}"), "registration_not_supported"),
        (good.with("scope", "openid unknown"), "invalid_scope"),
        (good.with("scope", "openid photos.write"), "invalid_scope"),
        (good.with("scope", "openid \"x\""), "invalid_scope"),
        (good.without("code_challenge"), "invalid_request"),
        (good.without("code_challenge_method"), "invalid_request"),
        (good.with("code_challenge_method", "plain"), "invalid_request"),
        (good.with("code_challenge", "short"), "invalid_request"),
        (good.and("prompt", "none login"), "invalid_request"),
        (good.and("prompt", "sometimes"), "invalid_request"),
        (good.and("max_age", "-1"), "invalid_request"),
        (good.and("max_age", "soon"), "invalid_request"),
        (good.and("nonce", &long), "invalid_request"),
        (good.and("resource", "https://nowhere.test"), "invalid_target"),
        (good.and("prompt", "none"), "login_required"),
        (good.with("client_id", "no-code"), "unauthorized_client"),
    ];

    for (pairs, expected) in table {
        let Begun::Answered(response) = fixture.begin(pairs.clone(), None).await else {
            panic!("{pairs:?} was not answered");
        };
        let location = address_of(&response);
        assert_eq!(param(&location, "error").as_deref(), Some(expected), "{pairs:?}");
        assert_eq!(param(&location, "state").as_deref(), Some("a b+c"), "{pairs:?}");
        assert_eq!(param(&location, "iss").as_deref(), Some("https://id.test"), "{pairs:?}");
        let description = param(&location, "error_description").unwrap();
        let is_allowed = |it: char| matches!(it, ' '..='!' | '#'..='[' | ']'..='~');
        assert!(description.chars().all(is_allowed), "{description}");
        assert!(!description.contains("app.test"), "{description}");
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_given_back_whole_is_not_given_back() {
    let fixture = Fixture::new().await;
    let good = Fixture::request();

    for pairs in [good.with("state", &"s".repeat(2049)), good.and("state", "again")] {
        let Begun::Answered(response) = fixture.begin(pairs, None).await else {
            panic!("it is answered");
        };
        let location = address_of(&response);
        assert_eq!(param(&location, "error").as_deref(), Some("invalid_request"));
        assert_eq!(param(&location, "state"), None);
    }
}

#[tokio::test]
async fn pkce_may_be_left_out_only_where_that_was_set_and_a_nonce_stands_in() {
    let fixture = Fixture::new().await;
    let exempt = Fixture::request()
        .with("client_id", "exempt")
        .without("code_challenge")
        .without("code_challenge_method");

    let Begun::Answered(refused) = fixture.begin(exempt.clone(), None).await else { panic!() };
    let accepted = fixture.begin(exempt.and("nonce", "n"), None).await;

    assert_eq!(param(&address_of(&refused), "error").as_deref(), Some("invalid_request"));
    assert!(matches!(accepted, Begun::LogIn(_)), "{accepted:?}");
}

#[tokio::test]
async fn a_person_signs_in_approves_and_is_not_asked_again() {
    let fixture = Fixture::new().await;
    let Begun::LogIn(handle) = fixture.begin(Fixture::request(), None).await else { panic!() };
    let alice = fixture.alice().await;
    assert!(matches!(fixture.resume(&handle, None).await, Step::LogIn(_)));
    let Step::Consent(view) = fixture.resume(&handle, Some(&alice)).await else { panic!() };
    let asked: Vec<_> = view.asked.iter().map(|it| (it.name.as_str(), it.required)).collect();
    assert_eq!(asked, [("openid", true), ("photos.read", false)]);

    let always = decision(Choice::Always, &["photos.read", "photos.write"]);
    let location = answered(fixture.decide(&handle, &alice, &always).await);

    assert_eq!(param(&location, "state").as_deref(), Some("a b+c"));
    assert_eq!(param(&location, "iss").as_deref(), Some("https://id.test"));
    assert_eq!(fixture.scope_of(&location).await, "openid photos.read");
    let before = fixture.engine.parts.store.statements();
    let Begun::Answered(again) = fixture.begin(Fixture::request(), Some(&alice)).await else {
        panic!("remembered");
    };
    let spent = fixture.engine.parts.store.statements() - before;
    assert_eq!(fixture.scope_of(&address_of(&again)).await, "openid photos.read");
    // The consent is read, then held together with the session, and the code is stored.
    assert!(spent <= 4, "{spent} statements");
}

#[tokio::test]
async fn approve_once_is_asked_again_and_only_what_is_new_after_always() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "openid photos.read").await;
    let once = decision(Choice::Once, &["photos.read"]);
    answered(fixture.decide(&handle, &alice, &once).await);

    let handle = fixture.ask(&alice, "openid photos.read").await;
    let always = decision(Choice::Always, &[]);
    let location = answered(fixture.decide(&handle, &alice, &always).await);
    assert_eq!(fixture.scope_of(&location).await, "openid");

    let handle = fixture.ask(&alice, "openid photos.read").await;
    let Step::Consent(view) = fixture.resume(&handle, Some(&alice)).await else { panic!() };
    let names = |views: &[ScopeView]| views.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&view.asked), ["photos.read"]);
    assert_eq!(names(&view.remembered), ["openid"]);
}

#[tokio::test]
async fn a_session_that_another_node_ended_gives_no_code() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let (approved, waiting) =
        (fixture.ask(&alice, "openid").await, fixture.ask(&alice, "openid").await);
    let asked = fixture.ask(&alice, "openid photos.read").await;
    answered(fixture.decide(&approved, &alice, &decision(Choice::Always, &[])).await);
    let end = async |tx: &store::Tx| browser_sessions::remove_by_id(tx, alice.session_id).await;
    fixture.engine.parts.store.write(end).await.unwrap();

    let request = Fixture::request().with("scope", "openid");
    let begun = fixture.begin(request.clone(), Some(&alice)).await;
    let silent = fixture.begin(request.and("prompt", "none"), Some(&alice)).await;
    let resumed = fixture.resume(&waiting, Some(&alice)).await;
    let once = decision(Choice::Once, &["photos.read"]);
    let decided = fixture.decide(&asked, &alice, &once).await;

    assert!(matches!(begun, Begun::LogIn(_)), "{begun:?}");
    let Begun::Answered(refused) = silent else { panic!("{silent:?}") };
    assert_eq!(param(&address_of(&refused), "error").as_deref(), Some("login_required"));
    for step in [resumed, decided] {
        assert!(matches!(step, Step::LogIn(_)), "{step:?}");
    }
    let anew = fixture.alice().await;
    answered(fixture.resume(&waiting, Some(&anew)).await);
    answered(fixture.decide(&asked, &anew, &once).await);
}

#[tokio::test]
async fn saying_no_tells_the_client_and_remembers_nothing() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "openid photos.read").await;

    let deny = decision(Choice::Deny, &["photos.read"]);
    let location = answered(fixture.decide(&handle, &alice, &deny).await);

    assert_eq!(param(&location, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&location, "state").as_deref(), Some("a b+c"));
    let store = &fixture.engine.parts.store;
    let known = consents::scope_of(store, alice.user_id, fixture.client).await.unwrap();
    assert_eq!(known, Scope::default());
}

#[tokio::test]
async fn approving_nothing_is_asked_again() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "photos.read").await;

    let step = fixture.decide(&handle, &alice, &decision(Choice::Once, &["openid"])).await;

    let Step::Consent(view) = step else { panic!("{step:?}") };
    assert!(view.nothing_ticked);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_gets_one_code() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "openid").await;
    let once = decision(Choice::Once, &[]);

    let (first, second) = tokio::join!(
        fixture.decide(&handle, &alice, &once),
        fixture.decide(&handle, &alice, &once)
    );

    let won = [&first, &second].iter().filter(|it| matches!(it, Step::Answered(_))).count();
    assert_eq!(won, 1, "{first:?} {second:?}");
    let late = fixture.decide(&handle, &alice, &once).await;
    assert!(matches!(late, Step::Gone(Gone::Answered)), "{late:?}");
}

#[tokio::test]
async fn a_request_does_nothing_in_another_browser_or_too_late() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "openid").await;
    let elsewhere = Visitor { browser: "another".to_owned(), ..Fixture::visitor(Some(&alice)) };

    let stolen = resume(&fixture.engine, handle.expose(), &elsewhere).await.unwrap();
    let approved =
        decide_consent(&fixture.engine, handle.expose(), &elsewhere, &decision(Choice::Once, &[]))
            .await
            .unwrap();
    fixture.clock.advance(Duration::from_mins(31));
    let late = fixture.resume(&handle, Some(&alice)).await;

    for step in [stolen, approved, late] {
        assert!(matches!(step, Step::Gone(Gone::Unknown)), "{step:?}");
    }
}

#[tokio::test]
async fn what_the_client_loses_meanwhile_is_neither_asked_nor_granted() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "openid photos.read").await;
    fixture.narrow("openid").await;

    let Step::Consent(view) = fixture.resume(&handle, Some(&alice)).await else { panic!() };
    let once = decision(Choice::Once, &["photos.read"]);
    let location = answered(fixture.decide(&handle, &alice, &once).await);

    assert_eq!(view.asked.len(), 1);
    assert_eq!(fixture.scope_of(&location).await, "openid");
}

#[tokio::test]
async fn a_trusted_client_is_not_asked_for_and_a_native_one_each_time() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let trusted = Fixture::request().with("client_id", "trusted");
    assert!(matches!(fixture.begin(trusted, Some(&alice)).await, Begun::Answered(_)));

    let native = Fixture::request()
        .with("client_id", "native")
        .with("redirect_uri", "http://127.0.0.1:49152/cb");
    for _ in 0..2 {
        let begun = fixture.begin(native.clone(), Some(&alice)).await;
        let Begun::Consent(handle) = begun else { panic!("{begun:?}") };
        let always = decision(Choice::Always, &["photos.read"]);
        let location = answered(fixture.decide(&handle, &alice, &always).await);
        assert!(location.starts_with("http://127.0.0.1:49152/cb?code="), "{location}");
    }
}

#[tokio::test]
async fn an_old_sign_in_is_not_enough_for_prompt_login() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    fixture.clock.advance(Duration::from_mins(5));
    let again = Fixture::request().and("prompt", "login");
    let Begun::LogIn(handle) = fixture.begin(again, Some(&alice)).await else { panic!() };

    assert!(matches!(fixture.resume(&handle, Some(&alice)).await, Step::LogIn(_)));
    let cancelled = fixture.decide(&handle, &alice, &decision(Choice::Once, &[])).await;
    assert!(matches!(cancelled, Step::LogIn(_)), "{cancelled:?}");
    // Signed in on a node whose clock is half a minute behind.
    let behind = Duration::from_secs(30);
    let fresh =
        SignedInPerson { auth_time: fixture.engine.now().minus(behind), ..fixture.alice().await };
    assert!(matches!(fixture.resume(&handle, Some(&fresh)).await, Step::Consent(_)));
}

#[tokio::test]
async fn a_code_holds_what_its_request_was_bound_to() {
    let fixture = Fixture::new().await;
    let alice = fixture.alice().await;
    let handle = fixture.ask(&alice, "openid photos.read").await;
    let once = decision(Choice::Once, &["photos.read"]);
    let location = answered(fixture.decide(&handle, &alice, &once).await);

    let code = fixture.redeem(&location, Some(CALLBACK), Some(CHALLENGE)).await;

    let Redeemed::Now(code) = code else { panic!("{code:?}") };
    assert_eq!(code.grant.user_id, alice.user_id);
    assert_eq!(code.grant.session_id, Some(alice.session_id));
    assert_eq!(code.grant.auth_time, alice.auth_time);
    assert_eq!(code.grant.amr, ["pwd"]);
    assert!(code.redirect_uri_was_sent);
}

impl Fixture {
    /// What the code in `location` was issued for.
    async fn scope_of(&self, location: &str) -> String {
        let redeemed = self.redeem(location, Some(CALLBACK), Some(CHALLENGE)).await;
        let Redeemed::Now(code) = redeemed else { panic!("{redeemed:?}") };
        code.grant.scope.to_string()
    }

    async fn redeem(
        &self,
        location: &str,
        redirect_uri: Option<&str>,
        challenge: Option<&str>,
    ) -> Redeemed {
        let code = param(location, "code").unwrap();
        let handles = &self.engine.parts.handles;
        let digest = handles.digest(domain::HandleKind::AuthorizationCode, &code).unwrap();
        let challenge = challenge.map(|it| it.to_owned().try_into().unwrap());
        let code_challenge = challenge.as_ref();
        let bindings =
            Bindings { client_id: self.client, redirect_uri, code_challenge, dpop_jkt: None };
        let now = self.engine.now();
        let store = &self.engine.parts.store;
        store.write(async |tx| redeem(tx, &digest, &bindings, now).await).await.unwrap()
    }
}
