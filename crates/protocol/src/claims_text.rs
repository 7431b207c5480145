//! Claims as JSON text, byte for byte as Microsoft's SDKs write them.
//!
//! Any equivalent JSON would do for the service; but two tokens, or a signed and a requested audience, can then be
//! compared as text. Source: docs/contracts/socketio-extension.md, "Key mode": compact, with the escapes of the default
//! encoder of System.Text.Json.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

/// Writes claims.
///
/// # Errors
/// They are not JSON.
pub(crate) fn write(claims: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::with_capacity(256);
    claims.serialize(&mut Serializer::with_formatter(&mut text, Escaped))?;
    Ok(text)
}

struct Escaped;

impl Formatter for Escaped {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let stands = |c: char| (' '..='~').contains(&c) && !"&'+<>`".contains(c);
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| !stands(c)) {
            let (plain, special) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut chars = special.chars();
            let mut units = [0; 2];
            for unit in chars.next().unwrap_or_default().encode_utf16(&mut units) {
                write!(out, "\\u{unit:04X}")?;
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Quote => out.write_all(b"\\u0022"),
            CharEscape::AsciiControl(byte) => write!(out, "\\u{byte:04X}"),
            escape => CompactFormatter.write_char_escape(out, escape),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(value: &str) -> String {
        String::from_utf8(write(&value).unwrap()).unwrap()
    }

    #[test]
    fn what_system_text_json_escapes_is_escaped() {
        assert_eq!(text("a/b:c?d=e"), r#""a/b:c?d=e""#);
        assert_eq!(text("&'+<>`"), r#""\u0026\u0027\u002B\u003C\u003E\u0060""#);
        assert_eq!(text("用户\u{7f}😀"), r#""\u7528\u6237\u007F\uD83D\uDE00""#);
        assert_eq!(text("\"\\\n\u{1}"), r#""\u0022\\\n\u0001""#);
    }

    proptest! {
        #[test]
        fn a_text_reads_back_as_written(value: String) {
            let written = text(&value);
            prop_assert!(written.is_ascii());
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), value);
        }
    }
}
