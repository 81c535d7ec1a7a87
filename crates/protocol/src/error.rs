//! The error codes that each kind of endpoint may send, one enum each.

mod authorization;
mod bearer;
mod token;

pub use authorization::AuthorizationErrorCode;
pub use bearer::BearerErrorCode;
pub use token::TokenErrorCode;
