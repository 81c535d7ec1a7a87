//! One box for names, identifiers, addresses and tokens.

use domain::{FieldError, Timestamp};
use serde::{Deserialize, Serialize};
use service::search::{self, HandleState, Hit, Pasted, RecognizedHandle, SearchAnswer};
use web::{Page, Protected, Query, flash::Level, see_other};

use crate::{address::Address, failure::Answer, form::typed, guard::Visitor, words};

const HOME: &str = "/console/search";
/// The longest text that is looked for.
const MAX_CHARS: usize = 2048;

/// What was typed or pasted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchForm {
    q: String,
}

/// What was found.
#[derive(Serialize)]
pub(crate) struct SearchPage {
    /// What was looked for; empty when it was a secret, which is not shown again.
    q: String,
    hits: Vec<Line>,
    token: Option<Token>,
    errors: Vec<FieldError>,
}

impl Page for SearchPage {
    const TEMPLATE: &'static str = "console/search.html";
}

/// One thing that was found.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    kind: &'static str,
    label: String,
    detail: String,
    /// Empty when there is no page of it.
    href: String,
}

/// What a pasted secret or token is.
#[derive(Debug, Serialize)]
struct Token {
    kind: &'static str,
    state: words::Tag,
    is_jwt: bool,
    client: String,
    client_href: String,
    user: String,
    user_href: String,
    environment: &'static str,
    scope: String,
    created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// `POST /console/search`: an identifier leads to its page, a token is answered at once,
/// anything else to an address that can be shared.
pub(crate) async fn ask(visitor: Visitor, form: Protected<SearchForm>) -> Answer {
    let text: String = form.0.q.trim().chars().take(MAX_CHARS).collect();
    if text.is_empty() {
        return Ok(see_other(HOME));
    }
    match search::pasted(&text) {
        Some(Pasted::Handle(handle)) => {
            let answer = search::search(&visitor.service, &visitor.call, handle).await?;
            let token = answer.handle.as_ref().map_or_else(broken_secret, token);
            return visitor.show(&SearchPage::of_token(token));
        }
        Some(Pasted::SignedToken) => return visitor.show(&SearchPage::of_token(signed_token())),
        None => {}
    }
    let answer = search::search(&visitor.service, &visitor.call, &text).await?;
    if let ([hit], true) = (answer.hits.as_slice(), is_identifier(&text)) {
        let line = line(hit);
        if !line.href.is_empty() {
            return Ok(see_other(&line.href));
        }
    }
    Ok(see_other(&Address::new(HOME).with("q", text).to_string()))
}

/// `GET /console/search`. A secret that somebody put into the address is neither shown
/// nor looked up.
pub(crate) async fn show(visitor: Visitor, Query(query): Query<SearchForm>) -> Answer {
    let text = typed(&query.q).map(|it| it.chars().take(MAX_CHARS).collect::<String>());
    if text.as_deref().is_some_and(|text| search::pasted(text).is_some()) {
        let words = "That address held a secret, so your browser may have kept it. Revoke it, or paste it into the search box, which sends it by POST.";
        return visitor.told(HOME, Level::Warn, words);
    }
    let answer = match &text {
        Some(text) => search::search(&visitor.service, &visitor.call, text).await?,
        None => SearchAnswer::default(),
    };
    visitor.show(&page(text.unwrap_or_default(), &answer))
}

impl SearchPage {
    fn of_token(token: Token) -> Self {
        Self { q: String::new(), hits: Vec::new(), token: Some(token), errors: Vec::new() }
    }
}

fn page(q: String, answer: &SearchAnswer) -> SearchPage {
    SearchPage {
        q,
        hits: answer.hits.iter().map(line).collect(),
        token: answer.handle.as_ref().map(token),
        errors: Vec::new(),
    }
}

/// Whether `text` can only be an identifier: a prefix and digits.
fn is_identifier(text: &str) -> bool {
    ["app_", "usr_", "res_", "sec_", "evt_"].iter().any(|it| text.starts_with(it))
}

fn line(hit: &Hit) -> Line {
    let new = |kind, label: &str, detail: String, href: String| Line {
        kind,
        label: label.to_owned(),
        detail,
        href,
    };
    match hit {
        Hit::Application(it) => new(
            "Application",
            &it.name,
            it.id.to_string(),
            format!("/console/applications/{}", it.id),
        ),
        Hit::Client { client, redirect_uri } => {
            let path = format!("/console/applications/{}", client.application.id);
            let section = if redirect_uri.is_some() { "callbacks" } else { "keys" };
            let href = Address::new(format!("{path}/{section}"))
                .with("env", client.environment.as_str())
                .to_string();
            let detail = redirect_uri.clone().unwrap_or_else(|| client.client_id.clone());
            let kind = words::environment(client.environment);
            new(kind, &client.application.name, detail, href)
        }
        Hit::Secret { client, id } => {
            let path = format!("/console/applications/{}/keys", client.application.id);
            let href = Address::new(path).with("env", client.environment.as_str()).to_string();
            new("Secret", &client.application.name, id.to_string(), href)
        }
        Hit::User(it) => {
            new("User", &it.name, it.username.clone(), format!("/console/users/{}", it.id))
        }
        Hit::Resource { id, name, identifier } => {
            new("API", name, identifier.clone(), format!("/console/resources/{id}"))
        }
        Hit::Trace { request_id, events } => {
            new("Trace", request_id, words::count(*events, "event", "events"), String::new())
        }
        Hit::Event(id) => new("Event", &id.to_string(), String::new(), String::new()),
    }
}

fn token(handle: &RecognizedHandle) -> Token {
    let tag = |kind, label, icon| words::Tag { kind, label, icon };
    let client = handle.client.as_ref();
    let user = handle.user.as_ref();
    Token {
        kind: words::handle(handle.kind),
        state: match handle.state {
            HandleState::Active => tag("ok", "Active", "check"),
            HandleState::Expired => tag("", "Expired", "clock"),
            HandleState::Revoked => tag("danger", "Revoked or used up", "x"),
            HandleState::Unknown => tag("", "Not known here", "info"),
        },
        is_jwt: false,
        client: client.map(|it| it.application.name.clone()).unwrap_or_default(),
        client_href: handle
            .application_id
            .map(|it| format!("/console/applications/{it}"))
            .unwrap_or_default(),
        user: user.map(|it| it.name.clone()).unwrap_or_default(),
        user_href: handle.user_id.map(|it| format!("/console/users/{it}")).unwrap_or_default(),
        environment: handle.environment.map_or("", |it| it.as_str()),
        scope: handle.scope.as_ref().map(ToString::to_string).unwrap_or_default(),
        created_at: handle.created_at,
        expires_at: handle.expires_at,
    }
}

fn signed_token() -> Token {
    let state = words::Tag { kind: "info", label: "Not checked", icon: "info" };
    Token { is_jwt: true, ..Token::unknown("Signed token (JWT)", state) }
}

/// What looks like a handle and is none, such as one that lost its end.
fn broken_secret() -> Token {
    let state = words::Tag { kind: "", label: "Not known here", icon: "info" };
    Token::unknown("Secret or token, incomplete", state)
}

impl Token {
    fn unknown(kind: &'static str, state: words::Tag) -> Self {
        Self {
            kind,
            state,
            is_jwt: false,
            client: String::new(),
            client_href: String::new(),
            user: String::new(),
            user_href: String::new(),
            environment: "",
            scope: String::new(),
            created_at: None,
            expires_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Environment, Id};
    use service::named::{ApplicationName, ClientName};

    use super::*;
    use crate::testing;

    #[test]
    fn a_callback_url_leads_to_where_it_can_be_changed() {
        let application =
            ApplicationName { id: Id::parse(testing::APP_ID).unwrap(), name: "P".to_owned() };
        let client = ClientName {
            application,
            environment: Environment::Production,
            client_id: "app_prd_1".to_owned(),
        };

        let found = line(&Hit::Client {
            client: client.clone(),
            redirect_uri: Some("https://a.example/cb".to_owned()),
        });
        let by_id = line(&Hit::Client { client, redirect_uri: None });

        let base = format!("/console/applications/{}", testing::APP_ID);
        assert_eq!(found.href, format!("{base}/callbacks?env=production"));
        assert_eq!(by_id.href, format!("{base}/keys?env=production"));
        assert_eq!(by_id.detail, "app_prd_1");
    }
}

#[cfg(test)]
mod drawn {
    use super::*;
    use crate::testing::html;

    #[actix_web::test]
    async fn results_and_a_token_draw() {
        let hits = vec![Line {
            kind: "Production",
            label: "Photo Printer".to_owned(),
            detail: "https://a.example/cb".to_owned(),
            href: "/console/applications/app_1/callbacks".to_owned(),
        }];
        let found = SearchPage { q: "photo".to_owned(), hits, token: None, errors: Vec::new() };
        let token = SearchPage::of_token(signed_token());
        let nothing =
            SearchPage { q: "zz".to_owned(), hits: Vec::new(), token: None, errors: Vec::new() };

        assert!(html(found).await.contains("What matches “photo”"));
        assert!(html(token).await.contains("Signed token (JWT)"));
        assert!(html(nothing).await.contains("Nothing matches “zz”"));
    }
}
