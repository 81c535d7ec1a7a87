//! How a client's authorization requests come and how they are answered.

use domain::FieldError;
use protocol::Carrier;

use super::{Changing, ClientChanges};
use crate::Patch;

impl Changing<'_> {
    pub(super) fn answers(&mut self, changes: &ClientChanges) {
        if let Some(texts) = &changes.response_modes {
            self.settings.response_modes = self.named_carriers(texts);
        }
        let field = "authorization_signed_response_alg";
        match &changes.authorization_signed_response_alg {
            Patch::Keep => {}
            Patch::Clear => self.settings.authorization_signed_response_alg = None,
            Patch::Set(text) => {
                let alg = self.named(field, Some(text), "Choose ES256 or RS256.");
                self.settings.authorization_signed_response_alg = alg;
            }
        }
        if let Some(required) = changes.require_pushed_authorization_requests {
            self.settings.require_pushed_authorization_requests = required;
        }
        match &changes.request_object_signing_alg {
            Patch::Keep => {}
            Patch::Clear => self.settings.request_object_signing_alg = None,
            Patch::Set(text) => {
                let field = "request_object_signing_alg";
                let alg = self.named(field, Some(text), "Choose ES256, PS256, EdDSA or RS256.");
                self.settings.request_object_signing_alg = alg;
            }
        }
        if let Some(required) = changes.require_signed_request_object {
            self.settings.require_signed_request_object = required;
        }
    }

    fn named_carriers(&mut self, texts: &[String]) -> Vec<Carrier> {
        let mut carriers: Vec<Carrier> = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match (text.trim(), text.trim().parse()) {
                ("", _) => {}
                (_, Ok(carrier)) if carriers.contains(&carrier) => {}
                (_, Ok(carrier)) => carriers.push(carrier),
                (_, Err(_unknown)) => {
                    let detail = "Choose query, fragment or form_post; their JWT forms come with authorization_signed_response_alg.";
                    let fault = FieldError::at("response_modes", index, "unknown-value", detail);
                    self.faults.push(fault);
                }
            }
        }
        if carriers.is_empty() && !self.faults.is_empty() {
            // What is left is judged by what was there: one fault is told, not two.
            return self.current.response_modes.clone();
        }
        carriers
    }
}
