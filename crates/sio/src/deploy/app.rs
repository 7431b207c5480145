//! What is published, as far as publishing has to know it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::project::Project;

/// The function of direct mode that the service posts to.
const WEBHOOK: &str = "socketio/function.json";

/// An app's functions and hubs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct App {
    /// Names of its functions.
    pub(super) functions: Vec<String>,
    /// Its hubs.
    pub(crate) hubs: Vec<String>,
    /// Whether the webhook's function asks for a key.
    pub(crate) webhook_key: bool,
    /// What stands in front of routes.
    pub(crate) prefix: String,
}

impl App {
    /// Reads the generated files. `hubs` are the app's own, `asked` those of the command line, which win.
    pub(crate) fn of(
        files: &BTreeMap<String, String>,
        hubs: &[String],
        asked: &[String],
    ) -> anyhow::Result<Self> {
        let name = |file: &String| file.strip_suffix("/function.json").map(str::to_owned);
        let Some(webhook) = files.get(WEBHOOK) else {
            bail!(
                "the app has no function socketio for the service to post to\nhint: register a hub, App::new().hub(…)"
            );
        };
        let webhook: Value =
            json5::from_str(webhook).with_context(|| format!("{WEBHOOK} is not JSON"))?;
        let host = files.get("host.json").map_or("{}", String::as_str);
        let host: Value = json5::from_str(host).context("host.json is not JSON")?;
        let prefix = host["extensions"]["http"]["routePrefix"].as_str();
        Ok(Self {
            functions: files.keys().filter_map(name).collect(),
            hubs: if asked.is_empty() { hubs } else { asked }.to_vec(),
            webhook_key: webhook["bindings"][0]["authLevel"] != "anonymous",
            prefix: prefix.unwrap_or("api").trim_matches('/').to_owned(),
        })
    }

    /// Reads the committed files of a project, which are there without a build. A project that was never staged has no
    /// function.json files yet, and its webhook counts as one that asks for a key, which is the default.
    pub(crate) fn committed(project: &Project, asked: &[String]) -> anyhow::Result<Self> {
        let root = project.script_root();
        let mut files = BTreeMap::new();
        let mut read = |name: String, path: PathBuf| {
            if let Ok(text) = std::fs::read_to_string(path) {
                files.insert(name, text);
            }
        };
        read("host.json".to_owned(), project.root.join("host.json"));
        for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
            let name = format!("{}/function.json", entry.file_name().to_string_lossy());
            let path = root.join(&name);
            read(name, path);
        }
        let webhook = files.entry(WEBHOOK.to_owned());
        webhook.or_insert_with(|| r#"{"bindings":[{"authLevel":"function"}]}"#.to_owned());
        Self::of(&files, &["HUB".to_owned()], asked)
    }

    /// The path of a route.
    pub(crate) fn path(&self, route: &str) -> String {
        match self.prefix.as_str() {
            "" => format!("/{route}"),
            prefix => format!("/{prefix}/{route}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(level: &str, host: &str) -> BTreeMap<String, String> {
        let function = format!(r#"{{"bindings":[{{"authLevel":"{level}"}}]}}"#);
        [
            ("host.json", host.to_owned()),
            ("index/function.json", "{}".to_owned()),
            (WEBHOOK, function),
        ]
        .map(|(name, text)| (name.to_owned(), text))
        .into()
    }

    #[test]
    fn the_files_say_what_azure_must_be_told() {
        let hubs = ["chat".to_owned()];
        let app = App::of(&files("function", "{}"), &hubs, &[]).unwrap();
        assert_eq!(app.functions, ["index", "socketio"]);
        assert!(app.webhook_key);
        assert_eq!(app.hubs, hubs);
        assert_eq!(app.path("negotiate"), "/api/negotiate");

        let host = r#"{ extensions: { http: { routePrefix: "" } } }"#;
        let app = App::of(&files("anonymous", host), &hubs, &["other".to_owned()]).unwrap();
        assert!(!app.webhook_key);
        assert_eq!(app.hubs, ["other"]);
        assert_eq!(app.path("negotiate"), "/negotiate");
        assert!(App::of(&BTreeMap::new(), &hubs, &[]).is_err());
    }
}
