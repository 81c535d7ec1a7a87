//! Who may come in: everybody with a role, with the rights of the role.

use std::{future::Future, ops::Deref, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, dev::Payload, error::InternalError,
    http::StatusCode, web::Data,
};
use domain::{Id, Permission, Timestamp, User, audit::Surface};
use serde::Serialize;
use service::{Call, Service, sessions};
use url::form_urlencoded;
use web::{
    Page, PageError, SignedIn, WebConfig, flash, request_facts, see_other,
    template::{NavEntry, NavGroup, Shell, Viewer},
};

use crate::{
    failure::{Answer, Failure},
    words,
};

/// The person behind a request, and what acts for them.
pub(crate) struct Visitor {
    pub(crate) service: Data<Service>,
    desk: Desk,
    request: HttpRequest,
}

/// What pages are made with: who looks, what they may, where the server is.
pub(crate) struct Desk {
    pub(crate) config: Data<WebConfig>,
    pub(crate) call: Call,
    pub(crate) user: Arc<User>,
}

impl Deref for Visitor {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl Desk {
    /// Whether the person may do this; what they may not do is not drawn.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.call.has(permission)
    }

    /// Demands `permission` for a page that calls no operation.
    pub(crate) fn require(&self, permission: Permission) -> Result<(), Failure> {
        Ok(self.call.require(permission)?)
    }

    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }
}

impl Visitor {
    /// The page.
    pub(crate) fn show<P: Page>(&self, page: &P) -> Answer {
        self.show_as(page, StatusCode::OK)
    }

    /// The page, with a status that says why it is shown.
    #[expect(clippy::unnecessary_wraps, reason = "every handler ends with an answer")]
    pub(crate) fn show_as<P: Page>(&self, page: &P, status: StatusCode) -> Answer {
        Ok(web::render(&self.request, page, status))
    }

    /// On to another page, which tells what was done.
    pub(crate) fn done(&self, location: &str, text: impl Into<String>) -> Answer {
        self.told(location, flash::Level::Ok, text)
    }

    /// On to another page, which tells that nothing was to be done.
    pub(crate) fn unchanged(&self, location: &str) -> Answer {
        self.told(location, flash::Level::Info, "Nothing changed.")
    }

    /// On to another page, which tells `text`.
    #[expect(clippy::unnecessary_wraps, reason = "every handler ends with an answer")]
    pub(crate) fn told(
        &self,
        location: &str,
        level: flash::Level,
        text: impl Into<String>,
    ) -> Answer {
        flash::push(&self.request, level, text);
        Ok(see_other(location))
    }
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            admit(request).await.map_err(|refused| {
                InternalError::from_response("not admitted to the control center", refused).into()
            })
        })
    }
}

async fn admit(request: HttpRequest) -> Result<Visitor, HttpResponse> {
    use actix_web::ResponseError as _;
    let broken = || PageError::Internal.error_response();
    let service = request.app_data::<Data<Service>>().cloned().ok_or_else(broken)?;
    let config = request.app_data::<Data<WebConfig>>().cloned().ok_or_else(broken)?;
    let user = signed_in(&service, &request).await.map_err(|it| it.error_response())?;
    let user = user.ok_or_else(|| see_other(&sign_in_address(&request)))?;
    let Some(role) = user.role else {
        return Err(web::render(&request, &NoRole::of(&user), StatusCode::FORBIDDEN));
    };
    let call = Call::of_user(&user, Surface::Console, request_facts(&request));
    let shell = shell(&call, &user, words::role(role));
    request.extensions_mut().insert(shell);
    Ok(Visitor { service, desk: Desk { config, call, user }, request })
}

/// Who is signed in; none when nobody is, or when they may not be any more.
async fn signed_in(
    service: &Service,
    request: &HttpRequest,
) -> Result<Option<Arc<User>>, PageError> {
    let Some(id) = SignedIn::of(request).and_then(|it| Id::parse(&it.user_id).ok()) else {
        return Ok(None);
    };
    sessions::person(service, id).await.map_err(|error| PageError::unavailable(&error))
}

/// The sign-in page, which leads back here; a form is not sent again, so it leads to the overview.
fn sign_in_address(request: &HttpRequest) -> String {
    let uri = request.uri();
    let back = match uri.path_and_query() {
        Some(address) if request.method().is_safe() => address.as_str(),
        Some(_) | None => "/console",
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("return_to", back);
    format!("/login?{}", query.finish())
}

/// The places that exist and that the person may open.
fn shell(call: &Call, user: &User, role: &str) -> Shell {
    let entry = |permission, href, icon, label: &str| {
        call.has(permission).then(|| NavEntry::new(href, icon, label))
    };
    let group = |title: &str, entries: Vec<Option<NavEntry>>| NavGroup {
        title: title.to_owned(),
        entries: entries.into_iter().flatten().collect(),
    };
    let groups = [
        group(
            "",
            vec![
                Some(NavEntry::new("/console", "home", "Overview")),
                entry(Permission::AppsRead, "/console/applications", "apps", "Applications"),
                entry(Permission::ResourcesRead, "/console/resources", "api", "APIs & scopes"),
            ],
        ),
        group("People", vec![entry(Permission::UsersRead, "/console/users", "users", "Users")]),
        group(
            "Platform",
            vec![entry(Permission::SettingsRead, "/console/grants", "play", "Grant types")],
        ),
    ];
    Shell {
        viewer: Viewer { name: user.shown_name().to_owned(), detail: role.to_owned() },
        nav: groups.into_iter().filter(|it| !it.entries.is_empty()).collect(),
        may_register: call.has(Permission::AppsWrite),
    }
}

/// The page for people without a role.
#[derive(Serialize)]
struct NoRole {
    name: String,
}

impl Page for NoRole {
    const TEMPLATE: &'static str = "console/no_role.html";
}

impl NoRole {
    fn of(user: &User) -> Self {
        Self { name: user.username.clone() }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn sign_in_leads_back_to_the_page_and_never_repeats_a_form() {
        let page = TestRequest::get().uri("/console/users?q=a%26b").to_http_request();
        let form = TestRequest::post().uri("/console/users/new").to_http_request();

        assert_eq!(sign_in_address(&page), "/login?return_to=%2Fconsole%2Fusers%3Fq%3Da%2526b");
        assert_eq!(sign_in_address(&form), "/login?return_to=%2Fconsole");
    }
}
