//! The base64 trap: text that happens to be base64 becomes bytes (docs/contracts/functions-host.md, "Base64 in
//! strings").

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// As strict as .NET: padding is needed, bits left over are not looked at.
const DOTNET: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The bytes of a text that .NET takes for base64. White space does not count.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let symbols: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        .collect();
    DOTNET.decode(symbols).ok()
}

/// Bytes as base64.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    DOTNET.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_base64_is_decoded() {
        for (text, bytes) in [
            ("test", Some(vec![0xb5, 0xeb, 0x2d])),
            ("", Some(vec![])),
            ("1234", Some(vec![0xd7, 0x6d, 0xf8])),
            ("aGk=", Some(b"hi".to_vec())),
            ("hello", None),
            ("Hello return", None),
            ("{\"a\":1}", None),
            ("aGk", None),
        ] {
            assert_eq!(decoded(text), bytes, "{text}");
        }
        assert_eq!(decoded("good news").map(|bytes| bytes.len()), Some(6));
    }
}
