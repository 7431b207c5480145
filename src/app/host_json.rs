//! What an app needs host.json to say.
//!
//! Source: docs/contracts/functions-host.md, "Other keys" and "Extension bundles".

use serde_json::Value;

use super::manifest::Bindings;
use super::{Registry, TriggerRole};

/// What to write where nothing of use stands.
const ADVICE: &str = r#"write "extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle.Preview", "version": "[4.*, 5.0.0)" }"#;

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
    // Which bundle, and which of its versions, is for the tool to check: they change without the app.
    if bindings == Bindings::Extension && !registry.hubs.is_empty() && bundle.is_null() {
        found.push(format!(
            "host.json: there is no \"extensionBundle\", and the Socket.IO bindings come from one; {ADVICE}"
        ));
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
    fn the_extension_needs_a_bundle() {
        let missing = found(app(), Bindings::Extension, &Value::Null);
        assert!(missing[0].contains("no \"extensionBundle\""), "{missing:?}");
        let any = json!({ "id": "x", "version": "[4.*, 5.0.0)" });
        assert!(found(app(), Bindings::Extension, &any).is_empty());
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
