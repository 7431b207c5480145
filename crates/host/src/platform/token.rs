//! Tokens of the tenant: JSON Web Tokens signed with RS256, and the key that shows it.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The id of the only key.
const KEY_ID: &str = "sio";

/// A key pair, made anew for each tenant and never written down.
#[derive(Debug)]
pub(super) struct Signer(RsaKeyPair);

impl Signer {
    /// Makes one, which takes a moment.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(super) fn generate() -> Result<Self, Unspecified> {
        RsaKeyPair::generate(KeySize::Rsa2048).map(Self)
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, Unspecified> {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = json!({ "alg": "RS256", "kid": KEY_ID, "typ": "JWT" });
        let signed = format!("{}.{}", encode(&head), encode(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        self.0.sign(
            &RSA_PKCS1_SHA256,
            &random,
            signed.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public half, as an issuer publishes it.
    pub(super) fn key_set(&self) -> Value {
        let public = self.0.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        }] })
    }
}
