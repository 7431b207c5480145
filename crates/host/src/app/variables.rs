//! The environment of host and handler: where each variable comes from, and which one wins.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::error::{FileError, Source};
use crate::json::Json;

/// Names and values. Exact names first; a look-up that ignores case is what .NET does on Windows only.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl fmt::Debug for Variables {
    /// Names only: the values are secrets as often as not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Variables {
    /// Those of this process. What is not Unicode is left out: JSON and .NET could not carry it either.
    pub(crate) fn inherited() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a configuration key: `:` separates its parts and is written `__` in a variable's name; case does
    /// not count (docs/contracts/socketio-extension.md, "Settings").
    pub(crate) fn configured(&self, key: &str) -> Option<&str> {
        let wanted = key.to_ascii_lowercase();
        self.iter()
            .find(|(name, _)| as_key(name) == wanted)
            .map(|(_, value)| value)
    }

    /// Are there values below a configuration key?
    pub(crate) fn has_section(&self, key: &str) -> bool {
        let start = format!("{}:", key.to_ascii_lowercase());
        self.iter()
            .any(|(name, _)| as_key(name).starts_with(&start))
    }

    /// The values below a configuration key, each with the rest of its name in lower case.
    pub(crate) fn section(&self, key: &str) -> Vec<(String, String)> {
        let start = format!("{}:", key.to_ascii_lowercase());
        let below = |(name, value): (&str, &str)| {
            let rest = as_key(name).strip_prefix(&start)?.to_owned();
            Some((rest, value.to_owned()))
        };
        self.iter().filter_map(below).collect()
    }

    /// Is it `true` or `1`?
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// Sets a variable, whatever it was.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Replaces each `%NAME%` by the variable; `unknown` says what becomes of names that are not set.
    pub(crate) fn expand(&self, text: &str, unknown: Unknown) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('%') {
            let Some(length) = rest[start + 1..].find('%') else {
                break;
            };
            let name = &rest[start + 1..start + 1 + length];
            match self.get(name) {
                Some(value) if !name.is_empty() => {
                    out.push_str(&rest[..start]);
                    out.push_str(value);
                    rest = &rest[start + length + 2..];
                }
                _ if unknown == Unknown::Dropped && !name.is_empty() => {
                    out.push_str(&rest[..start]);
                    rest = &rest[start + length + 2..];
                }
                _ => {
                    // The closing sign may open the next name.
                    out.push_str(&rest[..=start + length]);
                    rest = &rest[start + 1 + length..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// The configuration key of a variable, in lower case.
fn as_key(name: &str) -> String {
    name.replace("__", ":").to_ascii_lowercase()
}

/// What becomes of `%NAME%` when there is no such variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It stays (paths; docs/contracts/functions-host.md, "Executable, worker path, directories").
    Kept,
    /// It is replaced by nothing (arguments; docs/contracts/functions-host.md, "Command line").
    Dropped,
}

/// The settings of local.settings.json (docs/contracts/functions-host.md, "func start").
#[derive(Default)]
pub(crate) struct LocalSettings {
    /// `Values` and, as `ConnectionStrings:NAME`, `ConnectionStrings`.
    pub(crate) values: Vec<(String, String)>,
    /// `Host.LocalHttpPort`
    pub(crate) port: Option<u16>,
    /// `Host.CORS`
    pub(crate) cors: Option<String>,
    /// `Host.CORSCredentials`
    pub(crate) cors_credentials: bool,
}

/// Reads local.settings.json of a script root; an absent file is an empty one.
pub(crate) fn local_settings(root: &Path) -> Result<LocalSettings, FileError> {
    let Some(source) = Source::read(&root.join("local.settings.json"))? else {
        return Ok(LocalSettings::default());
    };
    let document = source.json()?;
    if !matches!(document, Json::Object(_)) {
        return Err(FileError::new(
            &source.file,
            format!("expected an object, found {}", document.kind()),
        ));
    }
    match document.get("IsEncrypted") {
        Some(Json::Bool(false)) => {}
        None => {
            return Err(FileError::new(&source.file, "IsEncrypted is missing, which counts as true")
                .hint("add \"IsEncrypted\": false; encrypted settings can be read by Core Tools on the machine that wrote them, not here"));
        }
        Some(found) => {
            return Err(source
                .about("IsEncrypted", format!("IsEncrypted is {}", found.compact()))
                .hint("decrypt the file with `func settings decrypt`, or write the settings anew with \"IsEncrypted\": false"));
        }
    }
    let mut settings = LocalSettings::default();
    if let Some(values) = document.get("Values") {
        texts(&source, "Values", values, "", &mut settings.values)?;
    }
    if let Some(strings) = document.get("ConnectionStrings") {
        texts(
            &source,
            "ConnectionStrings",
            strings,
            "ConnectionStrings:",
            &mut settings.values,
        )?;
    }
    let host = |name| document.get("Host").and_then(|host| host.get(name));
    settings.cors = host("CORS").and_then(Json::as_str).map(str::to_owned);
    settings.cors_credentials = host("CORSCredentials")
        .is_some_and(|value| value.dotnet_text().eq_ignore_ascii_case("true"));
    if let Some(port) = host("LocalHttpPort") {
        let read = port.dotnet_text().parse().ok();
        settings.port = Some(read.ok_or_else(|| {
            source.about(
                "LocalHttpPort",
                format!(
                    "Host.LocalHttpPort is {}, which is not a port",
                    port.compact()
                ),
            )
        })?);
    }
    Ok(settings)
}

fn texts(
    source: &Source,
    section: &str,
    values: &Json,
    prefix: &str,
    out: &mut Vec<(String, String)>,
) -> Result<(), FileError> {
    match values {
        Json::Null => return Ok(()),
        Json::Object(_) => {}
        other => {
            return Err(source.about(
                section,
                format!(
                    "{section} must be an object of strings, found {}",
                    other.kind()
                ),
            ));
        }
    }
    for (name, value) in values.members() {
        let text = match value {
            // As if it were not there.
            Json::Null => continue,
            Json::String(text) => text.clone(),
            Json::Number(_) | Json::Bool(_) => value.compact(),
            // The older form, with a provider beside the text.
            Json::Object(_) if value.get("ConnectionString").is_some() => {
                let text = value.get("ConnectionString").map(Json::dotnet_text);
                text.unwrap_or_default()
            }
            Json::Array(_) | Json::Object(_) => {
                return Err(source
                    .about(
                        name,
                        format!(
                            "the value of {name} must be a string, found {}",
                            value.kind()
                        ),
                    )
                    .hint("an object or list is written as JSON text inside a string"));
            }
        };
        out.push((format!("{prefix}{name}"), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("TestEnv", "TestVal");
        variables
    }

    #[test]
    fn unknown_names_in_arguments_become_nothing() {
        let variables = variables();
        assert_eq!(
            variables.expand("%TestEnv%%duh%", Unknown::Dropped),
            "TestVal"
        );
        assert_eq!(variables.expand("%TestEnv2%%duh%", Unknown::Dropped), "");
    }

    #[test]
    fn names_in_paths_are_expanded_and_unknown_ones_stay() {
        let variables = variables();
        assert_eq!(
            variables.expand("bin/%TestEnv%/%duh%", Unknown::Kept),
            "bin/TestVal/%duh%"
        );
        assert_eq!(
            variables.expand("100% of %TestEnv%", Unknown::Kept),
            "100% of TestVal"
        );
    }

    #[test]
    fn values_are_never_printed() {
        assert_eq!(format!("{:?}", variables()), r#"{"TestEnv"}"#);
    }

    #[test]
    fn local_settings_say_what_is_wrong_with_them() {
        let root = tempfile::tempdir().unwrap();
        let write =
            |text: &str| std::fs::write(root.path().join("local.settings.json"), text).unwrap();
        assert!(local_settings(root.path()).unwrap().values.is_empty());
        write("{\"Values\":{}}");
        let error = local_settings(root.path()).err().unwrap();
        assert!(error.found.contains("IsEncrypted is missing"), "{error}");
        write("{\"IsEncrypted\":false,\n\"Values\":{\n\"A\":\"b\",\n\"C\":[1]}}");
        let error = local_settings(root.path()).err().unwrap();
        assert_eq!(error.line, Some(4), "{error}");
        write("{\"IsEncrypted\":false,\"Values\":{\"A\":8080,\"B\":true,\"C\":null}}");
        let read = local_settings(root.path()).unwrap().values;
        let read: Vec<(&str, &str)> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(read, [("A", "8080"), ("B", "true")]);
        write(
            "{\"IsEncrypted\":false,\"ConnectionStrings\":{\"D\":{\"ConnectionString\":\"x\",\"ProviderName\":\"y\"}}}",
        );
        let read = local_settings(root.path()).unwrap().values;
        assert_eq!(read, [("ConnectionStrings:D".to_owned(), "x".to_owned())]);
        write(
            "{\"IsEncrypted\":false, // mine\n\"Values\":{\"A\":\"b\",}, 'Host':{'LocalHttpPort':7099}}",
        );
        let read = local_settings(root.path()).unwrap();
        assert_eq!(read.values, [("A".to_owned(), "b".to_owned())]);
        assert_eq!(read.port, Some(7099));
    }
}
