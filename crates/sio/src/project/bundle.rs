//! The extension bundle that Microsoft's Socket.IO bindings come from: which one, and which of its versions.
//!
//! Source: docs/contracts/functions-host.md, "Extension bundles".

use serde_json::Value;

/// A bundle that has the Socket.IO bindings, and its first version that has them; as known in November 2026.
const BUNDLES: [(&str, Version); 2] = [
    (
        "Microsoft.Azure.Functions.ExtensionBundle.Preview",
        [4, 27, 0],
    ),
    (
        "Microsoft.Azure.Functions.ExtensionBundle.Experimental",
        [4, 1, 0],
    ),
];

/// What to write where nothing of use stands.
pub(crate) const ADVICE: &str = r#"write "extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle.Preview", "version": "[4.*, 5.0.0)" }"#;

type Version = [u32; 3];

/// Why the bundle of a host.json brings no Socket.IO bindings, if so.
pub(crate) fn problem(host_json: &Value) -> Option<String> {
    let bundle = &host_json["extensionBundle"];
    if bundle.is_null() {
        return Some("host.json has no \"extensionBundle\"".to_owned());
    }
    let id = bundle["id"].as_str().unwrap_or_default();
    let known = BUNDLES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(id));
    let Some((id, first)) = known else {
        return Some(format!("the bundle {id:?} has no Socket.IO bindings"));
    };
    let range = bundle["version"].as_str().unwrap_or_default();
    let [major, minor, patch] = first;
    match reaches(range, *first) {
        Some(true) => None,
        Some(false) => Some(format!(
            "the range {range:?} ends before {major}.{minor}.{patch}, the first {id} with Socket.IO bindings"
        )),
        None => Some(format!("{range:?} is not a range of versions")),
    }
}

/// Whether a range, as NuGet writes it, has a version that is not older than `needed`. `None` if it is not a range.
fn reaches(range: &str, needed: Version) -> Option<bool> {
    let range = range.trim();
    let Some(inner) = range.strip_prefix(['[', '(']) else {
        // A version alone is the least one.
        return version(range).map(|_| true);
    };
    let (inner, inclusive) = match inner.strip_suffix(']') {
        Some(inner) => (inner, true),
        None => (inner.strip_suffix(')')?, false),
    };
    let Some((low, high)) = inner.split_once(',') else {
        return version(inner).map(|only| only >= needed);
    };
    let low = match low.trim() {
        "" => [0; 3],
        low => version(low)?,
    };
    let high = match high.trim() {
        "" => return Some(true),
        high => version(high)?,
    };
    Some(low <= high && (high > needed || (inclusive && high == needed)))
}

/// `4.27.0`, `4.27`, or `4.*`, whose star is the least that can stand there.
fn version(text: &str) -> Option<Version> {
    let mut version = [0; 3];
    for (at, part) in text.trim().split('.').enumerate() {
        let number = match part {
            "*" => 0,
            part => part.parse().ok()?,
        };
        *version.get_mut(at)? = number;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bundle_has_the_bindings_from_its_first_version_on() {
        let preview = BUNDLES[0].0;
        let found = |id: &str, version: &str| {
            problem(&json!({ "extensionBundle": { "id": id, "version": version } }))
        };
        for (id, version) in [
            (preview, "[4.*, 5.0.0)"),
            (&preview.to_lowercase(), "[4.27.0, 4.27.0]"),
            (preview, "[4.30.0]"),
            (preview, "[4.0.0,)"),
            (BUNDLES[1].0, "[4.*, 4.2.0)"),
        ] {
            assert_eq!(found(id, version), None, "{version}");
        }
        for (id, version, named) in [
            (
                "Microsoft.Azure.Functions.ExtensionBundle",
                "[4.*, 5.0.0)",
                "has no Socket.IO bindings",
            ),
            (preview, "[3.*, 4.0.0)", "ends before 4.27.0"),
            (preview, "[4.0.0, 4.27.0)", "ends before 4.27.0"),
            (preview, "[4.26.9]", "ends before 4.27.0"),
            (preview, "[5.0.0, 4.30.0)", "ends before"),
            (preview, "[4.*, five)", "not a range"),
            (preview, "", "not a range"),
        ] {
            let found = found(id, version).unwrap_or_default();
            assert!(found.contains(named), "{version}: {found}");
        }
        assert!(problem(&json!({})).is_some());
        assert!(problem(&json!({ "extensionBundle": "x" })).is_some());
    }
}
