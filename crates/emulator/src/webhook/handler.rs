//! Event handlers: which events they take, and at which URL.
//!
//! Source: docs/contracts/service.md, "Configuration and matching".

use std::collections::{HashMap, HashSet};

use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::names::HubName;
use url::Url;

use super::event::WebhookEvent;
use super::template::{Template, TemplateError};

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

    pub(crate) fn handlers_of(&self, hub: &HubName) -> &Handlers {
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

    pub(crate) fn find(&self, event: &WebhookEvent) -> Option<&Handler> {
        self.0.iter().find(|handler| match event {
            WebhookEvent::System(name, _) => handler.system_events.contains(name),
            WebhookEvent::User { name, .. } => handler.user_events.fits(name),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_handler_that_takes_an_event_is_found() {
        let list = vec![
            EventHandler::new("http://first/")
                .user_events("a, b")
                .system_events([SystemEvent::Connect]),
            EventHandler::new("http://second/"),
        ];
        let handlers = Handlers::new(list, "http://t").unwrap();
        let hub = HubName::new("hub").unwrap();
        let found = |event: &WebhookEvent| {
            let handler = handlers.find(event).unwrap();
            handler.url(&hub, "x").unwrap().to_string()
        };
        let user = |name: &str| WebhookEvent::User {
            name: name.to_owned(),
            body: "".into(),
        };
        assert_eq!(found(&user("B")), "http://first/");
        assert_eq!(found(&user("c")), "http://second/");
        let system = |event| WebhookEvent::System(event, bytes::Bytes::new());
        assert_eq!(found(&system(SystemEvent::Connect)), "http://first/");
        assert_eq!(found(&system(SystemEvent::Connected)), "http://second/");
    }
}
