//! Things as lists name them.

pub use store::repo::names::{ApplicationName, ClientName, UserName};
