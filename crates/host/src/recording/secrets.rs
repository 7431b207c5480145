//! What a recording must not hold.
//!
//! The host has checked a caller's key and token before it asked the handler, so a replay does without them. Only the
//! service's signature is checked by the handler itself, and stays.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::HeaderMap;
use regex_lite::Regex;

/// What stands for something that is left out.
const MASK: &str = "***";

/// Headers that prove an identity.
const CREDENTIALS: &[&str] = &[
    "authorization",
    "cookie",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "set-cookie",
    "x-functions-key",
    "x-zumo-auth",
];

/// Tokens that App Service passes on stand in headers that begin so.
const PLATFORM_TOKENS: &str = "x-ms-token-";

/// Headers of one connection or one moment, made anew for each.
const TRANSPORT: &[&str] = &[
    "connection",
    "content-length",
    "date",
    "host",
    "keep-alive",
    "transfer-encoding",
];

/// The headers to keep.
pub(super) fn kept(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.as_str();
        if CREDENTIALS.contains(&name)
            || TRANSPORT.contains(&name)
            || name.starts_with(PLATFORM_TOKENS)
        {
            continue;
        }
        let value = masked(&String::from_utf8_lossy(value.as_bytes()));
        kept.entry(name.to_owned()).or_default().push(value);
    }
    kept
}

/// Each pattern with its replacement. Text is masked where it stands, since a body is replayed byte for byte otherwise.
static PATTERNS: LazyLock<Vec<(Regex, String)>> = LazyLock::new(|| {
    let patterns = [
        // A JSON Web Token, wherever it stands.
        (
            r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",
            MASK.to_owned(),
        ),
        // A connection string's key.
        (r#"(AccessKey=)[^;"\\\s]+"#, format!("${{1}}{MASK}")),
        // A function's key and a client's token in a query.
        (
            r#"([?&](?:code|access_token)=)[^&#"'\\\s]+"#,
            format!("${{1}}{MASK}"),
        ),
        // The same in an envelope, where headers and query are JSON, which may itself stand in a string.
        (
            r#"(?i)("(?:authorization|cookie|set-cookie|x-functions-key|code|access_token)\\*"\s*:\s*\[?\s*\\*")[^"\\]+"#,
            format!("${{1}}{MASK}"),
        ),
    ];
    let compiled = patterns.into_iter().filter_map(|(pattern, with)| {
        // They are constants, and the test below uses each.
        Regex::new(pattern).ok().map(|regex| (regex, with))
    });
    compiled.collect()
});

/// A text without tokens and keys.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = Cow::Borrowed(text);
    for (pattern, with) in PATTERNS.iter() {
        if pattern.is_match(&masked) {
            masked = Cow::Owned(pattern.replace_all(&masked, with.as_str()).into_owned());
        }
    }
    masked.into_owned()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn every_place_of_a_secret_is_masked() {
        for (text, expected) in [
            (
                r#"{"token":"eyJhbGciOi.eyJzdWIi.c2ln-_","path":"/x"}"#,
                r#"{"token":"***","path":"/x"}"#,
            ),
            (
                "Endpoint=http://a;AccessKey=c2VjcmV0;Version=1.0;",
                "Endpoint=http://a;AccessKey=***;Version=1.0;",
            ),
            ("/api/x?name=a&code=k3y==&b=1", "/api/x?name=a&code=***&b=1"),
            (
                r#"{"Headers":{"Authorization":["Basic YTpi"]},"Query":{"code":"k3y"}}"#,
                r#"{"Headers":{"Authorization":["***"]},"Query":{"code":"***"}}"#,
            ),
            (
                r#"{"Headers":"{\"x-functions-key\":\"k3y\",\"a\":\"b\"}"}"#,
                r#"{"Headers":"{\"x-functions-key\":\"***\",\"a\":\"b\"}"}"#,
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
        assert_eq!(PATTERNS.len(), 4, "each pattern compiles");
    }

    #[test]
    fn what_people_say_stays_as_it_was() {
        let text = r#"42["message","lobby","my code: eyJ, ?coder=1"]"#;
        assert_eq!(masked(text), text);
    }

    #[test]
    fn the_signature_stays_and_credentials_go() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("ce-signature", "sha256=ab"),
            ("authorization", "Bearer x"),
            ("x-functions-key", "k"),
            ("cookie", "a=b"),
            ("x-ms-token-aad-access-token", "t"),
            ("content-length", "3"),
            ("content-type", "text/plain"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let kept = kept(&headers);
        let names: Vec<&str> = kept.keys().map(String::as_str).collect();
        assert_eq!(names, ["ce-signature", "content-type"]);
    }
}
