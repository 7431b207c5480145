//! The way from an invocation to the handler: open while the handler answers, closed while it starts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::client::Client;
use super::error::HandlerError;

/// How long a request may take from its arrival to the gate.
const ON_THE_WAY: Duration = Duration::from_millis(50);

/// One incarnation of the handler.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) port: u16,
    pub(crate) client: Client,
    pub(super) incarnation: u64,
}

/// How the handler is.
#[derive(Debug, Clone)]
pub(super) enum State {
    Starting(&'static str),
    Ready(Arc<Worker>),
    Down(HandlerError),
    GivenUp(HandlerError),
}

/// What the supervisor is told.
pub(super) enum Command {
    Restart(oneshot::Sender<Result<(), HandlerError>>),
    TimedOut {
        incarnation: u64,
        invocation: String,
    },
    GiveUp(HandlerError),
}

/// The way to the handler for invocations.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(super) state: watch::Receiver<State>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) open: watch::Sender<usize>,
    /// How long an invocation waits before it stops the host.
    pub(super) patience: Duration,
}

/// Leave to call the handler. While it is held, a planned restart waits a little.
pub(crate) struct Pass {
    pub(crate) worker: Arc<Worker>,
    open: watch::Sender<usize>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.open.send_modify(|open| *open -= 1);
    }
}

impl Gate {
    /// Waits until the handler can be called (docs/contracts/functions-host.md, "Dispatcher state and the invocation
    /// gate").
    pub(crate) async fn enter(&self) -> Result<Pass, HandlerError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| !matches!(state, State::Starting(_)));
        let answer = match timeout(self.patience, settled).await {
            Ok(Ok(state)) => match &*state {
                State::Ready(worker) => Ok(worker.clone()),
                State::Down(error) | State::GivenUp(error) => Err(error.clone()),
                State::Starting(_) => Err(HandlerError::Stopped),
            },
            Ok(Err(_)) => Err(HandlerError::Stopped),
            Err(_) => {
                let doing = match &*self.state.borrow() {
                    State::Starting(doing) => doing,
                    _ => "Initializing",
                };
                let error = HandlerError::GateExpired { state: doing };
                let _ = self.commands.send(Command::GiveUp(error.clone()));
                Err(error)
            }
        };
        answer.map(|worker| {
            self.open.send_modify(|open| *open += 1);
            Pass {
                worker,
                open: self.open.clone(),
            }
        })
    }

    /// An invocation took longer than `functionTimeout`: its handler is killed and started anew, with all others in it.
    pub(crate) fn timed_out(&self, worker: &Worker, invocation: &str) {
        let _ = self.commands.send(Command::TimedOut {
            incarnation: worker.incarnation,
            invocation: invocation.to_owned(),
        });
    }

    /// Stops the handler and starts it from its file anew; ready when it answers.
    pub(crate) async fn restart(&self) -> Result<(), HandlerError> {
        let (reply, answer) = oneshot::channel();
        if self.commands.send(Command::Restart(reply)).is_err() {
            return Err(HandlerError::Stopped);
        }
        answer.await.unwrap_or(Err(HandlerError::Stopped))
    }

    /// Ready when the handler is, or when it is known that it will not be.
    pub(crate) async fn decided(&self) -> Result<(), HandlerError> {
        let mut state = self.state.clone();
        let settled = state
            .wait_for(|state| !matches!(state, State::Starting(_)))
            .await;
        match settled.as_deref() {
            Ok(State::Ready(_) | State::Starting(_)) => Ok(()),
            Ok(State::Down(error) | State::GivenUp(error)) => Err(error.clone()),
            Err(_) => Err(HandlerError::Stopped),
        }
    }

    /// The port of the handler, if it runs.
    pub(crate) fn port(&self) -> Option<u16> {
        match &*self.state.borrow() {
            State::Ready(worker) => Some(worker.port),
            _ => None,
        }
    }

    /// Ready when no invocation is open, or after this time. For a gate that gets no new requests.
    pub(crate) async fn idle(&self, patience: Duration) {
        // The last request may be on its way to the gate, and is not counted yet.
        tokio::time::sleep(ON_THE_WAY).await;
        let mut open = self.open.subscribe();
        let _ = timeout(patience, open.wait_for(|open| *open == 0)).await;
    }

    /// The state's name, for the status page.
    pub(crate) fn state(&self) -> &'static str {
        match &*self.state.borrow() {
            State::Ready(_) => "Running",
            State::Starting(_) => "Initializing",
            State::Down(_) | State::GivenUp(_) => "Error",
        }
    }

    /// Resolves when the host gave up. Never, when it was stopped.
    pub(crate) fn given_up(&self) -> impl Future<Output = HandlerError> + Send + use<> {
        let mut state = self.state.clone();
        async move {
            loop {
                if let State::GivenUp(error) = &*state.borrow_and_update() {
                    return error.clone();
                }
                if state.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        }
    }
}
