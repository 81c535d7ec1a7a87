//! The end of a visit.

use actix_web::{HttpRequest, web::Data};
use domain::Id;
use serde::Deserialize;
use service::{Service, sessions};
use web::{PageError, Protected, SignedIn, request_facts, see_other};

use crate::failure::Answer;

/// The form has nothing to fill in.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SignOutForm {}

/// `POST /console/sign-out`; for people without a role too.
pub(crate) async fn sign_out(
    request: HttpRequest,
    service: Data<Service>,
    _form: Protected<SignOutForm>,
) -> Answer {
    if let Some(signed_in) = SignedIn::of(&request) {
        let ids = (Id::parse(&signed_in.user_id), Id::parse(&signed_in.session_id));
        if let (Ok(user), Ok(session)) = ids {
            let ended = sessions::sign_out(&service, user, session, &request_facts(&request)).await;
            ended.map_err(|error| PageError::unavailable(&error))?;
        }
        SignedIn::end(&request);
    }
    Ok(see_other("/login?return_to=%2Fconsole"))
}
