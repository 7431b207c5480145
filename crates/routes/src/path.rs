//! A path as the host's server hands it to its routes.

/// The path of a request, decoded once and without dot segments.
///
/// `%2F` stays as it is, since it would make another segment; so does what isn't UTF-8 or isn't an escape at all.
#[must_use]
pub fn decoded(raw: &str) -> String {
    without_dots(&unescaped(raw))
}

fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(index) = rest.find('%') {
        out.push_str(&rest[..index]);
        rest = &rest[index..];
        let (text, length) = character(rest.as_bytes());
        match text {
            Some(character) => out.push(character),
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The character that the escapes at the start stand for, if they stand for one, and how many bytes it takes.
fn character(text: &[u8]) -> (Option<char>, usize) {
    let Some(first) = byte(text, 0) else {
        return (None, 1);
    };
    if first == b'/' {
        return (None, 3);
    }
    let length = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (None, 3),
    };
    let bytes: Option<Vec<u8>> = (0..length).map(|index| byte(text, index * 3)).collect();
    let found = bytes.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.chars().next());
    match found {
        Some(character) => (Some(character), length * 3),
        None => (None, 3),
    }
}

/// The byte of an escape `%XX`.
fn byte(text: &[u8], start: usize) -> Option<u8> {
    let digits = text.get(start..start + 3)?.strip_prefix(b"%")?;
    let digit = |index: usize| char::from(digits[index]).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// A path whose `.` segments are gone, and whose `..` segments have taken the one before them along.
#[must_use]
pub fn without_dots(path: &str) -> String {
    let dots = |segment: &str| segment == "." || segment == "..";
    if !path.starts_with('/') || !path.split('/').any(dots) {
        return path.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut pieces = path[1..].split('/').peekable();
    while let Some(piece) = pieces.next() {
        if piece == ".." {
            kept.pop();
        } else if piece != "." {
            kept.push(piece);
            continue;
        }
        // A folder remains: its slash stays at the end.
        if pieces.peek().is_none() {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_slashes_stay() {
        for (raw, expected) in [
            ("/a%20b/%C3%A9", "/a b/é"),
            ("/a%2Fb%2fc", "/a%2Fb%2fc"),
            ("/a%252Fb", "/a%2Fb"),
            ("/100%25/%zz/%", "/100%/%zz/%"),
            ("/%ff%C3/%e2%82", "/%ff%C3/%e2%82"),
            ("/é%41", "/éA"),
        ] {
            assert_eq!(decoded(raw), expected);
        }
    }

    #[test]
    fn dot_segments_are_resolved() {
        for (raw, expected) in [
            ("/a/../b/./c", "/b/c"),
            ("/a/%2e%2e/b", "/b"),
            ("/../a", "/a"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/a/.", "/a/"),
            ("/a//../b", "/a/b"),
            ("/a..b/.c", "/a..b/.c"),
        ] {
            assert_eq!(decoded(raw), expected);
        }
    }
}
