//! The task that puts traces together and writes them.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use sio_emulator::{Emulator, Inspector};
use sio_trace::{Step, Traces};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::fold::Fold;
use super::host::{Reader, Seen};
use super::recorded::Recorded;
use super::{Args, line};
use crate::style::{Look, Tone};
use crate::terminal::{self, Form};

/// How many reports of the host may wait before the oldest are left out.
const BACKLOG: usize = 4096;

/// How many steps of traces may wait; the oldest traces are forgotten first.
const OPEN: usize = 65_536;

/// How long a trace that has ended waits for log lines, which come by another way.
const SETTLE: Duration = Duration::from_millis(40);

/// How long a trace may go on before it is shown for the first time.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often open traces are looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long the last lines may take when a command ends.
const LAST_LINES: Duration = Duration::from_millis(300);

/// The traces of emulator and host on their way to stderr.
pub(crate) struct Watch {
    hops: broadcast::Sender<sio_host::Hop>,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<()>,
}

enum Order {
    /// Listen to an emulator, and tell its inspector what others report.
    Service(broadcast::Receiver<sio_emulator::Hop>, Inspector),
    /// Answer when nothing waits to be written; with `all`, also what has not ended.
    Mark {
        all: bool,
        done: oneshot::Sender<()>,
    },
}

impl Watch {
    /// Begins to write what is reported from now on.
    pub(crate) fn start(args: &Args) -> Self {
        let (hops, host) = broadcast::channel(BACKLOG);
        let (orders, ordered) = mpsc::unbounded_channel();
        let task = Task {
            args: args.clone(),
            look: Look::of_stderr(),
            reader: Reader::of(args.project.as_deref()),
            traces: Traces::new(OPEN),
            waiting: HashMap::new(),
            fold: Fold::default(),
            inspector: None,
            recorded: HashMap::new(),
        };
        let task = tokio::spawn(task.run(host, ordered));
        Self { hops, orders, task }
    }

    /// Where a host reports.
    pub(crate) fn host(&self) -> broadcast::Sender<sio_host::Hop> {
        self.hops.clone()
    }

    /// Listens to an emulator.
    pub(crate) fn service(&self, emulator: &Emulator) {
        let order = Order::Service(emulator.hops(), emulator.inspector());
        // Without the task nothing is written.
        let _ = self.orders.send(order);
    }

    /// Waits until what was reported so far is written, so that what is said next stands below it.
    pub(crate) async fn caught_up(&self) {
        self.mark(false).await;
    }

    /// Writes what is left, and ends.
    pub(crate) async fn end(self) {
        let _ = tokio::time::timeout(LAST_LINES, self.mark(true)).await;
        self.task.abort();
    }

    async fn mark(&self, all: bool) {
        let (done, marked) = oneshot::channel();
        if self.orders.send(Order::Mark { all, done }).is_ok() {
            let _ = marked.await;
        }
    }
}

/// A trace that was not written yet, or not to its end.
struct Waiting {
    began: Instant,
    changed: Instant,
    /// Whether it was shown as one that goes on.
    shown: bool,
}

struct Task {
    args: Args,
    look: Look,
    reader: Reader,
    traces: Traces,
    waiting: HashMap<String, Waiting>,
    fold: Fold,
    inspector: Option<Inspector>,
    /// The recordings of traces that go on.
    recorded: HashMap<String, Vec<Recorded>>,
}

impl Task {
    async fn run(
        mut self,
        mut host: broadcast::Receiver<sio_host::Hop>,
        mut orders: mpsc::UnboundedReceiver<Order>,
    ) {
        let mut service: Option<broadcast::Receiver<sio_emulator::Hop>> = None;
        let mut looked = Instant::now();
        loop {
            let of_service = async {
                match &mut service {
                    Some(service) => service.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // What was reported is taken before a mark is answered.
                biased;
                hop = of_service => match hop {
                    Ok(hop) => self.add(Step::from(&hop)),
                    Err(RecvError::Lagged(missed)) => self.missed(missed),
                    Err(RecvError::Closed) => service = None,
                },
                hop = host.recv() => match hop {
                    Ok(hop) => for seen in self.reader.read(&hop) {
                        self.take(seen);
                    },
                    Err(RecvError::Lagged(missed)) => self.missed(missed),
                    Err(RecvError::Closed) => return,
                },
                order = orders.recv() => match order {
                    Some(Order::Service(hops, inspector)) => {
                        service = Some(hops);
                        self.inspector = Some(inspector);
                    }
                    Some(Order::Mark { all, done }) => {
                        self.write_due(all);
                        let _ = done.send(());
                    }
                    None => return,
                },
                () = tokio::time::sleep(TICK), if !self.waiting.is_empty() || self.reader.holds() => {}
            }
            // Not after every report: there may be thousands a second.
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                self.write_due(false);
            }
        }
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Step(step) => {
                if let Some(inspector) = &self.inspector {
                    inspector.add((*step).clone());
                }
                self.add(*step);
            }
            Seen::Words(tone, words) => self.words(tone, &words),
            Seen::Recorded(recorded) => {
                let of_trace = self.recorded.entry(recorded.trace.clone());
                of_trace.or_default().push(recorded);
            }
        }
    }

    fn add(&mut self, step: Step) {
        let now = Instant::now();
        let id = self.traces.add(step);
        let waiting = self.waiting.entry(id).or_insert(Waiting {
            began: now,
            changed: now,
            shown: false,
        });
        waiting.changed = now;
    }

    fn missed(&self, missed: u64) {
        self.words(
            Tone::Note,
            &format!("{missed} steps left out: too many at once"),
        );
    }

    /// Writes the traces that have ended, and those that go on for long. With `all`, whatever waits.
    fn write_due(&mut self, all: bool) {
        let now = Instant::now();
        let mut due: Vec<String> = Vec::new();
        for (id, waiting) in &self.waiting {
            let open = self.traces.get(id).is_some_and(sio_trace::Trace::is_open);
            let ended = !open && now.duration_since(waiting.changed) >= SETTLE;
            let long = open && !waiting.shown && now.duration_since(waiting.began) >= PATIENCE;
            if all || ended || long {
                due.push(id.clone());
            }
        }
        if let Some(Seen::Words(tone, words)) = self.reader.lonely_panic(all) {
            self.words(tone, &words);
        }
        due.sort_by_key(|id| self.traces.get(id).map(|trace| trace.steps[0].at));
        for id in due {
            let open = self.traces.get(&id).is_some_and(sio_trace::Trace::is_open);
            self.write(&id);
            if open && !all {
                if let Some(waiting) = self.waiting.get_mut(&id) {
                    waiting.shown = true;
                }
            } else {
                self.complete(&id);
                self.waiting.remove(&id);
                self.traces.take(&id);
            }
        }
    }

    fn write(&mut self, id: &str) {
        let Some(trace) = self.traces.get(id) else {
            return;
        };
        let Some(summary) = trace.summary() else {
            return;
        };
        if !self.args.filter.iter().all(|filter| filter.fits(&summary)) {
            return;
        }
        let recorded = self.recorded.get(id).map(Vec::as_slice).unwrap_or_default();
        if terminal::form() == Form::Json {
            let mut value = json!({ "trace": summary });
            if self.args.verbose {
                value["steps"] = json!(trace.steps);
            }
            if !recorded.is_empty() {
                value["recorded"] = recorded.iter().map(|one| json!(one.file)).collect();
            }
            return terminal::object(&value);
        }
        if !self.args.verbose && self.fold.takes(&summary) {
            return;
        }
        if let Some(folded) = self.fold.take() {
            let text = format!("              ({folded})");
            terminal::tell(self.look.paint(Tone::Quiet, text));
        }
        let steps = self.args.verbose.then_some(&*trace.steps);
        for line in line::lines(&summary, steps, self.look) {
            terminal::tell(line);
        }
        // Who looks for what went wrong replays it next.
        if self.args.verbose || summary.is_wrong() {
            for one in recorded {
                let text = format!("{}recorded {}", line::INDENT, one.file.display());
                terminal::tell(self.look.paint(Tone::Quiet, text));
            }
        }
    }

    /// Adds what an invocation caused to its recordings.
    fn complete(&mut self, id: &str) {
        let recorded = self.recorded.remove(id).unwrap_or_default();
        let Some(trace) = self.traces.get(id) else {
            return;
        };
        for one in recorded {
            if let Err(error) = one.complete(trace, self.inspector.is_some()) {
                let words = format!("cannot add to {}: {error:#}", one.file.display());
                self.words(Tone::Note, &words);
            }
        }
    }

    /// Writes what the host or the handler says about itself.
    fn words(&self, tone: Tone, words: &str) {
        if self.args.quiet && tone == Tone::Quiet {
            return;
        }
        if terminal::form() == Form::Json {
            return terminal::object(&json!({ "host": words }));
        }
        let words = self.look.foreign(words);
        terminal::under("host", self.look.paint(tone, words));
    }
}
