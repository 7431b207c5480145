//! What an app needs host.json to say.
//!
//! Source: docs/contracts/functions-host.md, "Other keys" and "Extension bundles".

use serde_json::Value;

use super::manifest::Bindings;
use super::{Registry, TriggerRole};

/// A bundle that has the Socket.IO bindings, and its first version that has them.
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
const ADVICE: &str = r#"write "extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle.Preview", "version": "[4.*, 5.0.0)" }"#;

type Version = [u32; 3];

/// What is wrong with a host.json for an app, one sentence each: what stands there, and what to write.
#[must_use]
pub(crate) fn problems(host_json: &Value, registry: &Registry, bindings: Bindings) -> Vec<String> {
    let mut found = Vec::new();
    if host_json["version"] != "2.0" {
        let version = &host_json["version"];
        found.push(format!(
            "host.json: \"version\" is {version}, and the host takes \"2.0\" only"
        ));
    }
    if host_json["customHandler"]["description"]["defaultExecutablePath"]
        .as_str()
        .is_none_or(str::is_empty)
    {
        found.push(
            "host.json: \"customHandler\" names no \"defaultExecutablePath\", so the host starts nothing; write \"customHandler\": { \"description\": { \"defaultExecutablePath\": \"handler\" } }".to_owned(),
        );
    }
    let bundle = &host_json["extensionBundle"];
    if bindings == Bindings::Extension && !registry.hubs.is_empty() {
        found.extend(socket_io(bundle));
    } else if let Some(trigger) = registry.triggers.iter().find(|trigger| {
        // The host itself has timers; a trigger of the author's own may be anything.
        matches!(trigger.role, TriggerRole::Queue(_))
    }) && bundle.is_null()
    {
        found.push(format!(
            "host.json: there is no \"extensionBundle\", and the queue of function {:?} needs one; {ADVICE}",
            trigger.name
        ));
    }
    found
}

/// What is wrong with a bundle that Socket.IO triggers are to come from.
fn socket_io(bundle: &Value) -> Option<String> {
    if bundle.is_null() {
        return Some(format!(
            "host.json: there is no \"extensionBundle\", and the Socket.IO bindings come from one; {ADVICE}"
        ));
    }
    let id = bundle["id"].as_str().unwrap_or_default();
    let known = BUNDLES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(id));
    let Some((id, first)) = known else {
        return Some(format!(
            "host.json: the bundle {id:?} has no Socket.IO bindings; {ADVICE}"
        ));
    };
    let range = bundle["version"].as_str().unwrap_or_default();
    let [major, minor, patch] = first;
    match reaches(range, *first) {
        Some(true) => None,
        Some(false) => Some(format!(
            "host.json: the range {range:?} ends before {major}.{minor}.{patch}, the first {id} with Socket.IO bindings; {ADVICE}"
        )),
        None => Some(format!(
            "host.json: {range:?} is not a range of versions; {ADVICE}"
        )),
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
    use crate::app::{App, Hub};

    async fn nothing() {}

    fn app() -> App {
        App::new().hub(Hub::new("hub").on("chat", nothing))
    }

    fn found(app: App, bindings: Bindings, bundle: &Value) -> Vec<String> {
        let mut host_json = json!({
            "version": "2.0",
            "customHandler": { "description": { "defaultExecutablePath": "handler" } },
        });
        host_json["extensionBundle"] = bundle.clone();
        problems(&host_json, &app.registry(), bindings)
    }

    #[test]
    fn the_extension_needs_a_bundle_that_has_it() {
        let preview = BUNDLES[0].0;
        let bundle = |id: &str, version: &str| json!({ "id": id, "version": version });
        for good in [
            bundle(preview, "[4.*, 5.0.0)"),
            bundle(&preview.to_lowercase(), "[4.27.0, 4.27.0]"),
            bundle(preview, "[4.30.0]"),
            bundle(preview, "[4.0.0,)"),
            bundle(BUNDLES[1].0, "[4.*, 4.2.0)"),
        ] {
            let found = found(app(), Bindings::Extension, &good);
            assert!(found.is_empty(), "{good}: {found:?}");
        }
        for (wrong, named) in [
            (Value::Null, "no \"extensionBundle\""),
            (
                bundle("Microsoft.Azure.Functions.ExtensionBundle", "[4.*, 5.0.0)"),
                "has no Socket.IO bindings",
            ),
            (bundle(preview, "[3.*, 4.0.0)"), "ends before 4.27.0"),
            (bundle(preview, "[4.0.0, 4.27.0)"), "ends before 4.27.0"),
            (bundle(preview, "[4.26.9]"), "ends before 4.27.0"),
            (bundle(preview, "[5.0.0, 4.30.0)"), "ends before"),
            (bundle(preview, "[4.*, five)"), "not a range"),
            (bundle(preview, ""), "not a range"),
            (json!({ "id": preview }), "not a range"),
            (json!("x"), "has no Socket.IO bindings"),
        ] {
            let found = found(app(), Bindings::Extension, &wrong);
            assert_eq!(found.len(), 1, "{wrong}: {found:?}");
            assert!(found[0].contains(named), "{wrong}: {found:?}");
            assert!(found[0].contains("[4.*, 5.0.0)"), "{found:?}");
        }
    }

    #[test]
    fn direct_mode_needs_no_bundle_unless_there_is_a_queue() {
        assert!(found(app(), Bindings::Direct, &Value::Null).is_empty());
        let queue = || app().queue("paid", "orders", "S", nothing);
        let found_here = found(queue(), Bindings::Direct, &Value::Null);
        assert!(found_here[0].contains("\"paid\""), "{found_here:?}");
        let any = json!({ "id": "x" });
        assert!(found(queue(), Bindings::Direct, &any).is_empty());
    }

    #[test]
    fn every_app_needs_the_version_and_a_handler() {
        let registry = app().registry();
        let found = problems(&json!({}), &registry, Bindings::Direct);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(problems(&Value::Null, &registry, Bindings::Direct).len() == 2);
    }
}
