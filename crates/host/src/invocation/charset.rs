//! The text of a body, as .NET decodes it.

/// A charset that .NET doesn't know. Reading the body fails.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the charset '{0}' is not supported")]
pub(crate) struct UnknownCharset(String);

/// Why the JSON of a call to the management API isn't read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UnreadableJson {
    /// In another charset than the two that ASP.NET reads JSON in.
    Charset,
    /// Bytes that mean nothing in its charset.
    Bytes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Utf16 { little: bool },
    Utf32 { little: bool },
    Latin1,
    Ascii,
}

/// Marks at the start of a text. The longer of two comes first.
const MARKS: [(&[u8], Charset); 5] = [
    (&[0xff, 0xfe, 0, 0], Charset::Utf32 { little: true }),
    (&[0, 0, 0xfe, 0xff], Charset::Utf32 { little: false }),
    (&[0xef, 0xbb, 0xbf], Charset::Utf8),
    (&[0xff, 0xfe], Charset::Utf16 { little: true }),
    (&[0xfe, 0xff], Charset::Utf16 { little: false }),
];

/// The text of a body by the charset that its content type names, else by its byte order mark, else as UTF-8.
pub(crate) fn text(content_type: Option<&str>, body: &[u8]) -> Result<String, UnknownCharset> {
    let Some(name) = content_type.and_then(named) else {
        return Ok(marked(body));
    };
    let charset = by_name(&name).ok_or(UnknownCharset(name))?;
    let mark = MARKS.iter().find(|(_, of)| *of == charset);
    let body = mark
        .and_then(|(mark, _)| body.strip_prefix(*mark))
        .unwrap_or(body);
    Ok(decoded(charset, body))
}

/// The text of a body by its byte order mark, whatever its content type says.
pub(crate) fn marked(body: &[u8]) -> String {
    for (mark, charset) in MARKS {
        if let Some(rest) = body.strip_prefix(mark) {
            return decoded(charset, rest);
        }
    }
    decoded(Charset::Utf8, body)
}

/// The text of JSON for the management API. ASP.NET reads UTF-8 and UTF-16 in little-endian order, without a byte order
/// mark, and never asks for the rest of a character at the end (source: `TextInputFormatter`, `HttpRequestStreamReader`).
pub(crate) fn json(content_type: &str, body: &[u8]) -> Result<String, UnreadableJson> {
    let charset = named(content_type).map_or(Some(Charset::Utf8), |name| by_name(&name));
    match charset {
        Some(Charset::Utf8) => match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) if error.error_len().is_none() => {
                Ok(String::from_utf8_lossy(&body[..error.valid_up_to()]).into_owned())
            }
            Err(_) => Err(UnreadableJson::Bytes),
        },
        Some(Charset::Utf16 { little: true }) => {
            let mut units: Vec<u16> = utf16(body, true).collect();
            units.pop_if(|last| (0xd800..0xdc00).contains(last));
            String::from_utf16(&units).map_err(|_| UnreadableJson::Bytes)
        }
        _ => Err(UnreadableJson::Charset),
    }
}

/// The charset of a content type.
fn named(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The charsets that .NET knows without further packages.
fn by_name(name: &str) -> Option<Charset> {
    Some(match name.to_ascii_lowercase().as_str() {
        "utf-8"
        | "unicode-1-1-utf-8"
        | "unicode-2-0-utf-8"
        | "x-unicode-1-1-utf-8"
        | "x-unicode-2-0-utf-8" => Charset::Utf8,
        "utf-16" | "utf-16le" | "unicode" | "ucs-2" | "iso-10646-ucs-2" => {
            Charset::Utf16 { little: true }
        }
        "utf-16be" | "unicodefffe" => Charset::Utf16 { little: false },
        "utf-32" | "utf-32le" | "ucs-4" | "iso-10646-ucs-4" => Charset::Utf32 { little: true },
        "utf-32be" => Charset::Utf32 { little: false },
        "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "latin1" | "l1" | "cp819" | "ibm819"
        | "csisolatin1" | "iso-ir-100" => Charset::Latin1,
        "us-ascii" | "ascii" | "us" | "iso646-us" | "iso-ir-6" | "ansi_x3.4-1968" | "csascii"
        | "cp367" | "ibm367" => Charset::Ascii,
        _ => return None,
    })
}

fn utf16(body: &[u8], little: bool) -> impl Iterator<Item = u16> {
    body.chunks_exact(2).map(move |two| match little {
        true => u16::from_le_bytes([two[0], two[1]]),
        false => u16::from_be_bytes([two[0], two[1]]),
    })
}

/// Bytes that mean nothing, half a character at the end among them, become U+FFFD.
fn decoded(charset: Charset, body: &[u8]) -> String {
    let cut =
        |size: usize| (!body.len().is_multiple_of(size)).then_some(char::REPLACEMENT_CHARACTER);
    match charset {
        Charset::Utf8 => String::from_utf8_lossy(body).into_owned(),
        Charset::Latin1 => body.iter().map(|byte| char::from(*byte)).collect(),
        Charset::Ascii => body
            .iter()
            .map(|byte| {
                if byte.is_ascii() {
                    char::from(*byte)
                } else {
                    '?'
                }
            })
            .collect(),
        Charset::Utf16 { little } => char::decode_utf16(utf16(body, little))
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .chain(cut(2))
            .collect(),
        Charset::Utf32 { little } => {
            let units = body.chunks_exact(4).map(|four| match little {
                true => u32::from_le_bytes([four[0], four[1], four[2], four[3]]),
                false => u32::from_be_bytes([four[0], four[1], four[2], four[3]]),
            });
            units
                .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
                .chain(cut(4))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_counts_then_the_mark_then_utf8() {
        let read = |kind: &str, body: &[u8]| text(Some(kind), body).unwrap();
        assert_eq!(read("text/plain; charset=iso-8859-1", b"\xe9"), "é");
        assert_eq!(read("text/plain;charset=\"UTF-16\"", b"\xff\xfea\0"), "a");
        assert_eq!(read("text/plain; charset=utf-16be", b"\0a"), "a");
        assert_eq!(read("text/plain; charset=us-ascii", b"a\xe9"), "a?");
        assert_eq!(read("text/plain", b"\xef\xbb\xbfa\xff"), "a\u{fffd}");
        assert_eq!(read("text/plain; charset=utf-8", b"\xef\xbb\xbfa"), "a");
        assert_eq!(marked(b"\xfe\xff\0a"), "a");
        assert_eq!(marked(b"\xff\xfe\0\0a\0\0\0"), "a");
        assert_eq!(marked(b"\xff\xfea\0b"), "a\u{fffd}");
        assert_eq!(marked(b"\xff\xfe\0\0a\0\0\0b\0"), "a\u{fffd}");
        assert_eq!(marked(b"\xff\xfe\0\xd8"), "\u{fffd}");
        assert!(text(Some("text/plain; charset=nonsense"), b"a").is_err());
    }

    #[test]
    fn json_for_the_management_api_is_utf8_or_utf16() {
        let utf16 = "application/json; charset=utf-16";
        assert_eq!(json("application/json", "é".as_bytes()).unwrap(), "é");
        assert_eq!(json("text/json;charset=UTF-8", b"a").unwrap(), "a");
        assert_eq!(json(utf16, b"a\0\xe9\0").unwrap(), "aé");
        // Half a character at the end is never asked for.
        assert_eq!(json(utf16, b"a\0b").unwrap(), "a");
        assert_eq!(json(utf16, b"a\0\0\xd8").unwrap(), "a");
        assert_eq!(json("application/json", b"a\xc3").unwrap(), "a");
        assert_eq!(json("a/b", b"\xffa"), Err(UnreadableJson::Bytes));
        assert_eq!(json(utf16, b"\0\xdca\0"), Err(UnreadableJson::Bytes));
        for other in ["utf-16be", "utf-32", "iso-8859-1", "us-ascii", "nonsense"] {
            let kind = format!("application/json; charset={other}");
            assert_eq!(json(&kind, b"{}"), Err(UnreadableJson::Charset), "{other}");
        }
    }
}
