//! The pages of problems: cause, fix and example, on this very server.

use ::web::{Page, PageError, render};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Path};
use serde::Serialize;

use super::catalogue::{self, Entry};

/// The page of one problem.
#[derive(Serialize)]
struct ProblemPage {
    title: &'static str,
    slug: &'static str,
    cause: &'static str,
    fix: &'static str,
    example: &'static str,
}

impl Page for ProblemPage {
    const TEMPLATE: &'static str = "problem/page.html";
}

/// The list of all of them.
#[derive(Serialize)]
struct ProblemIndex {
    title: &'static str,
    problems: Vec<ProblemLink>,
}

#[derive(Serialize)]
struct ProblemLink {
    slug: &'static str,
    title: &'static str,
}

impl Page for ProblemIndex {
    const TEMPLATE: &'static str = "problem/index.html";
}

/// `GET /problems/{slug}`.
pub(crate) async fn show(
    request: HttpRequest,
    slug: Path<String>,
) -> Result<HttpResponse, PageError> {
    let Entry { slug, title, cause, fix, example } =
        catalogue::find(&slug).ok_or(PageError::NotFound)?;
    let page = ProblemPage { title, slug, cause, fix, example };
    Ok(render(&request, &page, StatusCode::OK))
}

/// `GET /problems`.
pub(crate) async fn index(request: HttpRequest) -> HttpResponse {
    let problems = catalogue::all().map(|Entry { slug, title, .. }| ProblemLink { slug, title });
    let page = ProblemIndex { title: "Problems", problems: problems.collect() };
    render(&request, &page, StatusCode::OK)
}
