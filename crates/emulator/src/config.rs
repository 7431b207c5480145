//! The configuration file: hubs, handlers, policies, keys and every setting, in TOML.

mod error;
mod source;

pub use error::ConfigError;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;
use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::connection_string::Endpoint;
use sio_protocol::names::HubName;
use toml::Spanned;

use crate::emulator::{Builder, DEFAULT_UPSTREAM, Emulator, check_key};
use crate::settings::Settings;
use crate::webhook::{EventHandler, Handlers, HubPolicy};

use source::Source;

/// A configuration file. Everything in it may be left out.
///
/// ```
/// let config = sio_emulator::Config::parse("emulator.toml", r#"
///     endpoint = "http://localhost:8080"    # as clients and function apps name it
///     listen = "127.0.0.1"
///     port = 8080
///     key = "an access key"                 # and secondary_key
///     anonymous = false                     # whether clients need no token
///     allow_hosts = ["devbox"]              # further names under which the inspector may be opened
///
///     ## What all hubs have that have nothing of their own. The first handler that takes an event is called.
///     [[handlers]]
///     url_template = "http://localhost:7071/api/socketio"
///     user_events = "*"                     # or "a, b"; no clients' events where it is left out
///     system_events = ["connect", "connected", "disconnected"]
///     managed_identity = "api://app"        # calls bear a token for this audience
///
///     [hubs.chat]
///     anonymous = true
///     [[hubs.chat.handlers]]
///     url_template = "tunnel:///runtime/webhooks/{hub}"
///     user_events = "*"
///
///     ## Every setting, by its name.
///     [settings]
///     connect_timeout = "45s"
///     [settings.transport]
///     ping_interval = "25s"
///     [settings.webhook]
///     retries = ["1s", "3s", "5s"]
///     on_event_failure = "close"
/// "#)?;
/// assert_eq!(config.port(), Some(8080));
///
/// let error = sio_emulator::Config::parse("emulator.toml", "[settings]\nconnect_timeout = 45").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "emulator.toml:2:19: invalid type: integer `45`, expected a duration such as \"300ms\", \"45s\", \"2m\" or \"1h\" \
///      (connect_timeout = 45)"
/// );
/// # Ok::<(), sio_emulator::ConfigError>(())
/// ```
#[derive(Debug, Default)]
pub struct Config {
    listen: Option<IpAddr>,
    port: Option<u16>,
    endpoint: Option<Endpoint>,
    key: Option<String>,
    secondary_key: Option<String>,
    anonymous: Option<bool>,
    allow_hosts: Vec<String>,
    handlers: Option<Vec<EventHandler>>,
    hubs: Vec<(HubName, HubPolicy)>,
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<IpAddr>,
    port: Option<u16>,
    endpoint: Option<Spanned<String>>,
    key: Option<Spanned<String>>,
    secondary_key: Option<Spanned<String>>,
    anonymous: Option<bool>,
    #[serde(default)]
    allow_hosts: Vec<String>,
    handlers: Option<Vec<Handler>>,
    #[serde(default)]
    hubs: BTreeMap<Spanned<String>, Hub>,
    settings: Option<Spanned<Settings>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hub {
    anonymous: Option<bool>,
    handlers: Option<Vec<Handler>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handler {
    url_template: Spanned<String>,
    user_events: Option<String>,
    #[serde(default)]
    system_events: Vec<SystemEvent>,
    managed_identity: Option<String>,
}

/// The handlers of a list, each with a URL that can be called.
fn handlers_of(
    source: &Source<'_>,
    list: Vec<Handler>,
    settings: &Settings,
) -> Result<Vec<EventHandler>, ConfigError> {
    let handlers = list.into_iter().map(|given| {
        let mut handler = EventHandler::new(given.url_template.get_ref());
        handler.user_events = given.user_events;
        handler.system_events = given.system_events;
        handler.managed_identity = given.managed_identity;
        Handlers::new(vec![handler.clone()], &settings.webhook.tunnel_upstream)
            .map_err(|error| source.at(&given.url_template, &error))?;
        Ok(handler)
    });
    handlers.collect()
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is not TOML, or has an invalid setting.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(source) => Err(ConfigError::Read { file: name, source }),
        }
    }

    /// Reads the text of a file with this name.
    ///
    /// # Errors
    /// It is not TOML, or has an invalid setting.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let source = Source { name, text };
        let file: File = toml::from_str(text)
            .map_err(|error| source.wrong(error.span(), &error.message().replace('\n', ", ")))?;
        let settings = match file.settings {
            Some(settings) => {
                settings.get_ref().check().map_err(|error| {
                    let place = source.line_of(error.setting);
                    source.wrong(place.or(Some(settings.span())), &error)
                })?;
                settings.into_inner()
            }
            None => Settings::default(),
        };
        let endpoint = file.endpoint.map(|endpoint| {
            Endpoint::parse(endpoint.get_ref()).map_err(|error| source.at(&endpoint, &error))
        });
        let key = |key: Option<Spanned<String>>| {
            key.map(|key| {
                check_key(key.get_ref()).map_err(|error| source.at(&key, &error))?;
                Ok(key.into_inner())
            })
            .transpose()
        };
        let handlers = |list: Option<Vec<Handler>>| {
            list.map(|list| handlers_of(&source, list, &settings))
                .transpose()
        };
        let mut hubs = Vec::new();
        for (name, hub) in file.hubs {
            let hub_name =
                HubName::new(name.get_ref()).map_err(|error| source.at(&name, &error))?;
            let policy = HubPolicy {
                handlers: handlers(hub.handlers)?,
                anonymous: hub.anonymous,
            };
            hubs.push((hub_name, policy));
        }
        Ok(Self {
            listen: file.listen,
            port: file.port,
            endpoint: endpoint.transpose()?,
            key: key(file.key)?,
            secondary_key: key(file.secondary_key)?,
            anonymous: file.anonymous,
            allow_hosts: file.allow_hosts,
            handlers: handlers(file.handlers)?,
            hubs,
            settings,
        })
    }

    /// Where to listen, if the file says so.
    #[must_use]
    pub fn listen(&self) -> Option<IpAddr> {
        self.listen
    }

    /// The port to listen on, if the file says so.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Where events go, in words: the URL template of each handler, or the default.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let general = match &self.handlers {
            Some(handlers) => handlers.as_slice(),
            None => return vec![DEFAULT_UPSTREAM.to_owned()],
        };
        let of_hubs = self
            .hubs
            .iter()
            .filter_map(|(_, hub)| hub.handlers.as_ref());
        general
            .iter()
            .chain(of_hubs.flatten())
            .map(|handler| handler.url_template.clone())
            .collect()
    }

    /// The settings of the file.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Describes the emulator that the file describes, to be changed further. The listener is the caller's.
    pub fn into_builder(self) -> Builder {
        let mut builder = Emulator::builder().settings(self.settings);
        if let Some(endpoint) = self.endpoint {
            builder = builder.endpoint(endpoint.to_string());
        }
        if let Some(key) = self.key {
            builder = builder.key(key);
        }
        if let Some(key) = self.secondary_key {
            builder = builder.secondary_key(key);
        }
        if let Some(anonymous) = self.anonymous {
            builder = builder.anonymous(anonymous);
        }
        if let Some(handlers) = self.handlers {
            builder = builder.handlers(handlers);
        }
        for (hub, policy) in self.hubs {
            builder = builder.hub(hub, policy);
        }
        for host in self.allow_hosts {
            builder = builder.allow_host(host);
        }
        builder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse("e.toml", text).unwrap_err().to_string()
    }

    /// The page for people has every setting, with its default.
    #[test]
    fn the_documented_files_are_read_and_complete() {
        let page = include_str!("../../../docs/emulator.md");
        let mut files = page.split("```toml\n").skip(1);
        let mut next = || files.next().unwrap().split("```").next().unwrap();
        let file = Config::parse("first", next()).unwrap();
        assert_eq!(file.port(), Some(8080));
        let settings = Config::parse("second", next()).unwrap().settings;
        let expected = format!("{:#?}", Settings::default());
        assert_eq!(format!("{settings:#?}"), expected);
        for line in expected.lines() {
            if let Some((name, _)) = line.trim().split_once(": ") {
                let documented = format!("{name} = ");
                let section = format!("[settings.{name}]");
                assert!(
                    page.contains(&documented) || page.contains(&section),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_line_key_and_what_is_allowed() {
        let cases = [
            (
                "port = 1\nprot = 2",
                "e.toml:2:1: unknown field `prot`, expected one of `listen`, `port`",
            ),
            (
                "port = 99999",
                "e.toml:1:8: invalid value: integer `99999`, expected u16 (port = 99999)",
            ),
            (
                "[settings]\non = 1",
                "e.toml:2:1: unknown field `on`, expected one of `transport`",
            ),
            (
                "[settings.webhook]\non_event_failure = \"x\"",
                "unknown variant `x`, expected `ignore` or `close`",
            ),
            (
                "[settings.webhook]\nretries = [\"1\"]",
                "expected a duration such as",
            ),
            (
                "[settings]\nwaiting_bytes = 0",
                "e.toml:2:1: settings.waiting_bytes must be greater than 0",
            ),
            ("endpoint = \"ftp://x\"", "e.toml:1:12: "),
            (
                "key = \"sec;ret\"",
                "e.toml:1:7: an access key must not be empty and must not contain \";\" (key = …)",
            ),
            (
                "[[handlers]]\nuser_events = \"*\"",
                "missing field `url_template`",
            ),
            (
                "[[handlers]]\nurl_template = \"x\"",
                "e.toml:2:16: the upstream \"x\" is not an http or https URL",
            ),
            (
                "[[handlers]]\nurl_template = \"htp://x?code=sec;ret\"",
                "e.toml:2:16: the upstream \"htp://x\" is not",
            ),
            (
                "[settings]\n# max_payload = 1\ntransport = { max_payload = 0 }",
                "e.toml:1:1: settings.transport.max_payload must be greater than 0",
            ),
            (
                "[settings]\n# ping_timeout = 1s\n[settings.transport]\n  ping_timeout = \"0s\"",
                "e.toml:4:3: settings.transport.ping_timeout must be greater than 0",
            ),
            (
                "[[handlers]]\nurl_template = \"http://x\"\nsystem_events = [\"connekt\"]",
                "unknown variant `connekt`",
            ),
            ("[hubs.1bad]\nanonymous = true", "e.toml:1:7: "),
            ("port 1", "e.toml:1:6: "),
        ];
        for (text, expected) in cases {
            let found = error(text);
            assert!(found.contains(expected), "{text:?}: {found}");
            assert!(!found.contains("sec;ret"), "{found}");
        }
    }
}
