//! A running emulator, and stopping it.

mod builder;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sio_protocol::connection_string::ConnectionString;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::hops::Hop;
use crate::recorder::Inspector;
use crate::service::Service;

pub(crate) use self::builder::check_key;
pub use self::builder::{Builder, DEFAULT_UPSTREAM, DEVELOPMENT_KEY, StartError};

/// What clients' `disconnected` webhooks say when the emulator stops.
const STOPPING: &str = "the service is stopping";

/// An emulator that is running. Dropping it stops it, too, without waiting; see [`Emulator::stop`].
pub struct Emulator {
    service: Arc<Service>,
    address: SocketAddr,
    connection_string: ConnectionString,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Emulator {
    /// Describes an emulator.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = sio_emulator::Emulator::builder()
    ///     .upstream("http://localhost:7071/api/socketio")
    ///     .start()
    ///     .await?;
    /// assert!(emulator.connection_string().starts_with("Endpoint=http://localhost:"));
    /// emulator.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its public address, as clients and function apps name it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.service.endpoint
    }

    /// What a function app needs to know, key included: `Endpoint=…;AccessKey=…;Version=1.0;`.
    #[must_use]
    pub fn connection_string(&self) -> String {
        self.connection_string.reveal()
    }

    /// The hops of all events from now on. Costs next to nothing without a listener.
    #[must_use]
    pub fn hops(&self) -> broadcast::Receiver<Hop> {
        self.service.core.hops.subscribe()
    }

    /// The inspector's memory, for what others know of the same traces.
    #[must_use]
    pub fn inspector(&self) -> Inspector {
        Inspector(self.service.recorder.clone())
    }

    /// Stops: clients are told and closed, `disconnected` webhooks are sent as far as time allows.
    ///
    /// It takes at most [`Settings::stop_grace`](crate::Settings::stop_grace) and a little more.
    pub async fn stop(mut self) {
        self.service.stopping.store(true, Ordering::Release);
        let hubs = self.service.all_hubs();
        for hub in &hubs {
            hub.close_all(STOPPING);
        }
        let grace = self.service.core.settings.stop_grace;
        let ended = async {
            // Clients that poll come back once more to learn that it is over, so the door stays open for them.
            // The functions that hear of the closed connections may send something, and would retry if it were refused.
            self.service.core.tasks.close();
            let told = async {
                for hub in &hubs {
                    hub.engine.idle().await;
                }
                self.service.core.tasks.wait().await;
            };
            let _ = tokio::time::timeout(grace / 2, told).await;
            self.stop.cancel();
            self.service.core.tasks.wait().await;
            // The server task only fails by a panic, which has been reported by then.
            let _ = (&mut self.server).await;
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::debug!("something was still under way after {grace:?}");
        }
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.address)
            .field("endpoint", &self.service.endpoint)
            .finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.cancel();
        for hub in self.service.all_hubs() {
            hub.close_all(STOPPING);
        }
    }
}
