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
    /// Routes of the functions that answer GET; absent for a project that was never staged.
    gets: Option<Vec<String>>,
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
        let get = |(file, text): (&String, &String)| get_route(&name(file)?, text);
        Ok(Self {
            functions: files.keys().filter_map(name).collect(),
            gets: Some(files.iter().filter_map(get).collect()),
            hubs: if asked.is_empty() { hubs } else { asked }.to_vec(),
            webhook_key: webhook["bindings"][0]["authLevel"] != "anonymous",
            prefix: prefix(&host)?,
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
        let is_staged = files.contains_key(WEBHOOK);
        let webhook = files.entry(WEBHOOK.to_owned());
        webhook.or_insert_with(|| r#"{"bindings":[{"authLevel":"function"}]}"#.to_owned());
        let app = Self::of(&files, &["HUB".to_owned()], asked)?;
        Ok(Self {
            gets: app.gets.filter(|_| is_staged),
            ..app
        })
    }

    /// Whether a function may answer GET at a route.
    pub(super) fn may_answer(&self, route: &str) -> bool {
        let Some(gets) = &self.gets else { return true };
        gets.iter().any(|pattern| fits(pattern, route))
    }

    /// The path of a route.
    pub(crate) fn path(&self, route: &str) -> String {
        match self.prefix.as_str() {
            "" => format!("/{route}"),
            prefix => format!("/{prefix}/{route}"),
        }
    }
}

/// The route of a function that answers GET.
fn get_route(name: &str, text: &str) -> Option<String> {
    let function: Value = json5::from_str(text).ok()?;
    let is = |value: &Value, text: &str| {
        let value = value.as_str();
        value.is_some_and(|value| value.eq_ignore_ascii_case(text))
    };
    let mut bindings = function["bindings"].as_array()?.iter();
    let trigger = bindings.find(|binding| is(&binding["type"], "httpTrigger"))?;
    let methods = trigger["methods"].as_array();
    let takes_get = methods
        .is_none_or(|methods| methods.is_empty() || methods.iter().any(|method| is(method, "get")));
    takes_get.then(|| trigger["route"].as_str().unwrap_or(name).to_owned())
}

/// Whether a route may be one of a pattern's, whose parameters fit everything.
fn fits(pattern: &str, route: &str) -> bool {
    let mut parts = route.trim_matches('/').split('/');
    for segment in pattern.trim_matches('/').split('/') {
        if segment.starts_with("{*") {
            return true;
        }
        let fits = |part: &str| segment.contains('{') || segment.eq_ignore_ascii_case(part);
        if !parts.next().is_some_and(fits) {
            return false;
        }
    }
    parts.next().is_none()
}

/// What stands before each route, as the host reads it: names in any case, and nothing for null.
///
/// # Errors
/// The host would answer every request with 503.
fn prefix(host: &Value) -> anyhow::Result<String> {
    let path = ["extensions", "http", "routePrefix"];
    let found = path.iter().try_fold(host, |value, wanted| {
        let mut members = value.as_object()?.iter();
        let found = members.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value)
    });
    let written = match found {
        None => return Ok("api".to_owned()),
        Some(Value::Null) => return Ok(String::new()),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let prefix = written.strip_prefix('/').unwrap_or(&written);
    if (prefix.is_empty() && !written.is_empty()) || prefix.ends_with('/') || prefix.contains("//")
    {
        bail!(
            "extensions.http.routePrefix is {written:?}, with which the Functions host answers every request with 503\nhint: write it without slashes at its ends, as in \"api\""
        );
    }
    Ok(prefix.to_owned())
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

    #[test]
    fn the_functions_say_whether_one_negotiates_by_get() {
        let app = |binding: &str| {
            let mut files = files("function", "{}");
            let function = format!(r#"{{"bindings":[{{"type":"httpTrigger"{binding}}}]}}"#);
            files.insert("negotiate/function.json".to_owned(), function);
            App::of(&files, &[], &[]).unwrap()
        };
        for binding in [
            "",
            r#","route":"/Negotiate/""#,
            r#","route":"{what}","methods":["post","GET"]"#,
            r#","route":"{*rest}""#,
        ] {
            assert!(app(binding).may_answer("negotiate"), "{binding}");
        }
        for binding in [
            r#","methods":["post"]"#,
            r#","route":"token""#,
            r#","route":"{hub}/negotiate""#,
            r#","route":"negotiate/{hub}""#,
        ] {
            assert!(!app(binding).may_answer("negotiate"), "{binding}");
        }
    }
}
