//! What differs from run to run, replaced by words: ids, times, ports, keys, versions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex_lite::{Captures, Regex};
use serde_json::{Value, json};
use sio_host::{Key, KeyScope};

/// The words of one running app.
pub(crate) struct Words {
    master: String,
    system: String,
    function: String,
    root: String,
    token: Regex,
    patterns: Vec<(Regex, &'static str)>,
}

impl Words {
    pub(crate) fn new(root: &str, keys: &[Key]) -> Self {
        let value = |scope: KeyScope| {
            let key = keys.iter().find(|key| key.scope == scope);
            key.map_or_else(|| "none".to_owned(), |key| key.value.clone())
        };
        let pattern = |pattern| Regex::new(pattern).unwrap();
        Self {
            master: value(KeyScope::Master),
            system: value(KeyScope::System),
            function: value(KeyScope::Host),
            root: root.to_owned(),
            token: pattern(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),
            patterns: vec![
                (
                    pattern(
                        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
                    ),
                    "GUID",
                ),
                (pattern(r"(localhost|127\.0\.0\.1):\d+"), "HOST"),
                (pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z"), "NOW"),
                // .NET's least date stands for "never", and stays.
                (
                    pattern(r"[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00"),
                    "NOW+00:00",
                ),
                (pattern("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"), "TRACE"),
                (
                    pattern(r"((?i:HostVersion): |(?i:Azure-Functions-Host)/)[\d.]+"),
                    "${1}V",
                ),
            ],
        }
    }

    /// A request's head with keys in the places of their words.
    pub(crate) fn keys(&self, head: &str) -> String {
        head.replace("{MASTER}", &self.master)
            .replace("{SYS}", &self.system)
            .replace("{FN}", &self.function)
    }

    pub(crate) fn replace(&self, text: &str) -> String {
        let mut text = self.token.replace_all(text, token).into_owned();
        text = text
            .replace(&self.master, "MASTER")
            .replace(&self.root, "/app");
        for (pattern, word) in &self.patterns {
            text = pattern.replace_all(&text, *word).into_owned();
        }
        text
    }
}

/// A token's header and claims, without times but with its length of life.
fn token(found: &Captures<'_>) -> String {
    let part = |part: &str| -> Value {
        URL_SAFE_NO_PAD
            .decode(part)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    };
    let mut parts = found[0].split('.');
    let head = part(parts.next().unwrap_or_default());
    let mut claims = part(parts.next().unwrap_or_default());
    let Some(members) = claims.as_object_mut() else {
        return "JWT?".to_owned();
    };
    let time = |name: &str| members.get(name).and_then(Value::as_i64).unwrap_or(0);
    let life = time("exp") - time("iat");
    for name in ["exp", "iat", "nbf"] {
        members.remove(name);
    }
    members.insert("life".to_owned(), json!(life));
    format!("JWT {}", json!([head, claims])).replace('"', "'")
}
