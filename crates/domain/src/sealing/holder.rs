//! Boxes: values that only the holder of a handle can open, not even this server alone.

use zeroize::Zeroizing;

use super::{
    SealError,
    cell::{LAYOUT, SALT_LEN, decrypt, encrypt},
    derive,
};
use crate::Entropy;

const PURPOSE: &[u8] = b"box";

/// Seals `plaintext` to whoever presents the handle `holder`.
///
/// The database only keeps the handle's digest, so neither a copy of it nor
/// the master key opens the box. The successor of a rotated refresh token is
/// kept like this, to be returned again within the grace period.
///
/// # Errors
///
/// [`SealError::TooLong`] beyond 64 GiB.
pub fn seal_to_holder(
    holder: &str,
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let salt = entropy.bytes::<SALT_LEN>();
    let key = derive(holder.as_bytes(), &salt, &[PURPOSE]);
    let head = [&[LAYOUT], salt.as_slice()].concat();
    encrypt(&key, &[LAYOUT], &head, plaintext)
}

/// What was sealed to `holder` by [`seal_to_holder`].
///
/// # Errors
///
/// When it was sealed to another handle, changed, or is no box.
pub fn open_as_holder(holder: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let [LAYOUT, rest @ ..] = sealed else { return Err(SealError::NotSealed) };
    let (salt, body) = rest.split_first_chunk::<SALT_LEN>().ok_or(SealError::NotSealed)?;
    let key = derive(holder.as_bytes(), salt, &[PURPOSE]);
    decrypt(&key, &[LAYOUT], body)
}

#[cfg(test)]
mod tests {
    use super::{open_as_holder, seal_to_holder};
    use crate::{SealError, entropy::seeded::SeededEntropy};

    #[test]
    fn only_the_holder_opens_the_box() {
        let sealed = seal_to_holder("previous", b"successor", &SeededEntropy::new(1)).unwrap();

        assert_eq!(open_as_holder("previous", &sealed).unwrap().as_slice(), b"successor");
        assert_eq!(open_as_holder("Previous", &sealed), Err(SealError::Refused));
        assert_eq!(open_as_holder("", &sealed), Err(SealError::Refused));
    }

    #[test]
    fn a_changed_or_cut_box_is_refused() {
        let sealed = seal_to_holder("previous", b"successor", &SeededEntropy::new(1)).unwrap();

        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(open_as_holder("previous", &changed).is_err(), "byte {index}");
            assert!(open_as_holder("previous", &sealed[..index]).is_err(), "{index} bytes");
        }
    }
}
