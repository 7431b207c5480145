//! The task that owns the handler: it starts it, waits for it, starts it again, and holds invocations back meanwhile.
//!
//! One state machine, kept in one file though it is long: every step changes the same few fields, and their order is the
//! point.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::command_line::Launch;
use super::error::HandlerError;
use super::gate::{Command, Gate, State, Worker};
use super::restarts::{Restarts, Verdict};
use super::running::Running;
use super::{executable, readiness};
use crate::app::{HandlerConfig, Variables};
use crate::hop::{Hop, Hops};
use crate::recording::Recorder;

/// The exit code with which a handler asks to be started anew.
const RESTART_WANTED: i32 = 200;
/// How long a planned restart waits for open invocations before it stops the handler: as long as an event may take.
pub(crate) const DRAIN: Duration = Duration::from_secs(25);
/// When it says that it waits.
const NOTICE: Duration = Duration::from_secs(1);

/// What answers invocations.
#[derive(Debug)]
pub(crate) enum Target {
    /// A process of ours.
    Process(Box<Plan>),
    /// One that was started elsewhere, for instance under a debugger.
    Attached { port: u16, patience: Duration },
}

/// How to start the handler.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) config: HandlerConfig,
    pub(crate) root: PathBuf,
    pub(crate) variables: Variables,
    pub(crate) port: u16,
}

/// The supervising task, before it runs.
pub(crate) struct Supervisor {
    target: Target,
    recorder: Option<Arc<Recorder>>,
    hops: Hops,
    state: watch::Sender<State>,
    commands: mpsc::UnboundedReceiver<Command>,
    open: watch::Receiver<usize>,
    stop: CancellationToken,
    restarts: Restarts,
    incarnation: u64,
    /// The caller that asked for the present start.
    planned: Option<oneshot::Sender<Result<(), HandlerError>>>,
}

/// What ended a start or a run.
enum Event {
    Ready,
    Exited(i32),
    Late,
    Command(Command),
    Stop,
}

/// The next order. One about an earlier incarnation does not count.
async fn order(commands: &mut mpsc::UnboundedReceiver<Command>, present: u64) -> Command {
    loop {
        match commands.recv().await {
            Some(Command::TimedOut { incarnation, .. }) if incarnation != present => {}
            Some(command) => return command,
            // Every gate is gone; only the stop sign can come now.
            None => std::future::pending().await,
        }
    }
}

/// What to do next.
enum Next {
    Start,
    Wait,
    End,
}

impl Supervisor {
    /// A supervisor and the gate to its handler. It ends, with the handler, when `stop` is cancelled.
    pub(crate) fn new(
        target: Target,
        recorder: Option<Arc<Recorder>>,
        hops: Hops,
        stop: CancellationToken,
    ) -> (Self, Gate) {
        let patience = match &target {
            Target::Process(plan) => plan.config.initialization_timeout,
            Target::Attached { patience, .. } => *patience,
        };
        let (state, states) = watch::channel(State::Starting("Initializing"));
        let (sender, commands) = mpsc::unbounded_channel();
        let (opening, open) = watch::channel(0);
        let gate = Gate {
            state: states,
            commands: sender,
            open: opening,
            // Three restarts and the first start may each take that long.
            patience: patience * 4,
        };
        let supervisor = Self {
            target,
            recorder,
            hops,
            state,
            commands,
            open,
            stop,
            restarts: Restarts::default(),
            incarnation: 0,
            planned: None,
        };
        (supervisor, gate)
    }

    /// Reports how the first start went to a caller that does not want it to end the host.
    pub(crate) fn plan(&mut self, reply: oneshot::Sender<Result<(), HandlerError>>) {
        self.planned = Some(reply);
    }

    /// Runs until it is stopped.
    pub(crate) async fn run(mut self) {
        let mut next = Next::Start;
        loop {
            next = match next {
                Next::Start => self.start().await,
                Next::Wait => self.wait().await,
                Next::End => break,
            };
        }
        if let Some(reply) = self.planned.take() {
            let _ = reply.send(Err(HandlerError::Stopped));
        }
    }

    /// Does a caller wait for this start that can be told at once what is wrong?
    fn watched(&self) -> bool {
        self.incarnation == 1 || self.planned.is_some()
    }

    async fn start(&mut self) -> Next {
        self.incarnation += 1;
        let doing = if self.incarnation == 1 {
            "Initializing"
        } else {
            "WorkerProcessRestarting"
        };
        self.state.send_replace(State::Starting(doing));
        let began = Instant::now();
        let client = Client::new(self.recorder.clone());
        let (mut running, port, patience) = match self.spawn().await {
            Ok(found) => found,
            Err(error) => return self.fail(error),
        };
        let event = self
            .until_ready(running.as_mut(), &client, port, patience)
            .await;
        let last = running
            .as_ref()
            .map(|running| running.last.joined())
            .unwrap_or_default();
        match event {
            Event::Ready => {}
            Event::Late => {
                self.end(running, "it is not ready in time").await;
                let error = HandlerError::NotReady {
                    port,
                    seconds: patience.as_secs(),
                    last,
                };
                if self.watched() || matches!(self.target, Target::Attached { .. }) {
                    return self.fail(error);
                }
                return self.count(error.to_string());
            }
            Event::Exited(code) => {
                drop(running);
                let error = HandlerError::Exited {
                    code,
                    port,
                    last: last.clone(),
                };
                // A first start that crashes gets its two retries, as in the host; a new binary is reported at once.
                if self.planned.is_some() || code == 0 {
                    return self.fail(error);
                }
                return self.exited(code, &last);
            }
            Event::Command(command) => return self.obey(command, running).await,
            Event::Stop => {
                self.end(running, "the host stops").await;
                return Next::End;
            }
        }
        self.hops.send(Hop::HandlerReady {
            process: running.as_ref().and_then(Running::id),
            port,
            elapsed: began.elapsed(),
        });
        self.state.send_replace(State::Ready(Arc::new(Worker {
            port,
            client,
            incarnation: self.incarnation,
        })));
        if let Some(reply) = self.planned.take() {
            let _ = reply.send(Ok(()));
        }
        self.watch(running).await
    }

    /// Starts the process; `None` if the handler was started elsewhere.
    async fn spawn(&mut self) -> Result<(Option<Running>, u16, Duration), HandlerError> {
        let plan = match &self.target {
            Target::Attached { port, patience } => return Ok((None, *port, *patience)),
            Target::Process(plan) => plan,
        };
        let id = uuid::Uuid::new_v4().to_string();
        let launch = Launch::new(&plan.config, &plan.root, &plan.variables, plan.port, &id);
        self.hops.send(Hop::HandlerStarting {
            program: launch.program.display().to_string(),
            port: plan.port,
        });
        executable::check(&launch)?;
        let running = Running::start(&launch, plan.config.stderr_is_error, &self.hops).await?;
        Ok((Some(running), plan.port, plan.config.initialization_timeout))
    }

    async fn until_ready(
        &mut self,
        running: Option<&mut Running>,
        client: &Client,
        port: u16,
        patience: Duration,
    ) -> Event {
        let exited = async {
            match running {
                None => std::future::pending().await,
                Some(running) => running.exited().await,
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => Event::Stop,
            code = exited => Event::Exited(code),
            command = order(&mut self.commands, self.incarnation) => Event::Command(command),
            answered = timeout(patience, readiness::answered(client, port)) => match answered {
                Ok(()) => Event::Ready,
                Err(_) => Event::Late,
            },
        }
    }

    /// Watches a handler that answers.
    async fn watch(&mut self, mut running: Option<Running>) -> Next {
        let event = {
            let exited = async {
                match &mut running {
                    None => std::future::pending().await,
                    Some(running) => running.exited().await,
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => Event::Stop,
                code = exited => Event::Exited(code),
                command = order(&mut self.commands, self.incarnation) => Event::Command(command),
            }
        };
        match event {
            Event::Exited(code) => {
                let last = running
                    .map(|running| running.last.joined())
                    .unwrap_or_default();
                self.exited(code, &last)
            }
            Event::Command(command) => self.obey(command, running).await,
            Event::Stop => {
                self.end(running, "the host stops").await;
                Next::End
            }
            Event::Ready | Event::Late => Next::Wait,
        }
    }

    /// The exit rules.
    fn exited(&mut self, code: i32, last: &str) -> Next {
        let consequence = match code {
            0 => "the host does not restart it; every invocation fails until the host is started anew".to_owned(),
            RESTART_WANTED => "it asked to be restarted".to_owned(),
            _ => format!("failure {} of 3 within 30 minutes", self.restarts.count() + 1),
        };
        self.hops.send(Hop::HandlerExited { code, consequence });
        match code {
            0 => Next::Wait,
            RESTART_WANTED => Next::Start,
            _ => {
                let said = if last.is_empty() {
                    String::new()
                } else {
                    format!(": {last}")
                };
                self.count(format!("it exited with code {code} (0x{code:X}){said}"))
            }
        }
    }

    /// Counts a failure, and gives up at the third.
    fn count(&mut self, what: String) -> Next {
        match self.restarts.failed(Instant::now()) {
            Verdict::Restart => Next::Start,
            Verdict::GiveUp(times) => self.give_up(HandlerError::GaveUp { times, last: what }),
        }
    }

    /// A start failed that a caller waits for.
    fn fail(&mut self, error: HandlerError) -> Next {
        match self.planned.take() {
            Some(reply) => {
                self.hops.send(Hop::Error(error.to_string()));
                self.state.send_replace(State::Down(error.clone()));
                let _ = reply.send(Err(error));
                Next::Wait
            }
            None => self.give_up(error),
        }
    }

    fn give_up(&mut self, error: HandlerError) -> Next {
        self.hops.send(Hop::GaveUp(error.to_string()));
        self.state.send_replace(State::GivenUp(error));
        Next::Wait
    }

    /// There is no process: waits for an order.
    async fn wait(&mut self) -> Next {
        tokio::select! {
            () = self.stop.cancelled() => Next::End,
            command = order(&mut self.commands, self.incarnation) => self.obey(command, None).await,
        }
    }

    async fn obey(&mut self, command: Command, running: Option<Running>) -> Next {
        match command {
            Command::Restart(reply) => {
                self.state
                    .send_replace(State::Starting("WorkerProcessRestarting"));
                tokio::select! {
                    () = self.drained() => {}
                    () = self.stop.cancelled() => {}
                }
                self.end(running, "it is replaced").await;
                self.restarts.forget();
                if let Some(earlier) = self.planned.replace(reply) {
                    let _ = earlier.send(Err(HandlerError::Stopped));
                }
                Next::Start
            }
            Command::TimedOut { invocation, .. } => {
                self.state
                    .send_replace(State::Starting("WorkerProcessRestarting"));
                self.hops.send(Hop::Error(format!(
                    "A function timeout has occurred. Restarting worker process executing invocationId '{invocation}'."
                )));
                if let Some(running) = running {
                    running.end(true).await;
                }
                Next::Start
            }
            Command::GiveUp(error) => {
                self.end(running, "the host gives up").await;
                self.give_up(error)
            }
        }
    }

    /// Waits for the invocations that run, but not for ever. New ones wait meanwhile.
    async fn drained(&self) {
        let mut open = self.open.clone();
        if timeout(NOTICE, open.wait_for(|open| *open == 0))
            .await
            .is_ok()
        {
            return;
        }
        let running = *open.borrow();
        self.hops.send(Hop::Warning(format!(
            "the new handler waits at most {} s for {running} running {} to end",
            DRAIN.as_secs(),
            if running == 1 {
                "invocation"
            } else {
                "invocations"
            }
        )));
        let _ = timeout(DRAIN - NOTICE, open.wait_for(|open| *open == 0)).await;
    }

    async fn end(&self, running: Option<Running>, reason: &str) {
        if let Some(running) = running {
            self.hops.send(Hop::HandlerStopping {
                reason: reason.to_owned(),
            });
            running.end(false).await;
        }
    }
}
