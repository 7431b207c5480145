//! Percent-encoding of paths and queries, as .NET does it.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What ASP.NET and YARP escape in a path: all but letters, digits and these.
pub(crate) const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'-')
    .remove(b'.')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@')
    .remove(b'_')
    .remove(b'~');

/// What .NET's `Uri` escapes in a path whose backslashes are slashes already.
pub(crate) const URI_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What .NET's `Uri` escapes in a query.
pub(crate) const URI_QUERY: &AsciiSet = &URI_PATH.add(b'\\');

/// A text with escapes for the characters of a set. What is an escape already stays one; other percent signs don't.
pub(crate) fn escaped(text: &str, set: &'static AsciiSet) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, piece) in text.split('%').enumerate() {
        if index > 0 {
            let digits = piece.as_bytes().get(..2);
            let escape = digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
            out.push_str(if escape { "%" } else { "%25" });
        }
        out.extend(utf8_percent_encode(piece, set));
    }
    out
}
