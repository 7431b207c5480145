//! What an emulator is started with, and starting it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use hyper::Request;
use hyper::body::Incoming;
use sio_protocol::connection_string::{ConnectionString, ConnectionStringError, Endpoint};
use sio_protocol::names::HubName;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Emulator;
use crate::causes::Causes;
use crate::clock::Clock;
use crate::core::{Core, Strangers};
use crate::faults::Faults;
use crate::front;
use crate::hops::Hops;
use crate::recorder::Recorder;
use crate::service::Service;
use crate::settings::{SettingError, Settings};
use crate::webhook::{EventHandler, Handlers, HubPolicy, Policies, TemplateError, Webhooks};

/// The default access key.
///
/// It is not a secret: it stands here, in the documentation and in `local.settings.json.example`, so that every
/// function app on a developer's machine can be configured once.
pub const DEVELOPMENT_KEY: &str = "emulator-development-key-which-is-public-and-protects-nothing";

/// Where webhooks go by default: the direct mode of a function app on its usual port.
pub const DEFAULT_UPSTREAM: &str = "http://localhost:7071/api/socketio";

/// What to start. Everything has a default.
#[derive(Default)]
#[must_use = "nothing runs before start()"]
pub struct Builder {
    listener: Option<TcpListener>,
    endpoint: Option<String>,
    key: Option<String>,
    secondary_key: Option<String>,
    handlers: Option<Vec<EventHandler>>,
    anonymous: bool,
    hubs: Vec<(HubName, HubPolicy)>,
    hosts: Vec<String>,
    settings: Settings,
    clock: Clock,
    record: bool,
}

/// An emulator could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No port could be bound.
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
    /// The public endpoint is not a URL.
    #[error(transparent)]
    Endpoint(#[from] ConnectionStringError),
    /// An access key is empty, or would break a connection string.
    #[error("an access key must not be empty and must not contain \";\"")]
    Key,
    /// A webhook URL cannot be used.
    #[error(transparent)]
    Upstream(#[from] TemplateError),
    /// A setting cannot work.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

/// Checks an access key.
pub(crate) fn check_key(key: &str) -> Result<(), StartError> {
    if key.trim().is_empty() || key.contains(';') {
        return Err(StartError::Key);
    }
    Ok(())
}

impl std::fmt::Debug for Builder {
    /// Without the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("endpoint", &self.endpoint)
            .field("anonymous", &self.anonymous)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Takes connections from this listener. Default: a free port on 127.0.0.1.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Sets the public address, which tokens name and whose host is the origin of webhooks. Default:
    /// `http://localhost` with the listener's port.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the primary access key. Default: [`DEVELOPMENT_KEY`].
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets a second access key, which is as good as the first. Default: none.
    pub fn secondary_key(mut self, key: impl Into<String>) -> Self {
        self.secondary_key = Some(key.into());
        self
    }

    /// Sends all webhooks to this URL template, in which `{hub}` and `{event}` are replaced. Default:
    /// [`DEFAULT_UPSTREAM`].
    pub fn upstream(self, template: impl Into<String>) -> Self {
        self.handlers(vec![EventHandler::new(template)])
    }

    /// Sets the ordered list of event handlers. An empty list takes no events, and every client is let in.
    pub fn handlers(mut self, handlers: Vec<EventHandler>) -> Self {
        self.handlers = Some(handlers);
        self
    }

    /// Lets clients in that have no token. Default: no.
    pub fn anonymous(mut self, anonymous: bool) -> Self {
        self.anonymous = anonymous;
        self
    }

    /// Gives a hub handlers or a rule for anonymous clients of its own.
    pub fn hub(mut self, hub: HubName, policy: HubPolicy) -> Self {
        self.hubs.push((hub, policy));
        self
    }

    /// Allows a name in the `Host` header of REST calls, the inspector and the control API, besides loopback names,
    /// addresses and the host of the endpoint. Clients may use any name.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Sets durations, limits and choices.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Remembers what happens for the inspector from the start. Default: from the first look at the page.
    pub fn record(mut self, record: bool) -> Self {
        self.record = record;
        self
    }

    /// Goes by this clock. Default: the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Checks everything and starts to serve.
    ///
    /// # Errors
    /// No port can be bound, or the endpoint, a key, a setting or a webhook URL is wrong.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let mut keys = vec![self.key.unwrap_or_else(|| DEVELOPMENT_KEY.to_owned())];
        keys.extend(self.secondary_key);
        for key in &keys {
            check_key(key)?;
        }
        let settings = self.settings;
        let inspector_steps = settings.inspector_steps;
        settings.check()?;
        let handlers = self
            .handlers
            .unwrap_or_else(|| vec![EventHandler::new(DEFAULT_UPSTREAM)]);
        if handlers.is_empty() {
            tracing::warn!(
                "no event handler is configured: clients connect, and their events are dropped"
            );
        }
        let tunnel = &settings.webhook.tunnel_upstream;
        let mut policies = Policies::new(Handlers::new(handlers, tunnel)?);
        let mut anonymous = HashMap::new();
        for (hub, policy) in self.hubs {
            if let Some(rule) = policy.anonymous {
                anonymous.insert(hub.clone(), rule);
            }
            if let Some(handlers) = policy.handlers {
                policies.set(hub, Handlers::new(handlers, tunnel)?);
            }
        }
        let given = self.endpoint.as_deref().map(Endpoint::parse).transpose()?;

        let listener = match self.listener {
            Some(listener) => listener,
            None => sio_net::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
                .await
                .map_err(StartError::Listen)?,
        };
        let address = listener.local_addr().map_err(StartError::Listen)?;
        if !address.ip().is_loopback() && keys.iter().any(|key| key == DEVELOPMENT_KEY) {
            tracing::warn!(
                "other machines reach {address}, and the access key is the public development key\n\
                 hint: give the emulator a key of your own, as --key or as key in its configuration file"
            );
        }
        let endpoint = match given {
            Some(endpoint) => endpoint,
            None => Endpoint::parse(&format!("http://localhost:{}", address.port()))?,
        };

        let faults = Arc::new(Faults::default());
        let webhooks = Webhooks::new(
            policies,
            settings.webhook.clone(),
            endpoint.host().to_owned(),
            &keys,
            self.clock.clone(),
            faults.clone(),
        );
        let mut endpoints = vec![endpoint.to_string()];
        // Names of one machine that people mix up.
        endpoints.extend(
            ["localhost", "127.0.0.1", "[::1]"]
                .map(|host| format!("http://{host}:{}", address.port())),
        );
        let connection_string = ConnectionString::new(endpoint.clone(), keys[0].clone());
        let mut door = sio_net::Door::default()
            .any_address()
            .host(endpoint.host())
            .origin(endpoint.to_string());
        for host in self.hosts {
            door = door.host(host);
        }
        let core = Arc::new(Core {
            transport: Arc::new(settings.transport.clone()),
            settings,
            clock: self.clock,
            hops: Hops::default(),
            causes: Causes::default(),
            faults,
            webhooks,
            strangers: Strangers::default(),
            tasks: TaskTracker::new(),
        });
        let service = Arc::new(Service {
            core,
            endpoint: endpoint.to_string(),
            endpoints,
            keys,
            anonymous: self.anonymous,
            anonymous_by_hub: anonymous,
            throttle: Mutex::default(),
            invocations: AtomicU64::new(0),
            recorder: Recorder::new(inspector_steps),
            door,
            inspector_refusals: sio_net::Reported::default(),
            filters: crate::filter::Cache::default(),
            hubs: Mutex::default(),
            stopping: AtomicBool::new(false),
        });

        if self.record && service.core.settings.inspector {
            service.record();
        }
        let stop = CancellationToken::new();
        let limits = sio_net::Limits {
            grace: service.core.settings.stop_grace,
            ..sio_net::Limits::default()
        };
        let shared = service.clone();
        let answer = move |peer| {
            let shared = shared.clone();
            move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(peer);
                front::serve(shared.clone(), request)
            }
        };
        let told = stop.clone();
        let server = tokio::spawn(sio_net::serve_each(listener, answer, limits, async move {
            told.cancelled().await;
        }));
        Ok(Emulator {
            service,
            address,
            connection_string,
            stop,
            server,
        })
    }
}
