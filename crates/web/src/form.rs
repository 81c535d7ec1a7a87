//! Forms of pages: where they came from is checked before they are read.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method, web::Data};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::{PageError, ParamsError, WebConfig, csrf, params};

/// The longest form that is read.
pub const MAX_LEN: usize = 256 * 1024;

/// A form that a page of this server showed to this browser and that it posted back.
///
/// Fields repeat into a `Vec`; a field that stands twice where one is expected is refused.
#[derive(Debug)]
pub struct Protected<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Protected<T> {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let config = request.app_data::<Data<WebConfig>>().ok_or(PageError::Internal)?;
            if request.method() != Method::POST || !csrf::is_same_origin(config, &request) {
                return Err(PageError::StaleForm);
            }
            let body = params::read_form(request.headers(), payload, MAX_LEN).await?;
            let presented = form_urlencoded::parse(&body).find(|(name, _)| name == csrf::FIELD);
            let is_valid =
                presented.is_some_and(|(_, token)| csrf::is_valid(config, &request, &token));
            if !is_valid {
                return Err(PageError::StaleForm);
            }
            if !params::is_text(&body) {
                return Err(PageError::BadForm);
            }
            serde_html_form::from_bytes(&body).map(Self).map_err(|_reason| PageError::BadForm)
        })
    }
}

impl From<ParamsError> for PageError {
    fn from(error: ParamsError) -> Self {
        match error {
            ParamsError::TooLarge => Self::TooLarge,
            ParamsError::WrongContentType => Self::WrongContentType,
        }
    }
}

#[cfg(test)]
mod tests;
