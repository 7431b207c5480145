//! Event handlers: which events they take, and at which URL.
//!
//! Source: service contract, "Configuration and matching" and "URL template".

use std::collections::{HashMap, HashSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::names::HubName;
use url::Url;

use super::request::Occasion;

/// What stands for itself in a URL, whatever its part.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One entry in the list of event handlers. The first that takes an event is called, and no other.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventHandler {
    /// The URL, in which `{hub}` and `{event}` are replaced.
    pub url_template: String,
    /// The clients' events that it takes: `*`, a name, or several names with commas. `None` takes none.
    pub user_events: Option<String>,
    /// The service's own events that it takes.
    pub system_events: Vec<SystemEvent>,
    /// The audience of the token that its calls bear, where the service has a managed identity for it.
    pub managed_identity: Option<String>,
}

impl EventHandler {
    /// A handler for everything.
    pub fn new(url_template: impl Into<String>) -> Self {
        Self {
            url_template: url_template.into(),
            user_events: Some("*".to_owned()),
            system_events: vec![
                SystemEvent::Connect,
                SystemEvent::Connected,
                SystemEvent::Disconnected,
            ],
            managed_identity: None,
        }
    }

    /// The same with calls that bear a token for this audience, see
    /// [`WebhookSettings::bearer`](crate::WebhookSettings::bearer).
    #[must_use]
    pub fn managed_identity(mut self, audience: impl Into<String>) -> Self {
        self.managed_identity = Some(audience.into());
        self
    }

    /// The same for these events of clients only: `*`, a name, or several names with commas.
    #[must_use]
    pub fn user_events(mut self, pattern: impl Into<String>) -> Self {
        self.user_events = Some(pattern.into());
        self
    }

    /// The same for these events of the service only.
    #[must_use]
    pub fn system_events(mut self, events: impl Into<Vec<SystemEvent>>) -> Self {
        self.system_events = events.into();
        self
    }
}

/// A URL template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// It is no http or https URL.
    #[error("the upstream {0:?} is not an http or https URL")]
    Url(String),
    /// `{event}` stands in the host.
    #[error(
        "the upstream {0:?} has {{event}} in its host, which would call a different server for each event"
    )]
    EventInHost(String),
    /// It refers to a Key Vault.
    #[error(
        "the upstream {0:?} refers to Key Vault, which an emulator cannot read; put the value itself there"
    )]
    KeyVault(String),
}

/// The list of handlers, checked.
#[derive(Debug)]
pub(crate) struct Handlers(Vec<Handler>);

#[derive(Debug)]
pub(crate) struct Handler {
    template: Template,
    user_events: Pattern,
    system_events: Vec<SystemEvent>,
    pub(super) managed_identity: Option<String>,
}

/// What a hub has of its own; the rest is as for all hubs.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct HubPolicy {
    /// Its ordered list of event handlers.
    pub handlers: Option<Vec<EventHandler>>,
    /// Whether its clients need no token.
    pub anonymous: Option<bool>,
}

impl HubPolicy {
    /// The same with these event handlers.
    #[must_use]
    pub fn handlers(mut self, handlers: Vec<EventHandler>) -> Self {
        self.handlers = Some(handlers);
        self
    }

    /// The same with this rule for clients without token.
    #[must_use]
    pub fn anonymous(mut self, anonymous: bool) -> Self {
        self.anonymous = Some(anonymous);
        self
    }
}

/// The handlers of all hubs.
#[derive(Debug)]
pub(crate) struct Policies {
    general: Handlers,
    of_hubs: HashMap<HubName, Handlers>,
}

impl Policies {
    pub(crate) fn new(general: Handlers) -> Self {
        Self {
            general,
            of_hubs: HashMap::new(),
        }
    }

    pub(crate) fn set(&mut self, hub: HubName, handlers: Handlers) {
        self.of_hubs.insert(hub, handlers);
    }

    pub(crate) fn of(&self, hub: &HubName) -> &Handlers {
        self.of_hubs.get(hub).unwrap_or(&self.general)
    }

    /// Whether any handler is called over https.
    pub(crate) fn any_https(&self) -> bool {
        self.general.any_https() || self.of_hubs.values().any(Handlers::any_https)
    }
}

#[derive(Debug)]
enum Pattern {
    None,
    All,
    Names(HashSet<String>),
}

impl Handlers {
    pub(crate) fn new(list: Vec<EventHandler>, tunnel: &str) -> Result<Self, TemplateError> {
        let handlers = list.into_iter().map(|handler| {
            Ok(Handler {
                template: Template::parse(&handler.url_template, tunnel)?,
                user_events: Pattern::parse(handler.user_events.as_deref()),
                system_events: handler.system_events,
                managed_identity: handler.managed_identity,
            })
        });
        handlers.collect::<Result<_, _>>().map(Self)
    }

    fn any_https(&self) -> bool {
        let mut handlers = self.0.iter();
        handlers.any(|handler| handler.template.is_https())
    }

    pub(crate) fn find(&self, occasion: &Occasion) -> Option<&Handler> {
        self.0.iter().find(|handler| match occasion {
            Occasion::System(event, _) => handler.system_events.contains(event),
            Occasion::User { name, .. } => handler.user_events.fits(name),
        })
    }
}

impl Handler {
    /// Where an event goes.
    pub(super) fn url(&self, hub: &HubName, event: &str) -> Result<Url, TemplateError> {
        self.template.url(hub, event)
    }

    /// Where the question goes whether events are wanted.
    pub(super) fn validation_url(&self, hub: &HubName) -> Result<Url, TemplateError> {
        self.template.url(hub, "validate")
    }
}

impl Pattern {
    fn parse(pattern: Option<&str>) -> Self {
        let names: HashSet<String> = pattern
            .unwrap_or_default()
            .split(',')
            .map(|name| name.trim().to_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() {
            Self::None
        } else if names.contains("*") {
            Self::All
        } else {
            Self::Names(names)
        }
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Names(names) => names.contains(name.to_lowercase().as_str()),
        }
    }
}

/// A URL with places for the hub and the event.
#[derive(Debug)]
struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hub,
    Event,
}

impl Template {
    fn parse(text: &str, tunnel: &str) -> Result<Self, TemplateError> {
        let resolved = match text.strip_prefix("tunnel://") {
            Some(path) => format!("{}{path}", tunnel.trim_end_matches('/')),
            None => text.to_owned(),
        };
        let lower = resolved.to_ascii_lowercase();
        if lower.contains("{@microsoft.keyvault") {
            return Err(TemplateError::KeyVault(text.to_owned()));
        }
        let after_scheme = lower.find("://").map_or(0, |at| at + 3);
        let host_end = lower[after_scheme..]
            .find(['/', '?'])
            .map_or(lower.len(), |at| after_scheme + at);
        if lower[..host_end].contains("{event}") {
            return Err(TemplateError::EventInHost(text.to_owned()));
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = lower[at..].find('{').map(|open| at + open) {
            let place = if lower[open..].starts_with("{hub}") {
                Some((Piece::Hub, 5))
            } else if lower[open..].starts_with("{event}") {
                Some((Piece::Event, 7))
            } else {
                None
            };
            let (end, piece) = match place {
                Some((piece, length)) => (open + length, Some(piece)),
                None => (open + 1, None),
            };
            let text_end = if piece.is_some() { open } else { end };
            pieces.push(Piece::Text(resolved[at..text_end].to_owned()));
            pieces.extend(piece);
            at = end;
        }
        pieces.push(Piece::Text(resolved[at..].to_owned()));
        let template = Self { pieces };
        // A template that makes no URL now will make none later.
        template
            .fill("hub", "event")
            .map_err(|_| TemplateError::Url(text.to_owned()))?;
        Ok(template)
    }

    fn is_https(&self) -> bool {
        self.fill("hub", "event")
            .is_ok_and(|url| url.scheme() == "https")
    }

    fn url(&self, hub: &HubName, event: &str) -> Result<Url, TemplateError> {
        self.fill(hub.as_str(), event)
    }

    fn fill(&self, hub: &str, event: &str) -> Result<Url, TemplateError> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Hub => text.extend(utf8_percent_encode(hub, UNRESERVED)),
                Piece::Event => text.extend(utf8_percent_encode(event, UNRESERVED)),
            }
        }
        let url = Url::parse(&text).map_err(|_| TemplateError::Url(text.clone()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TemplateError::Url(text));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(template: &str, event: &str) -> Result<String, TemplateError> {
        let hub = HubName::new("hub").unwrap();
        let template = Template::parse(template, "http://127.0.0.1:7071/")?;
        Ok(template.url(&hub, event)?.to_string())
    }

    #[test]
    fn w09_w10_w12_places_are_filled_in_and_escaped() {
        assert_eq!(
            url("http://w/{hub}/{Event}", "chat").unwrap(),
            "http://w/hub/chat"
        );
        assert_eq!(
            url("http://w/{EVENT}?h={hub}", "a/b c").unwrap(),
            "http://w/a%2Fb%20c?h=hub"
        );
        assert_eq!(
            url("http://w/x?code=a{b", "chat").unwrap(),
            "http://w/x?code=a{b"
        );
        assert_eq!(
            url("tunnel:///runtime/webhooks/socketio", "chat").unwrap(),
            "http://127.0.0.1:7071/runtime/webhooks/socketio"
        );
    }

    #[test]
    fn w11_what_cannot_be_called_is_refused() {
        assert!(matches!(
            url("http://{event}.w/", "x"),
            Err(TemplateError::EventInHost(_))
        ));
        assert!(matches!(
            url("localhost:7071/x", "x"),
            Err(TemplateError::Url(_))
        ));
        assert!(matches!(url("", "x"), Err(TemplateError::Url(_))));
        assert!(matches!(
            url("https://w/?code={@Microsoft.KeyVault(SecretUri=x)}", "x"),
            Err(TemplateError::KeyVault(_))
        ));
    }

    #[test]
    fn v13_w13_w14_the_first_handler_that_takes_an_event_is_found() {
        let list = vec![
            EventHandler::new("http://first/")
                .user_events("a, b")
                .system_events([SystemEvent::Connect]),
            EventHandler::new("http://second/"),
        ];
        let handlers = Handlers::new(list, "http://t").unwrap();
        let hub = HubName::new("hub").unwrap();
        let found = |occasion: &Occasion| {
            let handler = handlers.find(occasion).unwrap();
            handler.url(&hub, "x").unwrap().to_string()
        };
        let user = |name: &str| Occasion::User {
            name: name.to_owned(),
            body: "".into(),
        };
        assert_eq!(found(&user("B")), "http://first/");
        assert_eq!(found(&user("c")), "http://second/");
        let system = |event| Occasion::System(event, bytes::Bytes::new());
        assert_eq!(found(&system(SystemEvent::Connect)), "http://first/");
        assert_eq!(found(&system(SystemEvent::Connected)), "http://second/");
    }
}
