//! Every setting that the runtime reads, in one place.
//!
//! Settings are values given to the app; only [`Settings::from_env`] looks at the environment, and only `main` calls it.
//! That is what lets several apps live in one process, each with settings of its own. One thing is the machine's and not
//! the app's: the variables by which a platform offers its identity, which the credential that uses it reads.

mod caller;
mod connection;
mod credential;
mod error;
mod host_json;
mod names;
mod table;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use caller::WebhookCaller;
pub(crate) use caller::is_safe;
pub(crate) use connection::Connection;
pub(crate) use credential::{Assigned, Cloud, Credential};
pub use error::SettingsError;
#[doc(hidden)]
pub use table::{Row, TABLE};

/// The service gives up after 30 seconds in its stricter setting, and the answer has a way to go.
const DEFAULT_EVENT_DEADLINE: Duration = Duration::from_secs(25);

/// The platform's front end gives up on every request after this time, so a later answer would be lost.
const LONGEST_EVENT_DEADLINE: Duration = Duration::from_secs(230);

/// The default for the longest body of a request, as the Functions host has it.
const DEFAULT_BODY_LIMIT: usize = 104_857_600;

/// Settings of one app.
#[derive(Clone, Default)]
pub struct Settings {
    values: HashMap<String, String>,
    root: Option<PathBuf>,
}

impl Settings {
    /// No settings at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The settings of this process: its environment variables.
    #[must_use]
    pub fn from_env() -> Self {
        // Values that are not Unicode cannot be settings of ours.
        let values = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            values,
            root: std::env::current_dir().ok(),
        }
    }

    /// The same with one value more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// A value, unless it is missing or blank. Names compare as the host compares them, ignoring case; the same spelling
    /// goes first.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.as_given(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A value as it was given, blank or not.
    fn as_given(&self, name: &str) -> Option<&str> {
        let in_other_case = || {
            let mut values = self.values.iter();
            let found = values.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        };
        let value = self.values.get(name).or_else(in_other_case)?;
        Some(value)
    }

    /// Every value, blank ones included.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values.iter();
        values.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The connection of this name: a connection string in the setting `name`, or its parts `name__endpoint` and so on.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub(crate) fn connection(&self, name: &str) -> Result<Connection, SettingsError> {
        connection::read(self, name)
    }

    /// A part of a group of settings, `name__part` or `name:part`. The host compares such names ignoring case.
    fn part(&self, name: &str, part: &str) -> Option<&str> {
        let wanted = [format!("{name}__{part}"), format!("{name}:{part}")];
        let fits = |known: &&String| wanted.iter().any(|name| name.eq_ignore_ascii_case(known));
        self.get(self.values.keys().find(fits)?)
    }

    /// The port on which to serve, if a host told one.
    ///
    /// # Errors
    /// There is something else than a port.
    pub fn port(&self) -> Result<Option<u16>, SettingsError> {
        for name in [Settings::PORT, Settings::OLD_PORT] {
            if let Some(found) = self.get(name) {
                let port = found.parse().ok().filter(|port| *port != 0);
                return port.map(Some).ok_or_else(|| SettingsError::Port {
                    name,
                    found: found.to_owned(),
                });
            }
        }
        Ok(None)
    }

    /// How long an event's handler and its outputs may take.
    ///
    /// # Errors
    /// There is something else than a positive number, or more than 230 seconds.
    pub fn event_deadline(&self) -> Result<Duration, SettingsError> {
        let Some(found) = self.get(Settings::EVENT_DEADLINE) else {
            return Ok(DEFAULT_EVENT_DEADLINE);
        };
        let seconds = found.parse().ok().filter(|seconds| *seconds > 0.0);
        let deadline = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let deadline = deadline.filter(|deadline| *deadline <= LONGEST_EVENT_DEADLINE);
        deadline.ok_or_else(|| SettingsError::Seconds {
            name: Settings::EVENT_DEADLINE,
            found: found.to_owned(),
        })
    }

    /// The longest body of a request to an HTTP function, in bytes. As in the host, anything but a number is ignored.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        let set = self
            .get(Settings::BODY_LIMIT)
            .and_then(|text| text.parse().ok());
        set.unwrap_or(DEFAULT_BODY_LIMIT)
    }

    /// How long a function without a socket may take: a little less than the host gives it, so that the host does not
    /// end the whole process and every other invocation with it.
    ///
    /// # Errors
    /// host.json or its override says something else than a time.
    pub fn function_deadline(&self) -> Result<Duration, SettingsError> {
        let written = match self.get(Settings::FUNCTION_TIMEOUT) {
            Some(timeout) => Some(timeout.to_owned()),
            None => host_json::read(&self.root())?.function_timeout(),
        };
        host_json::deadline_below(written.as_deref()).ok_or_else(|| SettingsError::Timeout {
            found: written.unwrap_or_default(),
        })
    }

    /// Whether the platform signs users in before requests reach the app.
    #[must_use]
    pub fn is_auth_enabled(&self) -> bool {
        self.get(Settings::AUTH_ENABLED)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The folder with host.json.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.get(Settings::ROOT)
            .map(PathBuf::from)
            .or_else(|| self.root.clone())
            .unwrap_or_else(|| PathBuf::from("."))
    }

    /// Whether this is a developer's machine.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.get(Settings::ENVIRONMENT)
            .is_some_and(|value| value.eq_ignore_ascii_case("development"))
    }

    /// Whether the folder of the app was staged without our webhook, because Microsoft's extension takes it.
    pub(crate) fn is_staged_for_extension(&self) -> bool {
        let root = self.root();
        root.join("host.json").exists() && !root.join("socketio").join("function.json").exists()
    }

    /// Whether the folder of the app was staged with our webhook, so that the host has no functions of events.
    pub(crate) fn is_staged_for_direct(&self) -> bool {
        self.root().join("socketio").join("function.json").exists()
    }

    /// The values that must not be read in a log: keys inside of connection strings, and what is secret by its name.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        for (name, value) in &self.values {
            let name = name.to_ascii_lowercase();
            let is_secret = ["secret", "password", "identity_header"]
                .iter()
                .any(|part| name.contains(part));
            if is_secret || name.ends_with("key") || name.ends_with("token") {
                secrets.push(value.clone());
            }
            let keys = value.split(';').filter_map(|piece| piece.split_once('='));
            let is_key = |name: &str| name.trim().to_ascii_lowercase().ends_with("key");
            let keys = keys.filter(|(name, _)| is_key(name));
            secrets.extend(keys.map(|(_, key)| key.trim().to_owned()));
        }
        secrets
    }

    /// Hosts besides the endpoints' own that a service may name as its origin.
    ///
    /// # Errors
    /// One of them is not a host.
    pub fn allowed_origins(&self) -> Result<Vec<&str>, SettingsError> {
        let all = self.get(Settings::ALLOWED_ORIGINS).unwrap_or_default();
        let origins = all.split([',', ' ']).filter(|origin| !origin.is_empty());
        let hosts = origins.map(|origin| match host_of(origin) {
            "" => Err(SettingsError::Origin {
                found: origin.to_owned(),
            }),
            host => Ok(host),
        });
        hosts.collect()
    }

    /// What stands between the host's address and a route: `api` unless host.json or its override says otherwise.
    ///
    /// # Errors
    /// host.json exists but is not JSON, or the prefix is one with which the host does not start, or has parameters.
    pub fn route_prefix(&self) -> Result<String, SettingsError> {
        self.route_prefix_in(&self.root())
    }

    /// The same, for a script root that need not be this app's.
    pub(crate) fn route_prefix_in(&self, root: &Path) -> Result<String, SettingsError> {
        // Here an empty value means something, so `get`, which takes it for a missing one, will not do.
        // The host takes a colon for the two underscores.
        let with_colons = Settings::ROUTE_PREFIX.replace("__", ":");
        let overridden = self.as_given(Settings::ROUTE_PREFIX);
        let prefix = match overridden.or_else(|| self.as_given(&with_colons)) {
            Some(prefix) => prefix.to_owned(),
            None => host_json::read(root)?.route_prefix(),
        };
        host_json::checked_prefix(&prefix)
    }
}

impl std::fmt::Debug for Settings {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// The host in an origin that may be a whole address.
fn host_of(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_connection_is_named() {
        let error = Settings::new()
            .connection(Settings::CONNECTION)
            .unwrap_err();
        assert!(error.to_string().contains(Settings::CONNECTION), "{error}");
        let error = Settings::new()
            .with(
                Settings::CONNECTION,
                "Endpoint=x;AccessKey=secret;AccessKey=secret",
            )
            .connection(Settings::CONNECTION)
            .unwrap_err();
        assert!(error.to_string().contains(Settings::CONNECTION), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn names_compare_ignoring_case_and_the_same_spelling_goes_first() {
        let settings = Settings::new().with("some_name", "a");
        assert_eq!(settings.get("SOME_NAME"), Some("a"));
        assert_eq!(settings.with("SOME_NAME", "b").get("SOME_NAME"), Some("b"));
    }

    #[test]
    fn an_allowed_origin_has_a_host() {
        let origins = |text: &str| {
            let settings = Settings::new().with(Settings::ALLOWED_ORIGINS, text);
            let origins = settings.allowed_origins().map(|all| all.join(" "));
            origins.map_err(|error| error.to_string())
        };
        assert_eq!(origins("a.b, https://c.d:443/,").as_deref(), Ok("a.b c.d"));
        assert_eq!(origins("").as_deref(), Ok(""));
        assert!(
            origins("https://")
                .unwrap_err()
                .contains(Settings::ALLOWED_ORIGINS)
        );
    }

    #[test]
    fn the_port_is_strict_and_has_an_older_name() {
        assert_eq!(Settings::new().port().unwrap(), None);
        assert_eq!(
            Settings::new()
                .with(Settings::OLD_PORT, "81")
                .port()
                .unwrap(),
            Some(81)
        );
        for wrong in ["0", "x", "70000", "-1"] {
            assert!(Settings::new().with(Settings::PORT, wrong).port().is_err());
        }
    }

    #[test]
    fn the_prefix_comes_from_the_override_then_host_json_then_the_default() {
        let root = tempfile::tempdir().unwrap();
        let settings = Settings::new().with(Settings::ROOT, root.path().to_str().unwrap());
        assert_eq!(settings.route_prefix().unwrap(), "api");
        let write = |text: &str| std::fs::write(root.path().join("host.json"), text).unwrap();
        write("{ 'extensions': {'http': {'routePrefix': 'v1'}} }");
        assert_eq!(settings.route_prefix().unwrap(), "v1");
        let with_colons = settings
            .clone()
            .with("AzureFunctionsJobHost:extensions:http:routePrefix", "v3");
        assert_eq!(with_colons.route_prefix().unwrap(), "v3");
        write("{");
        assert!(settings.route_prefix().is_err());
        // As the host, which compares names ignoring case.
        let other_case = settings
            .clone()
            .with(Settings::ROUTE_PREFIX.to_uppercase(), "v2");
        assert_eq!(other_case.route_prefix().unwrap(), "v2");
        let settings = settings.with(Settings::ROUTE_PREFIX, "");
        assert_eq!(settings.route_prefix().unwrap(), "");
    }

    #[test]
    fn the_deadline_of_events_is_a_positive_number_of_seconds() {
        let deadline = |text: &str| {
            Settings::new()
                .with(Settings::EVENT_DEADLINE, text)
                .event_deadline()
        };
        assert_eq!(deadline("0.5").unwrap(), Duration::from_millis(500));
        assert_eq!(deadline("").unwrap(), Duration::from_secs(25));
        assert_eq!(deadline("230").unwrap(), LONGEST_EVENT_DEADLINE);
        for wrong in ["0", "-1", "x", "nan", "inf", "1e99", "230.1"] {
            let error = deadline(wrong).unwrap_err().to_string();
            assert!(error.contains(Settings::EVENT_DEADLINE), "{error}");
            assert!(error.contains("230 at most"), "{error}");
        }
    }

    #[test]
    fn the_limit_of_bodies_is_the_hosts() {
        let limit = |text: &str| {
            Settings::new()
                .with(Settings::BODY_LIMIT, text)
                .body_limit()
        };
        assert_eq!(limit("1024"), 1024);
        for other in ["", "x", "-1", "1e3"] {
            assert_eq!(limit(other), DEFAULT_BODY_LIMIT);
        }
    }

    #[test]
    fn debug_output_has_names_only() {
        let settings = Settings::new().with("KEY", "secret");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
