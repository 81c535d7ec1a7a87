//! What is stored of a handle.

use std::fmt;

/// The keyed digest of a handle, which finds its row.
///
/// Made with a key that is not in the database, so nobody who can write there
/// can plant a handle. Comparing digests in variable time tells nothing: their
/// key is secret, so a guesser cannot steer them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleDigest([u8; 32]);

impl HandleDigest {
    pub(super) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Takes back a stored digest; there is none of another length than 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The digest as it is stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for HandleDigest {
    /// Enough to tell two apart in a log, too little to search for one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandleDigest(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::HandleDigest;

    #[test]
    fn a_stored_digest_is_taken_back_only_in_full() {
        let digest = HandleDigest::new([7; 32]);

        assert_eq!(HandleDigest::from_slice(digest.as_bytes()), Some(digest));
        assert_eq!(HandleDigest::from_slice(&[7; 31]), None);
        assert_eq!(HandleDigest::from_slice(&[7; 33]), None);
        assert_eq!(format!("{digest:?}"), "HandleDigest(07070707)");
    }
}
