//! The device authorization grant, [RFC 8628]: a device asks, and a person answers on
//! another one. What the device then buys is decided at the token endpoint.
//!
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628

mod answer;
mod ask;
mod view;

use domain::UserCode;

pub use answer::{Step, answer, look};
pub use ask::{DeviceResponse, ask};
pub use view::ConfirmView;

use crate::Engine;

/// What the authentication code of a user code is made for.
const USER_CODE: &str = "device-user-code";

/// What a request is found by when a person types its code.
fn user_code_mac(engine: &Engine, code: &UserCode) -> [u8; 32] {
    engine.parts.handles.mac(USER_CODE, code.letters())
}

#[cfg(test)]
mod tests;
