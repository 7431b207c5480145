//! `ce-signature`: HMAC-SHA256 over the connection id, one digest per access key of the service.
//!
//! Source: service contract, "Signature"; extension contract, "Origin and signature check". The digest covers the
//! connection id alone, so it says who posts, not what.

use std::fmt::Write as _;

use aws_lc_rs::{constant_time, hmac};

const SCHEME: &str = "sha256=";

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
        let tag = hmac::sign(&self.0, connection_id.as_bytes());
        let mut text = String::with_capacity(SCHEME.len() + 64);
        text.push_str(SCHEME);
        for byte in tag.as_ref() {
            let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        }
        text
    }

    /// Whether any digest in the header value is this key's for the connection. The comparison takes constant time.
    #[must_use]
    pub fn verify(&self, header: &str, connection_id: &str) -> bool {
        let expected = self.sign(connection_id);
        header
            .split([',', ' '])
            .filter(|digest| !digest.is_empty())
            .map(str::to_ascii_lowercase)
            .any(|digest| {
                constant_time::verify_slices_are_equal(digest.as_bytes(), expected.as_bytes())
                    .is_ok()
            })
    }
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
        for header in ["", ",", "abc", &other, &DIGEST[7..]] {
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
