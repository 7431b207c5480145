//! The app that is served now, and how another takes its place.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::error::StartError;
use crate::front::Context;
use crate::hop::Hop;
use crate::load::Loader;
use crate::process::{DRAIN, HandlerError, Supervisor};
use crate::snapshot::{Snapshot, snapshot};

/// The loaded app and the task of its handler.
#[derive(Debug)]
pub(crate) struct Loads {
    loader: Loader,
    current: watch::Sender<Arc<Context>>,
    supervisor: Mutex<Option<JoinHandle<()>>>,
    /// The watched files when the app was loaded, or could not be.
    files: Mutex<Snapshot>,
}

impl Loads {
    /// Loads the app and starts its handler.
    pub(crate) fn start(loader: Loader) -> Result<Self, StartError> {
        let (context, supervisor) = loader.load(None)?;
        let loads = Self {
            files: Mutex::new(snapshot(&context)),
            loader,
            current: watch::Sender::new(context),
            supervisor: Mutex::new(None),
        };
        loads.run(supervisor);
        Ok(loads)
    }

    fn run(&self, supervisor: Option<Supervisor>) {
        let task = supervisor.map(|supervisor| tokio::spawn(supervisor.run()));
        *self.slot() = task;
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> std::sync::MutexGuard<'_, Snapshot> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The watched files as they were when the app was loaded.
    pub(crate) fn loaded_from(&self) -> Snapshot {
        self.files().clone()
    }

    pub(crate) fn loader(&self) -> &Loader {
        &self.loader
    }

    pub(crate) fn current(&self) -> Arc<Context> {
        self.current.borrow().clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Context>> {
        self.current.subscribe()
    }

    /// Ready when the handler is, with the triggers started; or when it is known that it will not be.
    pub(crate) async fn ready(&self) -> Result<(), HandlerError> {
        let context = self.current();
        if let Some(gate) = &context.gate {
            gate.decided().await?;
        }
        self.loader.start_triggers(&context);
        Ok(())
    }

    /// Loads the app anew and puts it in the place of the present one. Requests that come meanwhile wait for its
    /// handler. An app that cannot be loaded changes nothing.
    pub(crate) async fn reload(&self) -> Result<(), StartError> {
        let old = self.current();
        let held = old.gate.as_ref().and_then(|gate| gate.port());
        let loaded = self.loader.load(held);
        let served = loaded.as_ref().map_or(&old, |(context, _)| context);
        *self.files() = snapshot(served);
        let (context, mut supervisor) = loaded?;
        self.current.send_replace(context.clone());
        if let Some(gate) = &old.gate {
            gate.idle(DRAIN).await;
        }
        old.stop.cancel();
        self.end().await;
        // No caller waits any more: a handler that does not run leaves the host waiting for the next
        // change instead of ending it.
        let (reply, answer) = oneshot::channel();
        let runs = match &mut supervisor {
            Some(supervisor) => {
                supervisor.plan(reply);
                true
            }
            None => false,
        };
        self.run(supervisor);
        if runs {
            match answer.await {
                Ok(outcome) => outcome?,
                Err(_) => return Err(HandlerError::Stopped.into()),
            }
        }
        self.loader.start_triggers(&context);
        Ok(())
    }

    /// Says what became of a reload.
    pub(crate) async fn reload_and_report(&self, files: Vec<String>) {
        let hops = &self.loader.hops;
        hops.send(Hop::Reloading { files });
        match self.reload().await {
            // The supervisor has said so itself.
            Ok(()) | Err(StartError::Handler(_)) => {}
            Err(error) => hops.send(Hop::Error(format!(
                "{error}\nthe app as it was before keeps running"
            ))),
        }
    }

    /// Waits for the end of the handler, which was asked to end.
    pub(crate) async fn end(&self) {
        let task = self.slot().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }

    /// Ends the handler's task at once, and the handler with it.
    pub(crate) fn abort(&self) {
        if let Some(task) = self.slot().take() {
            task.abort();
        }
    }
}
