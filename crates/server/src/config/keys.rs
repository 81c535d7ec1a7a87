//! What a configuration key is, and finding one by name.

use super::KEYS;

/// The beginning of every environment variable that sets a key.
pub(crate) const ENVIRONMENT_PREFIX: &str = "COUNTERSIGN_";
/// Variables that only the test suites read; they configure no server.
pub(crate) const OF_TESTS: [&str; 2] = ["COUNTERSIGN_TEST_POSTGRES", "COUNTERSIGN_TEST_PYTHON"];

/// How a key's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text that is never shown and may stand in a file of its own.
    Secret,
    /// The path of a file.
    File,
    /// `true` or `false`.
    Flag,
    /// A whole number, zero or more.
    Number,
    /// Several texts; in the environment with commas between them.
    List,
}

/// What holds when a key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This value, written as in the environment.
    Value(&'static str),
    /// No value; the text says what happens then.
    Unset(&'static str),
}

/// Whether this version does what a key asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Now,
    /// The key is reserved: anything but its default is refused.
    Reserved,
}

/// One thing that can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The dotted name, `section.key`.
    pub name: &'static str,
    /// How its value is written.
    pub kind: Kind,
    /// What holds when it is not set.
    pub fallback: Fallback,
    /// A value as it would stand in the file.
    pub example: &'static str,
    /// Whether this version does what it asks.
    pub support: Support,
    /// What it does, in sentences.
    pub meaning: &'static str,
}

impl Key {
    /// The environment variable that sets this key.
    #[must_use]
    pub fn environment_name(&self) -> String {
        format!("{ENVIRONMENT_PREFIX}{}", self.name.replace('.', "__").to_uppercase())
    }

    /// The section and the key inside it.
    #[must_use]
    pub fn section_and_name(&self) -> (&'static str, &'static str) {
        self.name.rsplit_once('.').unwrap_or(("", self.name))
    }

    /// The default as text, if there is one.
    #[must_use]
    pub const fn default_text(&self) -> Option<&'static str> {
        match self.fallback {
            Fallback::Value(text) => Some(text),
            Fallback::Unset(_) => None,
        }
    }

    /// The key that names a file holding this secret.
    pub(crate) fn file_twin(&self) -> Option<&'static Self> {
        if self.kind == Kind::Secret { find(&format!("{}_file", self.name)) } else { None }
    }
}

/// The key called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether `name` is a section, such as `server` or `server.tls`.
pub(crate) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The key whose name is the least change away from `name`, if that is not much.
///
/// The right key in the wrong section counts as one change.
pub(crate) fn nearest(name: &str) -> Option<&'static Key> {
    let supported = KEYS.iter().filter(|key| key.support == Support::Now);
    let distances = supported.filter_map(|key| {
        let (_section, last) = key.section_and_name();
        let (_section, last_of_name) = name.rsplit_once('.').unwrap_or(("", name));
        let whole = few_changes(name, key.name);
        let moved = few_changes(last_of_name, last).map(|distance| distance + 1);
        whole.into_iter().chain(moved).min().map(|distance| (distance, key))
    });
    distances.min_by_key(|(distance, _key)| *distance).map(|(_distance, key)| key)
}

/// The distance between two names, if no more than a third of `known` differs.
fn few_changes(name: &str, known: &str) -> Option<usize> {
    Some(distance(name, known)).filter(|distance| distance * 3 <= known.len())
}

/// How many letters must be put in, taken out or replaced to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, left) in from.bytes().enumerate() {
        let mut diagonal = position;
        let mut previous = position + 1;
        let mut next = vec![previous];
        for (right, above) in to.bytes().zip(row.iter().skip(1).copied()) {
            let replaced = diagonal + usize::from(left != right);
            previous = replaced.min(above + 1).min(previous + 1);
            next.push(previous);
            diagonal = above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_letter_changes() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("listen", "listen"), 0);
        assert_eq!(distance("listn", "listen"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }

    #[test]
    fn a_misspelt_key_finds_its_neighbour() {
        let nearest = |name| nearest(name).map(|key| key.name);

        assert_eq!(nearest("server.lisen"), Some("server.listen"));
        assert_eq!(nearest("database.uri"), Some("database.url"));
        assert_eq!(nearest("server.cert_file"), Some("server.tls.cert_file"));
        assert_eq!(nearest("publicurl"), Some("server.public_url"));
        assert_eq!(nearest("server_listen"), Some("server.listen"));
        assert_eq!(nearest("zzz"), None);
        assert_eq!(nearest("foo.bar"), None);
    }

    #[test]
    fn names_are_unique_and_sections_stand_together() {
        let mut seen_sections: Vec<&str> = Vec::new();
        for (position, key) in KEYS.iter().enumerate() {
            assert_eq!(
                KEYS.iter().filter(|other| other.name == key.name).count(),
                1,
                "{}",
                key.name
            );
            assert!(!is_section(key.name), "{} is a section and a key", key.name);
            let (section, _name) = key.section_and_name();
            let continues = position > 0 && seen_sections.last() == Some(&section);
            if !continues {
                assert!(!seen_sections.contains(&section), "{section} is torn apart");
                seen_sections.push(section);
            }
        }
    }

    #[test]
    fn every_secret_has_a_file_twin() {
        let secrets: Vec<_> = KEYS.iter().filter(|key| key.kind == Kind::Secret).collect();

        assert!(!secrets.is_empty());
        for key in secrets {
            assert_eq!(key.file_twin().map(|twin| twin.kind), Some(Kind::File), "{}", key.name);
        }
    }

    #[test]
    fn environment_names_separate_sections_with_two_underscores() {
        let name = find("server.tls.cert_file").map(Key::environment_name);

        assert_eq!(name.as_deref(), Some("COUNTERSIGN_SERVER__TLS__CERT_FILE"));
    }
}
