//! Samples for unit tests: a configuration, an application with its client.

mod coverage;

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{
    App, HttpMessage as _, HttpRequest, HttpResponse,
    http::StatusCode,
    test::{TestRequest, call_service, init_service, read_body},
    web::{Data, get},
};
use domain::{
    Application, ApplicationStatus, ApplicationType, Client, ClientSecret, ClientSettings, Clock,
    Entropy, Environment, HandleDigest, HandleKeys, HandleKind, Id, MasterKeys, RequestFacts,
    Resource, Role, ScopeDefinition, Timestamp, TokenFormat, User, UserStatus, audit::Surface,
};
use protocol::{ClientId, GrantType, RedirectUri, ScopeToken};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Visitor},
};
use service::{
    Call,
    applications::ApplicationView,
    named::{ApplicationName, ClientName},
};
use web::{
    Edge, Page, Pages, WebConfig,
    template::{Shell, Viewer},
};

use crate::{applications::Subject, guard::Desk};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
pub(crate) const APP_ID: &str = "app_00000000000000000000000001";
const MASTER: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn handles() -> HandleKeys {
    HandleKeys::new(&MasterKeys::parse(MASTER).unwrap())
}

pub(crate) fn config() -> WebConfig {
    WebConfig {
        public_url: "https://id.example.com".parse().unwrap(),
        secure: true,
        trusted_proxies: Vec::new(),
        product_name: "Countersign".to_owned(),
        clock: Arc::new(Standing),
        entropy: Arc::new(Sevens),
        handles: Arc::new(handles()),
    }
}

pub(crate) fn digest() -> HandleDigest {
    handles().issue(HandleKind::SandboxSecret, &Sevens).1
}

pub(crate) fn secret(expires_at: Option<Timestamp>) -> ClientSecret {
    ClientSecret {
        id: Id::parse("sec_00000000000000000000000001").unwrap(),
        label: "deployed by CI".to_owned(),
        hint: "cs_sbx_…x7Qe".to_owned(),
        digest: digest(),
        created_by: "Ana Ruiz".to_owned(),
        created_at: NOW,
        expires_at,
        last_used_at: None,
        last_used_from: None,
        version: 1,
    }
}

/// A web application's client with one callback URL and the code grant.
pub(crate) fn client(environment: Environment) -> Client {
    let prefix = if environment == Environment::Sandbox { "app_sbx_1" } else { "app_prd_1" };
    Client {
        id: Id::parse("cli_00000000000000000000000001").unwrap(),
        application_id: Id::parse(APP_ID).unwrap(),
        client_id: ClientId::try_from(prefix.to_owned()).unwrap(),
        environment,
        settings: ClientSettings {
            redirect_uris: vec![
                RedirectUri::try_from("http://localhost:3000/callback".to_owned()).unwrap(),
            ],
            grant_types: vec![GrantType::AuthorizationCode],
            ..ClientSettings::defaults(ApplicationType::Web)
        },
        created_at: NOW,
        updated_at: NOW,
        version: 1,
        secrets: vec![secret(None)],
    }
}

pub(crate) fn application_view() -> ApplicationView {
    ApplicationView {
        application: Application {
            id: Id::parse(APP_ID).unwrap(),
            name: "Photo Printer".to_owned(),
            description: String::new(),
            application_type: ApplicationType::Web,
            status: ApplicationStatus::Active,
            owner: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
            clients: vec![client(Environment::Sandbox)],
        },
        owner: None,
        last_used: Vec::new(),
    }
}

pub(crate) fn user(role: Option<Role>) -> User {
    User {
        id: Id::parse("usr_00000000000000000000000001").unwrap(),
        username: "ana".to_owned(),
        email: "ana@example.com".to_owned(),
        email_verified: true,
        name: "Ana <Ruiz>".to_owned(),
        role,
        status: UserStatus::Active,
        has_password: true,
        last_sign_in_at: Some(NOW),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn resource() -> Resource {
    Resource {
        id: Id::parse("res_00000000000000000000000001").unwrap(),
        identifier: "https://photos.example.com".to_owned(),
        name: "Photos".to_owned(),
        description: String::new(),
        token_format: TokenFormat::Jwt,
        scopes: vec![ScopeDefinition {
            id: Id::parse("scp_00000000000000000000000001").unwrap(),
            name: ScopeToken::try_from("photos.read").unwrap(),
            display_name: "See your photos".to_owned(),
            description: "It cannot change them.".to_owned(),
            default: true,
        }],
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn client_name() -> ClientName {
    ClientName {
        application: ApplicationName {
            id: Id::parse(APP_ID).unwrap(),
            name: "Photo Printer".to_owned(),
        },
        environment: Environment::Sandbox,
        client_id: "app_sbx_1".to_owned(),
    }
}

/// What pages of somebody with `role` are made with.
pub(crate) fn desk(role: Role) -> Desk {
    let user = user(Some(role));
    let call = Call::of_user(&user, Surface::Console, RequestFacts::default());
    Desk { config: Data::new(config()), call, user: Arc::new(user) }
}

/// The application with its client in the sandbox.
pub(crate) fn subject() -> Subject {
    Subject { view: application_view(), environment: Environment::Sandbox }
}

/// A page as a browser gets it, and what holds for every page.
pub(crate) async fn html<P: Page + 'static>(page: P) -> String {
    let config = Data::new(config());
    let pages = Data::new(Pages::load().unwrap());
    let app = init_service(
        App::new()
            .app_data(config.clone())
            .app_data(pages.clone())
            .app_data(Data::new(page))
            .route("/console/page", get().to(show::<P>))
            .wrap(Edge::new(config, pages)),
    )
    .await;
    let request = TestRequest::get().uri("/console/page").to_request();
    let response = call_service(&app, request).await;
    let status = response.status();
    let html = String::from_utf8(read_body(response).await.to_vec()).unwrap();
    assert_eq!(status, StatusCode::OK, "{}: {html}", P::TEMPLATE);
    assert_eq!(html.matches("<h1").count(), 1, "{html}");
    assert!(html.contains("· Control center</title>"), "{html}");
    assert!(!html.contains("href=\"\"") && !html.contains("action=\"\""), "{html}");
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice: {html}");
    html
}

async fn show<P: Page + 'static>(request: HttpRequest, page: Data<P>) -> HttpResponse {
    let viewer = Viewer { name: "Ana Ruiz".to_owned(), detail: "Owner".to_owned() };
    request.extensions_mut().insert(Shell { viewer, nav: Vec::new(), may_register: true });
    web::render(&request, &**page, StatusCode::OK)
}

/// The names of the fields in the forms of a page, without those of its frame.
fn sent_by(html: &str) -> BTreeSet<String> {
    let own = |form: &&str| {
        let head = form.split('>').next().unwrap_or_default();
        !["search", "theme", "sign-out"]
            .iter()
            .any(|it| head.contains(&format!("\"/console/{it}\"")))
    };
    html.split("<form ")
        .skip(1)
        .filter(own)
        .filter_map(|it| it.split("</form>").next())
        .flat_map(|it| it.split(" name=\"").skip(1))
        .filter_map(|it| it.split('"').next())
        .filter(|it| *it != "csrf")
        .map(ToOwned::to_owned)
        .collect()
}

/// Demands that every field of the forms on a page is one that `T` reads.
pub(crate) fn assert_read_by<T: DeserializeOwned>(html: &str) {
    let mut known: &[&str] = &[];
    let _ = T::deserialize(FieldNames(&mut known));
    let sent = sent_by(html);
    assert!(!sent.is_empty() || known.is_empty(), "no form: {html}");
    for name in sent {
        assert!(known.contains(&name.as_str()), "{name} is not among {known:?}");
    }
}

/// Asks a type which fields it has.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(serde::de::Error::custom("asked"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("no form"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[test]
#[should_panic(expected = "nickname is not among")]
fn a_field_that_no_handler_reads_is_noticed() {
    #[derive(serde::Deserialize)]
    struct Form {
        #[expect(dead_code, reason = "its name is what counts")]
        name: String,
    }
    let html = r#"<form method="post" action="/console/users"><input name="name"><input name="nickname"></form>"#;

    assert_read_by::<Form>(html);
}
