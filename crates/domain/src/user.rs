//! The accounts of people.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::{Id, Identified, Role, Timestamp, UnknownName};

/// The account of a person.
#[derive(Debug, Clone)]
pub struct User {
    /// Identifies the account; its text is the `sub` that clients see.
    pub id: Id<User>,
    /// What the person signs in with.
    pub username: String,
    /// Where mail goes; also signs in.
    pub email: String,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// What the person is called.
    pub name: String,
    /// What the person may manage, if anything.
    pub role: Option<Role>,
    /// Whether the person may sign in.
    pub status: UserStatus,
    /// Whether a password is set.
    pub has_password: bool,
    /// When the person last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes, for `ETag` and `If-Match`.
    pub version: i64,
}

impl Identified for User {
    const PREFIX: &'static str = "usr";
}

impl User {
    /// What pages and lists call the person: the name, or the user name where that is empty.
    #[must_use]
    pub const fn shown_name(&self) -> &str {
        if self.name.is_empty() { self.username.as_str() } else { self.name.as_str() }
    }
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// The person may.
    Active,
    /// The person may not, and nothing issued for them counts, until unlocked.
    Locked,
}

impl UserStatus {
    /// Every status.
    pub const ALL: [Self; 2] = [Self::Active, Self::Locked];

    /// The status as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
        }
    }
}

impl FromStr for UserStatus {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownName)
    }
}

impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The form of a user name or address under which it is unique and searched.
///
/// NFKC, lower case, no blanks around; computed here so that both databases agree.
#[must_use]
pub fn canonical(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).collect()
}

/// The form of a name under which it is found and sorted: the canonical one without accents,
/// so that `eclair` finds `Éclair`.
#[must_use]
pub fn searchable(text: &str) -> String {
    let is_accent = |it: &char| ('\u{300}'..='\u{36f}').contains(it);
    canonical(text).nfd().filter(|it| !is_accent(it)).nfc().collect()
}

/// Whether `text` has the shape of an e-mail address.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"".contains(c);
    text.len() <= 254
        && text.chars().all(allowed)
        && text.split_once('@').is_some_and(|(local, host)| {
            (1..=64).contains(&local.len())
                && !host.contains('@')
                && host.split('.').all(|label| {
                    (1..=63).contains(&label.len())
                        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_joins_what_people_mean_to_be_equal() {
        assert_eq!(canonical(" Alice "), canonical("alice"));
        assert_eq!(canonical("ＡＬＩＣＥ"), "alice");
        assert_ne!(canonical("alicé"), canonical("alice"));
    }

    #[test]
    fn names_are_found_without_their_accents() {
        for (name, typed) in [("Éclair", "eclair"), ("e\u{301}clair", "ÉCLAIR"), ("Åsa", "asa")]
        {
            assert_eq!(searchable(name), searchable(typed), "{name}");
        }
        assert_eq!(searchable("한글 ключ"), "한글 ключ");
    }

    #[test]
    fn addresses_that_could_break_a_mail_header_are_refused() {
        for good in ["a@b.example", "a+b@sub.example.com", "root@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c.d", "a@b\r\nBcc: x", "<a@b.c>", "a@-_.c"] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
