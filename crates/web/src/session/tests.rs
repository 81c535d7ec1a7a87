//! How sessions begin, are kept and end.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use actix_session::storage::SessionKey;
use actix_web::{
    App, HttpResponse,
    cookie::Cookie,
    test::{TestRequest, call_service, init_service, read_body, try_call_service},
    web::{self, Data},
};

use super::*;
use crate::{Edge, Pages, testing};

type State = HashMap<String, String>;

/// Sessions in memory, by key.
#[derive(Clone, Default)]
struct Memory {
    sessions: Rc<RefCell<HashMap<String, State>>>,
    issued: Rc<Cell<u32>>,
}

impl SessionStore for Memory {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        Ok(self.sessions.borrow().get(key.as_ref()).cloned())
    }

    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        self.issued.set(self.issued.get() + 1);
        let key = format!("key-{}", self.issued.get());
        self.sessions.borrow_mut().insert(key.clone(), state);
        key.try_into().map_err(|_reason| SaveError::Other(anyhow::anyhow!("too long")))
    }

    async fn update(
        &self,
        key: SessionKey,
        state: State,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        self.sessions.borrow_mut().insert(key.as_ref().to_owned(), state);
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.sessions.borrow_mut().remove(key.as_ref());
        Ok(())
    }
}

fn alice() -> User {
    let now = Timestamp::from_millis(1_795_000_000_000);
    User {
        id: Id::parse("usr_06f2wkrc3dwyr6z2m6j7yzkjkr").unwrap(),
        username: "alice".to_owned(),
        email: "alice@example.com".to_owned(),
        email_verified: true,
        name: "Alice".to_owned(),
        role: None,
        status: domain::UserStatus::Active,
        has_password: true,
        last_sign_in_at: None,
        created_at: now,
        updated_at: now,
        version: 7,
    }
}

async fn sign_in(request: HttpRequest, config: Data<WebConfig>) -> Result<HttpResponse, PageError> {
    SignedIn::begin(&request, &config, &alice(), &["pwd", "otp"])?;
    if request.query_string() == "remember" {
        remember(&request, &config)?;
    }
    Ok(HttpResponse::Ok().finish())
}

async fn sign_out(request: HttpRequest) -> HttpResponse {
    SignedIn::end(&request);
    HttpResponse::Ok().finish()
}

async fn whoami(request: HttpRequest) -> HttpResponse {
    let text = SignedIn::of(&request).map_or_else(
        || "nobody".to_owned(),
        |it| format!("{} {} {}", it.user_id, it.amr.join("+"), it.auth_time.as_millis()),
    );
    HttpResponse::Ok().body(text)
}

macro_rules! app {
    ($store:expr, $builder:ident) => {{
        let config = Data::new(testing::config("https://id.example.com"));
        let pages = Data::new(Pages::load().unwrap());
        init_service(
            App::new()
                .app_data(config.clone())
                .route("/in", web::post().to(sign_in))
                .route("/out", web::post().to(sign_out))
                .route("/who", web::get().to(whoami))
                .wrap($builder(&config, $store))
                .wrap(Edge::new(config.clone(), pages)),
        )
        .await
    }};
}

macro_rules! send {
    ($app:expr, $request:expr, $cookie:expr) => {{
        let cookie: Option<&Cookie<'static>> = $cookie;
        let request = match cookie {
            Some(cookie) => $request.cookie(cookie.clone()),
            None => $request,
        };
        call_service(&$app, request.to_request()).await
    }};
}

fn cookie_of<B>(response: &actix_web::dev::ServiceResponse<B>) -> Option<Cookie<'static>> {
    response.response().cookies().next().map(Cookie::into_owned)
}

#[actix_web::test]
async fn a_session_begins_is_known_again_and_ends() {
    let store = Memory::default();
    let app = app!(store.clone(), user_sessions);

    let signed_in = send!(app, TestRequest::post().uri("/in"), None);
    let cookie = cookie_of(&signed_in).unwrap();
    let who = send!(app, TestRequest::get().uri("/who"), Some(&cookie));
    assert_eq!(read_body(who).await, format!("{} pwd+otp 1795000000000", alice().id));
    let kept = store.sessions.borrow().values().next().cloned().unwrap();
    assert_eq!(kept[ACCOUNT_VERSION], "7", "of the account whose password was seen");

    let out = send!(app, TestRequest::post().uri("/out"), Some(&cookie));
    assert_eq!(cookie_of(&out).unwrap().max_age(), Some(Duration::ZERO));
    let who = send!(app, TestRequest::get().uri("/who"), Some(&cookie));
    assert_eq!(read_body(who).await, "nobody");
    assert!(store.sessions.borrow().is_empty());
}

#[actix_web::test]
async fn signing_in_again_leaves_nothing_of_the_session_before() {
    let store = Memory::default();
    let app = app!(store.clone(), user_sessions);
    let before = send!(app, TestRequest::post().uri("/in"), None);
    let before = cookie_of(&before).unwrap();
    let first = store.sessions.borrow().values().next().cloned().unwrap();

    let after = send!(app, TestRequest::post().uri("/in"), Some(&before));

    assert_ne!(cookie_of(&after).unwrap().value(), before.value());
    assert_eq!(store.sessions.borrow().len(), 1);
    assert_ne!(store.sessions.borrow().values().next().unwrap()[SID], first[SID]);
    let who = send!(app, TestRequest::get().uri("/who"), Some(&before));
    assert_eq!(read_body(who).await, "nobody");
}

#[actix_web::test]
async fn cookies_are_bound_to_host_and_kind() {
    for (response, name, same_site) in [
        (
            send!(app!(Memory::default(), user_sessions), TestRequest::post().uri("/in"), None),
            "__Host-cs_sid",
            SameSite::Lax,
        ),
        (
            send!(app!(Memory::default(), console_sessions), TestRequest::post().uri("/in"), None),
            "__Host-cs_adm",
            SameSite::Strict,
        ),
    ] {
        let cookie = cookie_of(&response).unwrap();
        assert_eq!((cookie.name(), cookie.same_site()), (name, Some(same_site)));
        assert_eq!((cookie.http_only(), cookie.secure()), (Some(true), Some(true)));
        assert_eq!((cookie.path(), cookie.domain(), cookie.max_age()), (Some("/"), None, None));
    }
}

#[actix_web::test]
async fn a_remembered_session_outlives_the_window() {
    let app = app!(Memory::default(), user_sessions);

    let response = send!(app, TestRequest::post().uri("/in?remember"), None);

    let cookie = cookie_of(&response).unwrap();
    assert_eq!(cookie.max_age(), Some(REMEMBERED));
    assert_eq!(cookie.http_only(), Some(true));
}

#[actix_web::test]
async fn a_session_of_one_kind_is_none_of_the_other() {
    let store = Memory::default();
    let people = app!(store.clone(), user_sessions);
    let console = app!(store.clone(), console_sessions);
    let response = send!(people, TestRequest::post().uri("/in"), None);
    let cookie = cookie_of(&response).unwrap();

    let moved = Cookie::new("__Host-cs_adm", cookie.value().to_owned());
    let who = send!(console, TestRequest::get().uri("/who"), Some(&moved));

    assert_eq!(read_body(who).await, "nobody");
}

/// A store whose database is gone.
struct Gone;

impl SessionStore for Gone {
    async fn load(&self, _: &SessionKey) -> Result<Option<State>, LoadError> {
        Err(LoadError::Other(anyhow::anyhow!("gone")))
    }

    async fn save(&self, _: State, _: &Duration) -> Result<SessionKey, SaveError> {
        Err(SaveError::Other(anyhow::anyhow!("gone")))
    }

    async fn update(
        &self,
        _: SessionKey,
        _: State,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        Err(UpdateError::Other(anyhow::anyhow!("gone")))
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Err(anyhow::anyhow!("gone"))
    }

    async fn delete(&self, _: &SessionKey) -> Result<(), anyhow::Error> {
        Err(anyhow::anyhow!("gone"))
    }
}

#[actix_web::test]
async fn a_store_that_fails_is_unavailable_for_now() {
    let app = app!(Gone, user_sessions);

    let request = TestRequest::post().uri("/in").to_request();
    let error = try_call_service(&app, request).await.unwrap_err();
    let response = error.error_response();

    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(response.headers().get("retry-after").unwrap(), "5");
    assert!(response.headers().contains_key("content-security-policy"));
}
