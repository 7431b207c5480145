//! A running host.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use sio_net::{Body, Limits};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, broadcast};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{FileError, local_settings};
use crate::auth::Key;
use crate::error::StartError;
use crate::front::Context;
use crate::function_info::FunctionInfo;
use crate::hop::Hop;
use crate::load::Loader;
use crate::process::{DRAIN, HandlerError};
use crate::reload::Loads;

/// How long open requests may go on once the host is told to stop.
const GRACE: Duration = Duration::from_millis(500);

/// A running stand-in for the Functions host.
///
/// When it is dropped it stops at once and kills its handler; [`Host::stop`] lets both end in order.
#[derive(Debug)]
pub struct Host {
    address: SocketAddr,
    functions: Arc<[FunctionInfo]>,
    tasks: Tasks,
}

impl Host {
    /// The port that an app asks for: `Host.LocalHttpPort` in its local.settings.json.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn configured_port(root: impl AsRef<Path>) -> Result<Option<u16>, FileError> {
        Ok(local_settings(root.as_ref())?.port)
    }

    pub(crate) fn new(address: SocketAddr, tasks: Tasks) -> Self {
        Self {
            address,
            functions: Loader::functions(&tasks.loads.current()),
            tasks,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for a person or a browser on this machine: `http://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// The functions of the app, sorted by name, as it was when the host started.
    #[must_use]
    pub fn functions(&self) -> &[FunctionInfo] {
        &self.functions
    }

    /// The keys of the app as they are now. They open something only with [`crate::Builder::enable_auth`].
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.tasks.loads.loader().keys.all()
    }

    /// What happens from now on.
    #[must_use]
    pub fn hops(&self) -> broadcast::Receiver<Hop> {
        self.tasks.loads.loader().hops.subscribe()
    }

    /// Stops the handler and starts it anew from its file; ready when it answers. The listener stays, and requests
    /// wait meanwhile. With [`crate::Builder::attach`] it waits until the handler on that port answers.
    ///
    /// # Errors
    /// The new handler does not run. Invocations fail until this is called again and succeeds.
    pub async fn restart_handler(&self) -> Result<(), HandlerError> {
        match &self.tasks.loads.current().gate {
            Some(gate) => gate.restart().await,
            None => Ok(()),
        }
    }

    /// Ready when the host gave up on its handler, with the reason; never when it is stopped.
    pub fn stopped(&self) -> impl Future<Output = HandlerError> + Send + use<> {
        let mut apps = self.tasks.loads.subscribe();
        async move {
            loop {
                let gate = apps.borrow_and_update().gate.clone();
                let given_up = async {
                    match gate {
                        Some(gate) => gate.given_up().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    reason = given_up => return reason,
                    changed = apps.changed() => if changed.is_err() {
                        return std::future::pending().await;
                    },
                }
            }
        }
    }

    /// Takes no new connections, and waits for the invocations that run: for as long as an event may take, at most.
    /// Then [`Host::stop`] interrupts none of them.
    pub async fn finish(&self) {
        self.tasks.closing.cancel();
        if let Some(gate) = &self.tasks.loads.current().gate {
            gate.idle(DRAIN).await;
        }
    }

    /// Stops: no new connections, a moment for open requests, then the handler ends. At most about two seconds.
    pub async fn stop(&self) {
        self.tasks.stop().await;
    }

    pub(crate) async fn ready(&self) -> Result<(), HandlerError> {
        let outcome = self.tasks.loads.ready().await;
        if outcome.is_err() {
            self.stop().await;
        }
        outcome
    }
}

/// The tasks of a host. Dropping them ends them.
#[derive(Debug)]
pub(crate) struct Tasks {
    /// Ends the accept loop.
    closing: CancellationToken,
    /// Ends invocations and the handler.
    stop: CancellationToken,
    server: Mutex<Option<JoinHandle<()>>>,
    watcher: Mutex<Option<JoinHandle<()>>>,
    loads: Arc<Loads>,
}

impl Tasks {
    pub(crate) fn start<F, R>(
        listener: TcpListener,
        loader: Loader,
        answer: F,
    ) -> Result<Self, StartError>
    where
        F: Fn(Arc<Context>, Request<Incoming>) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Response<Body>> + Send + 'static,
    {
        let (stop, watch) = (loader.stop.clone(), loader.config.watch);
        let loads = Arc::new(Loads::start(loader)?);
        let closing = CancellationToken::new();
        let closed = closing.clone();
        let current = loads.subscribe();
        let service = move |peer| {
            let (current, answer) = (current.clone(), answer.clone());
            move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(peer);
                answer(current.borrow().clone(), request)
            }
        };
        let server = tokio::spawn(async move {
            let limits = Limits {
                grace: GRACE,
                keep_names: true,
                ..Limits::default()
            };
            sio_net::serve_each(listener, service, limits, closed.cancelled_owned()).await;
        });
        let watcher = watch.then(|| {
            let (loads, stop) = (loads.clone(), stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = crate::watch::run(loads) => {}
                    () = stop.cancelled() => {}
                }
            })
        });
        Ok(Self {
            closing,
            stop,
            server: Mutex::new(Some(server)),
            watcher: Mutex::new(watcher),
            loads,
        })
    }

    async fn stop(&self) {
        self.closing.cancel();
        if let Some(server) = self.server.lock().await.take() {
            let _ = server.await;
        }
        self.stop.cancel();
        if let Some(watcher) = self.watcher.lock().await.take() {
            let _ = watcher.await;
        }
        self.loads.end().await;
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.closing.cancel();
        self.stop.cancel();
        // Aborting drops the supervisor and with it the process, which is then killed.
        self.loads.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_can_be_held_by_any_task() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Host>();
    }
}
