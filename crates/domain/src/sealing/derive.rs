//! Key derivation: HKDF-SHA-256 with one block of output.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// The 32-byte key that `secret` yields for `info`, [RFC 5869].
///
/// Written over HMAC because one block cannot fail, while the general form
/// returns an error that no caller could do anything about. `info` is the
/// concatenation of its parts.
///
/// [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869#section-2
pub(crate) fn derive(secret: &[u8], salt: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret);
    let key = hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref());
    let mut expand = hmac::Context::with_key(&key);
    for part in info {
        expand.update(part);
    }
    expand.update(&[1]);

    let mut derived = Zeroizing::new([0; 32]);
    derived.copy_from_slice(expand.sign().as_ref());
    derived
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hkdf;

    use super::derive;

    /// The test cases of RFC 5869 ask for more than one block; the first 32
    /// bytes of their output are what one block is.
    #[test]
    fn the_vectors_of_rfc_5869_come_out() {
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();

        let salted = derive(&[0x0b; 22], &salt, &[&info]);
        let unsalted = derive(&[0x0b; 22], &[], &[]);

        assert_eq!(
            *salted,
            [
                0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36,
                0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56,
                0xec, 0xc4, 0xc5, 0xbf,
            ]
        );
        assert_eq!(
            *unsalted,
            [
                0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80, 0x2a, 0x06, 0x3c,
                0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1, 0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f,
                0x3c, 0x73, 0x8d, 0x2d,
            ]
        );
    }

    #[test]
    fn it_agrees_with_the_library() {
        let mut expected = [0; 32];
        hkdf::Salt::new(hkdf::HKDF_SHA256, b"salt")
            .extract(b"secret")
            .expand(&[b"handle/", b"ac"], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut expected))
            .unwrap();

        assert_eq!(*derive(b"secret", b"salt", &[b"handle/", b"ac"]), expected);
    }
}
