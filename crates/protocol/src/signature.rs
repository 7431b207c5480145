//! `ce-signature`: HMAC-SHA256 over the connection id, one digest per access key of the service.
//!
//! Source: docs/contracts/service.md, "Signature"; docs/contracts/socketio-extension.md, "Origin and signature check".
//! The digest covers the connection id alone, so it says who posts, not what.

use aws_lc_rs::{constant_time, hmac};

const SCHEME: &str = "sha256=";

/// Digits of a digest of 32 bytes.
const DIGITS: usize = 64;

const HEXADECIMAL: [u8; 16] = *b"0123456789abcdef";

/// An access key, ready to sign.
#[derive(Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    /// Takes the access key as it stands in the connection string: its UTF-8 bytes, not base64-decoded.
    #[must_use]
    pub fn new(access_key: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, access_key.as_bytes()))
    }

    /// The value of one digest, `sha256=` and lower-case hexadecimal.
    #[must_use]
    pub fn sign(&self, connection_id: &str) -> String {
        let mut text = String::with_capacity(SCHEME.len() + DIGITS);
        text.push_str(SCHEME);
        text.extend(self.digits(connection_id).map(char::from));
        text
    }

    /// Whether any digest in the header value is this key's for the connection. The comparison takes constant time.
    #[must_use]
    pub fn verify(&self, header: &str, connection_id: &str) -> bool {
        let expected = self.digits(connection_id);
        let separates = |byte: &u8| matches!(byte, b',' | b' ');
        let mut digests = header.as_bytes().split(separates).filter_map(digits);
        digests.any(|digits| constant_time::verify_slices_are_equal(&digits, &expected).is_ok())
    }

    /// The digest in lower-case hexadecimal.
    fn digits(&self, connection_id: &str) -> [u8; DIGITS] {
        let tag = hmac::sign(&self.0, connection_id.as_bytes());
        let mut digits = [0; DIGITS];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(tag.as_ref()) {
            *pair = [byte >> 4, byte & 15].map(|digit| HEXADECIMAL[usize::from(digit)]);
        }
        digits
    }
}

/// What may be the digits of one digest, in lower case: they may be of either.
fn digits(text: &[u8]) -> Option<[u8; DIGITS]> {
    let (scheme, digits) = text.split_at_checked(SCHEME.len())?;
    let mut digits: [u8; DIGITS] = digits.try_into().ok()?;
    digits.make_ascii_lowercase();
    let is_known = scheme.eq_ignore_ascii_case(SCHEME.as_bytes());
    is_known.then_some(digits)
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// The header value that the service sends: the digest of each key, in the order given.
#[must_use]
pub fn header(signers: &[Signer], connection_id: &str) -> String {
    let digests: Vec<String> = signers
        .iter()
        .map(|signer| signer.sign(connection_id))
        .collect();
    digests.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "7aab239577fd4f24bc919802fb629f5f";
    const ID: &str = "0f9c97a2f0bf4706afe87a14e0797b11";
    const DIGEST: &str = "sha256=7767effcb3946f3e1de039df4b986ef02c110b1469d02c0a06f41b3b727ab561";

    #[test]
    fn the_published_digest_is_reproduced() {
        assert_eq!(Signer::new(KEY).sign(ID), DIGEST);
    }

    #[test]
    fn either_digest_passes_with_any_separator_and_case() {
        let signer = Signer::new(KEY);
        let other = Signer::new("other").sign(ID);
        for header in [
            DIGEST.to_owned(),
            format!("{other},{DIGEST}"),
            format!("{DIGEST}, {other}"),
            format!("{other} {DIGEST}"),
            DIGEST.to_uppercase(),
        ] {
            assert!(signer.verify(&header, ID), "{header}");
        }
        let longer = format!("{DIGEST}0");
        let no_digit = DIGEST.replace("7767", "776g");
        for header in [
            "",
            ",",
            "abc",
            &other,
            &DIGEST[7..],
            &DIGEST[..70],
            &longer,
            &no_digit,
            "sha25é=00",
        ] {
            assert!(!signer.verify(header, ID), "{header}");
        }
        assert!(!signer.verify(DIGEST, "another connection"));
    }

    #[test]
    fn both_keys_sign_in_order() {
        let signers = [Signer::new(KEY), Signer::new("second")];
        let header = header(&signers, ID);
        assert!(header.starts_with(DIGEST));
        assert!(signers[1].verify(&header, ID));
    }
}
