//! What every page shares.

use serde::Serialize;

use super::Shell;
use crate::{WebConfig, flash::Flash, outline::Outline};

/// What every page shares; templates see it as `site`.
#[derive(Serialize)]
pub(crate) struct Site<'a> {
    /// What the product is called.
    pub(crate) product: &'a str,
    /// Host and port of the server.
    pub(crate) host: String,
    /// The address of the server, without a slash at the end.
    pub(crate) url: &'a str,
    /// `light` or `dark` when the reader chose.
    pub(crate) theme: Option<&'static str>,
    /// What script elements must carry.
    pub(crate) nonce: &'a str,
    /// The path of this page.
    pub(crate) path: &'a str,
    /// The name of this request.
    pub(crate) request_id: &'a str,
    /// What forms must carry.
    pub(crate) csrf_token: &'a str,
    /// Messages to show once.
    pub(crate) flashes: Vec<Flash>,
    /// What stands around a page of the control center.
    pub(crate) shell: Option<Shell>,
    /// Whether others on the network can read along.
    pub(crate) plain_http: bool,
    /// The moment the request came in, in milliseconds.
    pub(crate) now: i64,
}

impl<'a> Site<'a> {
    /// Without form token, messages and shell: what an error page needs.
    pub(crate) fn bare(config: &'a WebConfig, outline: &'a Outline) -> Self {
        Self {
            product: &config.product_name,
            host: config.host(),
            url: config.public_url.as_str().trim_end_matches('/'),
            theme: outline.theme.map(crate::theme::Theme::as_str),
            nonce: outline.nonce(config),
            path: &outline.path,
            request_id: outline.id.as_str(),
            csrf_token: "",
            flashes: Vec::new(),
            shell: None,
            plain_http: !config.secure && !config.is_loopback(),
            now: outline.began.as_millis(),
        }
    }
}
