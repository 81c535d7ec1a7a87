//! Sealing: secrets that must be read back, encrypted cell by cell under a master key.

mod cell;
mod derive;
mod holder;
mod master_keys;

pub use cell::{Cell, SealError, Sealer, sealed_with};
pub use holder::{open_as_holder, seal_to_holder};
pub use master_keys::{InvalidMasterKeys, KeyId, MasterKeys, WrongMasterKeys};

pub(crate) use derive::derive;
pub(crate) use master_keys::MasterKey;
