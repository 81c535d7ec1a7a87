//! A change to a value that may also be taken away.

use serde::{Serialize, Serializer};

/// A change to a value that may also be taken away.
///
/// A merge patch says nothing, `null` or a value; so does a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Take it away.
    Clear,
    /// Make it this.
    Set(T),
}

impl<T> Patch<T> {
    /// What holds after the change, where `current` held before.
    #[must_use]
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The new value, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Whether nothing is asked for; such a member is left out where a patch is written.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Whether anything is asked for.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    /// The value or `null`, as a merge patch has it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// A form's field: there is a value, or it was emptied.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}
