//! The configuration file: hubs, handlers, policies, keys and every setting, in TOML.

mod error;
mod source;

pub use error::ConfigError;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
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
///     allow_hosts = ["devbox"]              # further names for REST calls and the inspector
///
///     ## For every hub without handlers of its own. The first handler that takes an event is called.
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
#[derive(Default)]
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

impl fmt::Debug for Config {
    /// Without the keys and the handlers, whose URLs may contain a function key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("port", &self.port)
            .field("endpoint", &self.endpoint)
            .field("anonymous", &self.anonymous)
            .field("allow_hosts", &self.allow_hosts)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
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
            .map_err(|error| source.not_read(error.span(), &error.message().replace('\n', ", ")))?;
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
        let mut names = HashSet::new();
        let mut in_order: Vec<_> = file.hubs.into_iter().collect();
        in_order.sort_by_key(|(name, _)| name.span().start);
        for (name, hub) in in_order {
            let hub_name =
                HubName::new(name.get_ref()).map_err(|error| source.at(&name, &error))?;
            if !names.insert(hub_name.clone()) {
                let problem = "the hub is configured twice; hub names compare ignoring case";
                return Err(source.at(&name, &problem));
            }
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

    /// The address to listen on, if the file says so.
    #[must_use]
    pub fn listen(&self) -> Option<IpAddr> {
        self.listen
    }

    /// The port to listen on, if the file says so.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The URL template of each handler: those for all hubs, or the default without such handlers, then those of single
    /// hubs. A template may contain a function key.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let templates = |handlers: &[EventHandler]| -> Vec<String> {
            let templates = handlers.iter().map(|handler| handler.url_template.clone());
            templates.collect()
        };
        let general = self.handlers.as_deref().map(templates);
        let mut targets = general.unwrap_or_else(|| vec![DEFAULT_UPSTREAM.to_owned()]);
        for (_, hub) in &self.hubs {
            targets.extend(templates(hub.handlers.as_deref().unwrap_or_default()));
        }
        targets
    }

    /// The settings of the file.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns a builder with everything but `listen` and `port`, which the caller binds.
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
mod tests;
