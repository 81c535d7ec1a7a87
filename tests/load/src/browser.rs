//! A person's browser, as far as signing in and approving needs one.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result, bail};

use crate::{
    form::Form,
    http::{self, Answer, Connection},
};

/// The most redirects that are followed.
const MAX_REDIRECTS: u32 = 10;

/// A browser that keeps cookies and follows redirects within one server.
pub(crate) struct Browser {
    connection: Connection,
    host: String,
    cookies: BTreeMap<String, String>,
}

/// What came of a step: a page, or a redirect that leaves the server.
#[derive(Debug)]
pub(crate) enum Shown {
    /// The body of a page.
    Page(String),
    /// The address of another server.
    Left(String),
}

impl Browser {
    /// A browser that has never been here.
    pub(crate) async fn new(address: SocketAddr, host: &str) -> Result<Self> {
        let connection = Connection::open(address).await?;
        Ok(Self { connection, host: host.to_owned(), cookies: BTreeMap::new() })
    }

    /// Opens `target`, a path with its query.
    pub(crate) async fn open(&mut self, target: &str) -> Result<Shown> {
        let mut target = target.to_owned();
        for _redirect in 0..MAX_REDIRECTS {
            let cookies = self.cookie_header();
            let headers = [("cookie", cookies.as_str()), ("sec-fetch-site", "none")];
            let request = http::get(&self.host, &target, &headers);
            match self.send(&request).await? {
                Step::Shown(shown) => return Ok(shown),
                Step::To(next) => target = next,
            }
        }
        bail!("the server redirects in circles: {target}")
    }

    /// Posts `form` and follows.
    pub(crate) async fn submit(&mut self, form: &Form) -> Result<Shown> {
        let cookies = self.cookie_header();
        let headers = [
            ("cookie", cookies.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let action = self.path_of(&form.action).unwrap_or_else(|| form.action.clone());
        let request = http::post(&self.host, &action, &headers, &form.body());
        match self.send(&request).await? {
            Step::Shown(shown) => Ok(shown),
            Step::To(next) => self.open(&next).await,
        }
    }

    /// Every cookie, as the header that sends them.
    pub(crate) fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, request: &[u8]) -> Result<Step> {
        let answer = self.connection.exchange(request).await?;
        let kept = cookies_of(&answer);
        let location = answer.location().map(str::to_owned);
        let (status, body) = (answer.status, answer.body.to_owned());
        self.cookies.extend(kept);
        match (status, location) {
            (200, _) => Ok(Step::Shown(Shown::Page(body))),
            (302 | 303, Some(location)) => Ok(match self.path_of(&location) {
                Some(path) => Step::To(path),
                None => Step::Shown(Shown::Left(location)),
            }),
            (status, _) => bail!("a page answered {status}: {body}"),
        }
    }

    /// The path of an address on this server; none when it is elsewhere.
    fn path_of(&self, location: &str) -> Option<String> {
        if location.starts_with('/') {
            return Some(location.to_owned());
        }
        let path = location.strip_prefix("http://")?.strip_prefix(self.host.as_str())?;
        path.starts_with('/').then(|| path.to_owned())
    }
}

enum Step {
    Shown(Shown),
    To(String),
}

impl Shown {
    /// The form of the page that holds `control`.
    pub(crate) fn form(&self, control: &str) -> Result<Form> {
        match self {
            Self::Page(page) => Form::find(page, control)
                .with_context(|| format!("the page has no form with {control}: {page}")),
            Self::Left(location) => bail!("no page with {control}, but {location}"),
        }
    }
}

fn cookies_of(answer: &Answer<'_>) -> Vec<(String, String)> {
    let pair = |header: &str| {
        let (name, value) = header.split(';').next()?.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    answer.headers("set-cookie").filter_map(pair).collect()
}
