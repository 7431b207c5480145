//! The service that the app runs against: the emulator, or a real one that a connection string names.

use std::time::Duration;

use anyhow::Context as _;
use sio_emulator::{Emulator, EventHandler, Link, Settings};
use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::connection_string::{ConnectionString, Endpoint};

use super::building::Port;
use super::identity::Caller;
use crate::trace::Watch;

/// How long clients and their events may take to go. With what the host gives open requests and a handler that does not
/// want to end (two seconds together) it stays below the three in which this tool promises to end.
const STOP_GRACE: Duration = Duration::from_millis(300);

/// A service before it runs: its address and key are known, so the handler can be started first.
pub(super) enum Prepared {
    /// To be emulated on this port.
    Emulator(Port, ConnectionString),
    /// Somewhere else, already running.
    Real(ConnectionString),
}

/// A service that clients can connect to.
pub(super) struct Service {
    connection: ConnectionString,
    emulator: Option<Emulator>,
}

impl Prepared {
    /// An emulator on a port that was taken for it, which clients find at `endpoint`, or on this machine.
    pub(super) fn emulator(port: Port, endpoint: Option<Endpoint>) -> anyhow::Result<Self> {
        let address = port.address()?;
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            // An address that stands for one network card is the one that clients use too.
            None if address.ip().is_loopback() || address.ip().is_unspecified() => {
                Endpoint::parse(&format!("http://localhost:{}", address.port()))?
            }
            None => Endpoint::parse(&format!("http://{address}"))?,
        };
        let connection = ConnectionString::new(endpoint, sio_emulator::DEVELOPMENT_KEY);
        Ok(Self::Emulator(port, connection))
    }

    /// A real service.
    pub(super) fn real(connection: &str) -> anyhow::Result<Self> {
        let connection = ConnectionString::parse(connection)
            .context("--connection is not a connection string of a service")?;
        Ok(Self::Real(connection))
    }

    /// The emulator's port, if it is ours to serve.
    pub(super) fn port(&self) -> Option<&Port> {
        match self {
            Self::Emulator(port, _) => Some(port),
            Self::Real(_) => None,
        }
    }

    /// Where it will be, and its key.
    pub(super) fn connection(&self) -> &ConnectionString {
        match self {
            Self::Emulator(_, connection) | Self::Real(connection) => connection,
        }
    }

    /// Starts it, if it is ours to start, and tells it where the webhook is and with which identity to call it.
    pub(super) async fn start(
        self,
        webhook: &str,
        system_events: Vec<SystemEvent>,
        caller: Option<Caller>,
        record: bool,
        watch: &Watch,
    ) -> anyhow::Result<Service> {
        match self {
            Self::Emulator(port, connection) => {
                let mut settings = Settings::default();
                settings.stop_grace = STOP_GRACE;
                if record {
                    // A recording has whole events.
                    settings.inspector_body = settings.message_limit;
                }
                let mut handler = EventHandler::new(webhook).system_events(system_events);
                if let Some(caller) = caller {
                    // The app calls by identity then, too.
                    settings.entra_tokens = true;
                    settings.webhook.bearer = Some(caller.token);
                    handler = handler.managed_identity(caller.audience);
                }
                let emulator = Emulator::builder()
                    .listener(port.listener()?)
                    .settings(settings)
                    .endpoint(connection.endpoint().to_string())
                    .handlers(vec![handler])
                    .record(true)
                    .start()
                    .await
                    .context("the emulator cannot start")?;
                watch.service(&emulator);
                Ok(Service {
                    connection,
                    emulator: Some(emulator),
                })
            }
            Self::Real(connection) => Ok(Service {
                connection,
                emulator: None,
            }),
        }
    }
}

impl Service {
    /// Where it is, and its key.
    pub(super) fn connection(&self) -> &ConnectionString {
        &self.connection
    }

    /// Whether events reach this machine only through a tunnel.
    pub(super) fn is_remote(&self) -> bool {
        self.emulator.is_none()
    }

    /// Shows links to the app on the inspector's page.
    pub(super) fn show(&self, links: Vec<Link>) {
        if let Some(emulator) = &self.emulator {
            emulator.inspector().show(links);
        }
    }

    /// Lets clients go. A real service goes on.
    pub(super) async fn stop(self) {
        if let Some(emulator) = self.emulator {
            emulator.stop().await;
        }
    }
}
