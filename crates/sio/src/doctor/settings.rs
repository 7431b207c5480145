//! local.settings.json and the connection string in it.

use std::path::Path;

use serde_json::Value;
use sio_protocol::connection_string::ConnectionString;

use super::Finding;
use super::sources::Sources;
use crate::local_settings::CONNECTION;

/// Looks at the settings; the environment wins over the file, as in the host, and what is `given` over both. Returns the
/// connection that they name, and whether they name none at all.
pub(super) fn examine(
    script_root: &Path,
    given: Option<String>,
) -> (Vec<Finding>, Option<ConnectionString>, bool) {
    let mut findings = Vec::new();
    let path = script_root.join("local.settings.json");
    let settings = match std::fs::read_to_string(&path) {
        Err(_) => {
            findings.push(Finding::note(
                format!("there is no {}", path.display()),
                "`sio dev` needs none; for `func` copy local.settings.json.example",
            ));
            Value::Null
        }
        Ok(text) => match json5::from_str::<Value>(&text) {
            Err(error) => {
                let text = format!("{} is not JSON: {error}", path.display());
                findings.push(Finding::bad(
                    text,
                    "mend the file, or copy local.settings.json.example",
                ));
                Value::Null
            }
            Ok(settings) => {
                findings.push(encryption(&settings));
                settings
            }
        },
    };
    let sources = Sources::of_process(&settings);
    let set = sources.find(CONNECTION).map(|found| found.value);
    if given.is_none()
        && set.is_none()
        && let Some(endpoint) = sources.find(&format!("{CONNECTION}__endpoint"))
    {
        let text = format!("the service {} is reached by identity", endpoint.value);
        findings.push(Finding::good(text));
        return (findings, None, false);
    }
    let missing = given.is_none() && set.is_none();
    let (found, connection) = match given {
        Some(given) => connection("--connection", Some(&given)),
        None => connection(&format!("the setting {CONNECTION}"), set),
    };
    findings.push(found);
    (findings, connection, missing)
}

fn encryption(settings: &Value) -> Finding {
    if settings["IsEncrypted"] == Value::Bool(false) {
        return Finding::good("local.settings.json is not encrypted");
    }
    Finding::bad(
        "local.settings.json counts as encrypted",
        "write \"IsEncrypted\": false; without the member the host tries to decrypt the values",
    )
}

fn connection(place: &str, text: Option<&str>) -> (Finding, Option<ConnectionString>) {
    let Some(text) = text else {
        let finding = Finding::note(
            format!("{place} is missing"),
            "`sio dev` sets it; elsewhere put the connection string of the service there",
        );
        return (finding, None);
    };
    match ConnectionString::parse(text) {
        Ok(connection) => {
            let text = format!("{place} names the service {}", connection.endpoint());
            (Finding::good(text), Some(connection))
        }
        Err(error) => {
            let text = format!("{place} is not a connection string: {error}");
            (Finding::bad(text, "copy it anew from the service"), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn settings_count_as_encrypted_unless_they_say_otherwise() {
        assert_eq!(encryption(&serde_json::json!({})).level, Level::Bad);
        let plain = serde_json::json!({ "IsEncrypted": false });
        assert_eq!(encryption(&plain).level, Level::Good);
    }

    #[test]
    fn a_connection_by_identity_lacks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let values = format!(
            r#"{{ "IsEncrypted": false, "Values": {{ "{CONNECTION}__endpoint": "https://a.example" }} }}"#
        );
        std::fs::write(folder.path().join("local.settings.json"), values).unwrap();
        let (findings, connection, missing) = examine(folder.path(), None);
        let texts: Vec<_> = findings.iter().map(|finding| &finding.text).collect();
        assert!(
            connection.is_none()
                && !missing
                && findings.iter().all(|finding| finding.level == Level::Good),
            "{texts:?}"
        );
        assert!(
            texts.iter().any(|text| text.contains("https://a.example")),
            "{texts:?}"
        );
    }

    #[test]
    fn a_wrong_connection_string_is_named_without_its_key() {
        let (finding, none) = connection("it", Some("Endpoint=ftp://x;AccessKey=secret"));
        assert_eq!(finding.level, Level::Bad);
        assert!(
            none.is_none() && !finding.text.contains("secret"),
            "{finding}"
        );
        let (finding, some) = connection("it", Some("Endpoint=http://x;AccessKey=secret"));
        assert_eq!(finding.level, Level::Good);
        assert!(
            some.is_some() && !finding.text.contains("secret"),
            "{finding}"
        );
    }
}
