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

/// The first and the newest version of each extension bundle and major version; as known in August 2026.
const KNOWN: [(&str, Version, Version); 6] = [
    (GENERAL, [1, 0, 0], [1, 8, 1]),
    (GENERAL, [2, 0, 0], [2, 35, 0]),
    (GENERAL, [3, 0, 0], [3, 40, 0]),
    (GENERAL, [4, 0, 0], [4, 38, 0]),
    (BUNDLES[0].0, [4, 0, 0], [4, 45, 0]),
    (BUNDLES[1].0, [4, 0, 0], [4, 39, 0]),
];

const GENERAL: &str = "Microsoft.Azure.Functions.ExtensionBundle";

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

/// Why the bundle of a host.json may not exist, if nothing that it names was known when this was released.
pub(crate) fn unknown(host_json: &Value) -> Option<String> {
    let bundle = host_json.get("extensionBundle")?;
    let id = bundle["id"].as_str().unwrap_or_default();
    let range = bundle["version"].as_str().unwrap_or_default();
    let of_id = |known: &&(&str, Version, Version)| known.0.eq_ignore_ascii_case(id);
    let Some((_, _, newest)) = KNOWN.iter().rev().find(of_id) else {
        return Some(format!(
            "the extension bundle {id:?} was unknown in August 2026"
        ));
    };
    let (low, high) = bounds(range)?;
    let has = |(_, first, last): &(&str, Version, Version)| {
        low <= *last
            && high.is_none_or(|(high, inclusive)| high > *first || inclusive && high == *first)
    };
    if KNOWN.iter().filter(of_id).any(has) {
        return None;
    }
    let [major, minor, patch] = newest;
    Some(format!(
        "the range {range:?} has no version of {id} that was known in August 2026; the newest was {major}.{minor}.{patch}"
    ))
}

/// Whether a range, as NuGet writes it, has a version that is not older than `needed`. `None` if it is not a range.
fn reaches(range: &str, needed: Version) -> Option<bool> {
    let (low, high) = bounds(range)?;
    let Some((high, inclusive)) = high else {
        return Some(true);
    };
    Some(low <= high && (high > needed || (inclusive && high == needed)))
}

/// The least version of a range, and its greatest with whether that belongs to it. `None` if it is not a range.
fn bounds(range: &str) -> Option<(Version, Option<(Version, bool)>)> {
    let range = range.trim();
    let Some(inner) = range.strip_prefix(['[', '(']) else {
        // A version alone is the least one.
        return version(range).map(|least| (least, None));
    };
    let (inner, inclusive) = match inner.strip_suffix(']') {
        Some(inner) => (inner, true),
        None => (inner.strip_suffix(')')?, false),
    };
    let Some((low, high)) = inner.split_once(',') else {
        return version(inner).map(|only| (only, Some((only, true))));
    };
    let low = match low.trim() {
        "" => [0; 3],
        low => version(low)?,
    };
    let high = match high.trim() {
        "" => return Some((low, None)),
        high => version(high)?,
    };
    Some((low, Some((high, inclusive))))
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
    fn a_range_without_a_known_version_is_noted_with_the_date_of_the_table() {
        let found = |id: &str, version: &str| {
            unknown(&json!({ "extensionBundle": { "id": id, "version": version } }))
        };
        let preview = BUNDLES[0].0;
        for (id, version) in [
            (GENERAL, "[4.*, 5.0.0)"),
            (GENERAL, "[2.*, 3.0.0)"),
            (&GENERAL.to_lowercase(), "[3.40.0]"),
            (GENERAL, "4.0.0"),
            (GENERAL, "[1.0.0, 9.0.0)"),
            (preview, "[4.27.0, 5.0.0)"),
        ] {
            assert_eq!(found(id, version), None, "{version}");
        }
        for (id, version) in [
            (GENERAL, "[5.*, 6.0.0)"),
            (GENERAL, "[4.39.0]"),
            (GENERAL, "[3.41.0, 4.0.0)"),
            (preview, "[3.*, 4.0.0)"),
            ("Contoso.Bundle", "[4.*, 5.0.0)"),
        ] {
            let found = found(id, version).unwrap_or_default();
            assert!(found.contains("known in August 2026"), "{version}: {found}");
        }
    }

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
        assert!(unknown(&json!({})).is_none());
        assert!(problem(&json!({ "extensionBundle": "x" })).is_some());
    }
}
