//! Pages: a typed value, its template, and what every page shares.

mod filters;
mod shell;
mod site;
mod summary;

use std::collections::BTreeMap;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header::ContentType},
    web::Data,
};
use rust_embed::Embed;
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, TeraResult};

pub use shell::{NavEntry, NavGroup, Shell, Viewer, mark_current};
pub(crate) use site::Site;

use crate::{PageError, WebConfig, assets, cookies, csrf, errors, flash, outline::Outline};

#[derive(Embed)]
#[folder = "../../templates/"]
struct Templates;

/// What a page shows. Its fields are the variables of its template.
pub trait Page: Serialize {
    /// The template, by its path below `templates/`.
    const TEMPLATE: &'static str;
}

/// Every template of the server, read once.
#[derive(Clone)]
pub struct Pages {
    tera: Tera,
}

/// A template cannot be read or filled in.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The templates do not fit together.
    #[error("the templates cannot be read")]
    Unreadable(#[source] tera::Error),
    /// A page does not fit its template.
    #[error("the template {name} cannot be filled in")]
    Unfilled {
        /// The template.
        name: &'static str,
        /// What is missing or wrong.
        #[source]
        reason: tera::Error,
    },
    /// A page was asked for outside of [`crate::Edge`] or without [`crate::app_defaults`].
    #[error("the application does not render pages")]
    NotSetUp,
}

impl Pages {
    /// Reads every template that the binary holds.
    ///
    /// # Errors
    ///
    /// When one does not parse, or names a template, component, filter or function
    /// that is not there.
    pub fn load() -> Result<Self, TemplateError> {
        Self::with(&[])
    }

    /// As [`Self::load`], with further templates by name and source.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub fn with(more: &[(&str, &str)]) -> Result<Self, TemplateError> {
        let mut tera = Tera::new();
        tera.autoescape_on([""]);
        filters::register(&mut tera);
        let addresses: BTreeMap<String, String> = assets::addresses().collect();
        tera.register_function("asset", move |args: Kwargs, _: &State| -> TeraResult<String> {
            let name = args.must_get::<String>("name")?;
            let address = addresses.get(&name).cloned();
            address.ok_or_else(|| tera::Error::message(format!("there is no asset {name}")))
        });
        let own = Templates::iter().filter(|name| !name.starts_with("mail/")).filter_map(|name| {
            let source = Templates::get(&name)?.data;
            Some((name.into_owned(), String::from_utf8_lossy(&source).into_owned()))
        });
        let more = more.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned()));
        tera.add_raw_templates(own.chain(more)).map_err(TemplateError::Unreadable)?;
        Ok(Self { tera })
    }

    /// The names of the templates.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tera.get_template_names()
    }

    pub(crate) fn html<P: Page>(&self, page: &P, site: &Site<'_>) -> Result<String, TemplateError> {
        let unfilled = |reason| TemplateError::Unfilled { name: P::TEMPLATE, reason };
        let mut context = Context::from_serialize(page).map_err(unfilled)?;
        let site = tera::Value::try_from_serializable(site).map_err(unfilled)?;
        context.insert_value("site", site);
        let html = self.tera.render(P::TEMPLATE, &context).map_err(unfilled)?;
        Ok(summary::name_fields(html))
    }
}

/// The answer that shows `page`; the error page when it cannot be made.
///
/// The template sees the fields of `page`, and under `site` what every page shares:
/// colours, product name, path, request id, form token, messages, and the [`Shell`]
/// that a guard put into the request.
#[must_use]
pub fn render<P: Page>(request: &HttpRequest, page: &P, status: StatusCode) -> HttpResponse {
    match try_render(request, page) {
        Ok(html) => HttpResponse::build(status).content_type(ContentType::html()).body(html),
        Err(error) => {
            tracing::error!(error = errors::chain(&error), "a page could not be made");
            PageError::Internal.error_response()
        }
    }
}

fn try_render<P: Page>(request: &HttpRequest, page: &P) -> Result<String, TemplateError> {
    let config = request.app_data::<Data<WebConfig>>().ok_or(TemplateError::NotSetUp)?;
    let pages = request.app_data::<Data<Pages>>().ok_or(TemplateError::NotSetUp)?;
    let outline = Outline::of(request).ok_or(TemplateError::NotSetUp)?;
    let issued = csrf::issue(config, request);
    let shell = request.extensions().get::<Shell>().map(|it| it.at(&outline.path));
    let site = Site {
        csrf_token: &issued.token,
        flashes: flash::take(config, request),
        shell,
        ..Site::bare(config, &outline)
    };
    let html = pages.html(page, &site)?;
    // A page without a form needs no cookie.
    if let Some(cookie) = issued.cookie.filter(|_| html.contains(&issued.token)) {
        cookies::send(request, cookie);
    }
    Ok(html)
}

#[cfg(test)]
mod tests;
