//! What the runtime reads from the project's host.json.
//!
//! Source: docs/contracts/functions-host.md, "host.json" and "Timeouts".

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Settings, SettingsError};

/// What `customHandler` was called before.
const OLDER: &str = "httpWorker";

/// The host's own default, on the plan that gives the least.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// How much earlier than the host we end, at the most.
const MARGIN: Duration = Duration::from_secs(5);

/// Without a time-out of the host's. A number that a clock can still be moved by.
const UNBOUNDED: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The members that count here. Their names are compared as the host compares them, ignoring case.
#[derive(Default)]
pub(super) struct HostJson(Value);

impl HostJson {
    /// A member, by the names on the way to it.
    fn member(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.0, |value, wanted| {
            let mut members = value.as_object()?.iter();
            let found = members.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value)
        })
    }

    /// The time-out of all functions.
    pub(super) fn function_timeout(&self) -> Option<String> {
        let written = self.member(&["functionTimeout"]);
        written.filter(|written| !written.is_null()).map(text)
    }

    /// What stands before each route. Null means nothing, as an empty text does.
    pub(super) fn route_prefix(&self) -> String {
        let prefix = self.member(&["extensions", "http", "routePrefix"]);
        prefix.map_or("api".to_owned(), text)
    }
}

/// A value as .NET's configuration has it: as text.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A route prefix without the slash that it may begin with.
///
/// # Errors
/// The host would not start with it, or it has parameters: where a prefix begins with one, a request for a page cannot
/// be told from an invocation.
pub(super) fn checked_prefix(written: &str) -> Result<String, SettingsError> {
    let prefix = written.strip_prefix('/').unwrap_or(written);
    let is_empty = prefix.is_empty() && !written.is_empty();
    if is_empty
        || prefix.ends_with('/')
        || prefix.contains("//")
        || prefix.contains(['{', '}', '['])
    {
        return Err(SettingsError::RoutePrefix {
            found: written.to_owned(),
        });
    }
    Ok(prefix.to_owned())
}

impl Settings {
    /// Whether the host may pass HTTP requests on as they were sent, and not in envelopes: unless host.json says it does
    /// not, and no override says it does.
    pub(crate) fn passes_requests_through(&self) -> Result<bool, SettingsError> {
        let is_on = |value: &str| !value.eq_ignore_ascii_case("false");
        let overridden = [Settings::PROXYING, Settings::FORWARDING]
            .iter()
            .any(|switch| self.get(switch).is_some_and(is_on));
        Ok(overridden || may_pass_through(&self.root())?)
    }

    /// Refuses a host.json with which the host's requests and everybody's cannot be told apart.
    ///
    /// # Errors
    /// It is one.
    pub(crate) fn refuse_older_section(&self) -> Result<(), SettingsError> {
        match has_older_section(&self.root())? {
            true => Err(SettingsError::HttpWorker),
            false => Ok(()),
        }
    }
}

/// Reads host.json in a folder; what is not there has its defaults.
pub(super) fn read(folder: &Path) -> Result<HostJson, SettingsError> {
    Ok(parse(folder)?.map(HostJson).unwrap_or_default())
}

/// Whether requests may reach the handler as they were sent. Only a host.json that says otherwise without doubt does: a
/// request that is taken for a payload could say anything. So the switches count wherever they stand, in any case, and
/// a missing file counts as one that has them.
fn may_pass_through(folder: &Path) -> Result<bool, SettingsError> {
    Ok(parse(folder)?.is_none_or(|host_json| has_switch(&host_json)))
}

/// Whether host.json has the older section, with which the host sends each HTTP function's request as it was to where the
/// function's invocation would come.
fn has_older_section(folder: &Path) -> Result<bool, SettingsError> {
    Ok(parse(folder)?
        .as_ref()
        .and_then(Value::as_object)
        .is_some_and(|members| members.keys().any(|name| name.eq_ignore_ascii_case(OLDER))))
}

fn has_switch(value: &Value) -> bool {
    const SWITCHES: [&str; 2] = ["enableForwardingHttpRequest", "enableProxyingHttpRequest"];
    let is_off = |value: &Value| match value {
        Value::String(text) => text.eq_ignore_ascii_case("false"),
        other => *other == false,
    };
    value.as_object().is_some_and(|members| {
        members.iter().any(|(name, value)| {
            let is_switch = SWITCHES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name));
            // The older section forwards without a switch.
            let is_older = name.eq_ignore_ascii_case(OLDER);
            is_older || (is_switch && !is_off(value)) || has_switch(value)
        })
    })
}

fn parse(folder: &Path) -> Result<Option<Value>, SettingsError> {
    let path = folder.join("host.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let problem = error.to_string();
            return Err(SettingsError::HostJson { path, problem });
        }
    };
    // The host reads this file leniently, comments and trailing commas included, and so must we.
    let parsed = json5::from_str(&text).map_err(|error| SettingsError::HostJson {
        path,
        problem: error.to_string(),
    });
    parsed.map(Some)
}

/// How long a function may take under a time-out as host.json writes it: `[d.]hh:mm:ss[.f]`, a number of days, or `-1`
/// for none.
pub(super) fn deadline_below(timeout: Option<&str>) -> Option<Duration> {
    let timeout = match timeout {
        None => DEFAULT_TIMEOUT,
        Some("-1") => return Some(UNBOUNDED),
        Some(text) => time_span(text)?,
    };
    let below = timeout - MARGIN.min(timeout / 10);
    (!below.is_zero()).then_some(below.min(UNBOUNDED))
}

/// Reads .NET's form of a span of time. Its hours end at 23: `24:00:00` is 24 days, and so is `24`.
fn time_span(text: &str) -> Option<Duration> {
    let days = |days: &str| Some(u64::from(days.parse::<u32>().ok()?) * 24 * 60);
    let below = |part: &str, limit| part.parse::<u64>().ok().filter(|number| *number < limit);
    let Some((clock, last)) = text.rsplit_once(':') else {
        return Some(Duration::from_secs(days(text)? * 60));
    };
    let (first, minutes) = clock.rsplit_once(':')?;
    if first.parse::<u32>().is_ok_and(|first| first > 23) {
        let minutes = days(first)? + below(minutes, 24)? * 60 + below(last, 60)?;
        return Some(Duration::from_secs(minutes * 60));
    }
    let (before, hours) = match first.split_once('.') {
        Some((before, hours)) => (days(before)?, hours),
        None => (0, first),
    };
    let minutes = before + below(hours, 24)? * 60 + below(minutes, 60)?;
    let seconds: f64 = last.parse().ok().filter(|n| (0.0..60.0).contains(n))?;
    Some(Duration::from_secs(minutes * 60) + Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_function_ends_a_little_before_the_host_would_end_it() {
        let seconds = |text: Option<&str>| deadline_below(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds(None), Some(295.0));
        assert_eq!(seconds(Some("00:10:00")), Some(595.0));
        assert_eq!(seconds(Some("00:00:10")), Some(9.0));
        assert_eq!(seconds(Some("00:00:01.5")), Some(1.35));
        assert_eq!(seconds(Some("1.00:00:00")), Some(86395.0));
        let days = |days: f64| Some(days * 86_400.0 - 5.0);
        assert_eq!(seconds(Some("5")), days(5.0));
        assert_eq!(seconds(Some("24:00:00")), days(24.0));
        assert_eq!(seconds(Some("24:01:00")), Some(24.0 * 86_400.0 + 3595.0));
        assert!(seconds(Some("-1")).is_some_and(|time| time > 1e7));
        for wrong in [
            "",
            "00:00:00",
            "1.24:00:00",
            "00:99:00",
            "x:y:z",
            "00:00:nan",
            "-00:01:00",
        ] {
            assert_eq!(seconds(Some(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn requests_arrive_as_they_were_sent_where_a_switch_is_on() {
        let root = tempfile::tempdir().unwrap();
        let settings = Settings::new().with(Settings::ROOT, root.path().to_str().unwrap());
        assert!(
            settings.passes_requests_through().unwrap(),
            "without host.json"
        );
        for (switches, expected) in [
            ("'enableProxyingHttpRequest': true", true),
            ("'enableForwardingHttpRequest': 'True'", true),
            ("'EnableProxyingHTTPRequest': '%SWITCH%'", true),
            ("'enableForwardingHttpRequest': 'False'", false),
            ("'enableProxyingHttpRequest': false", false),
            ("'description': {}", false),
        ] {
            let text = format!("{{ 'customHandler': {{ {switches} }} }}");
            std::fs::write(root.path().join("host.json"), text).unwrap();
            assert_eq!(
                settings.passes_requests_through().unwrap(),
                expected,
                "{switches}"
            );
        }
        let older = "{ 'HttpWorker': { 'description': {} } }";
        std::fs::write(root.path().join("host.json"), older).unwrap();
        assert!(settings.passes_requests_through().unwrap());
        assert!(settings.refuse_older_section().is_err());
        std::fs::write(root.path().join("host.json"), "{}").unwrap();
        settings.refuse_older_section().unwrap();
        for switch in [Settings::PROXYING, Settings::FORWARDING] {
            let settings = settings.clone().with(switch, "true");
            assert!(settings.passes_requests_through().unwrap());
        }
    }

    #[test]
    fn the_prefix_is_read_as_the_host_reads_it() {
        let root = tempfile::tempdir().unwrap();
        let settings = Settings::new().with(Settings::ROOT, root.path().to_str().unwrap());
        let write = |text: &str| std::fs::write(root.path().join("host.json"), text).unwrap();
        for (prefix, expected) in [
            ("'/v1'", Some("v1")),
            ("'v1/api'", Some("v1/api")),
            ("''", Some("")),
            ("null", Some("")),
            ("5", Some("5")),
            ("'v1/'", None),
            ("'/'", None),
            ("'a//b'", None),
            ("'v1/{tenant}'", None),
            ("['v1']", None),
        ] {
            write(&format!(
                "{{ // a comment\n 'Extensions': {{'http': {{'RoutePrefix': {prefix}}}}}, }}"
            ));
            let found = settings.route_prefix().ok();
            assert_eq!(found.as_deref(), expected, "{prefix}");
        }
    }
}
