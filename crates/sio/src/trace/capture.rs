//! One trace, waited for: what a command caused.

use std::time::Duration;

use anyhow::bail;
use sio_emulator::Emulator;
use sio_host::Hop;
use sio_trace::{Step, Summary, Trace, Traces, What};
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::host::{Reader, Seen};

/// How long a trace that has ended waits for log lines, which come by another way.
const SETTLE: Duration = Duration::from_millis(150);

/// Steps that are kept while one trace is waited for.
const MOST: usize = 4096;

/// Listens to a host and an emulator.
pub(crate) struct Capture {
    host: broadcast::Receiver<Hop>,
    service: broadcast::Receiver<sio_emulator::Hop>,
    reader: Reader,
    traces: Traces,
}

impl Capture {
    /// Listens from now on.
    pub(crate) fn of(host: &broadcast::Sender<Hop>, emulator: &Emulator) -> Self {
        Self {
            host: host.subscribe(),
            service: emulator.hops(),
            reader: Reader::default(),
            traces: Traces::new(MOST),
        }
    }

    /// What is known of a trace once nothing more comes.
    pub(crate) async fn settled(&mut self, id: &str) -> Option<Trace> {
        let mut quiet = Instant::now() + SETTLE;
        loop {
            tokio::select! {
                biased;
                () = self.step() => quiet = Instant::now() + SETTLE,
                () = tokio::time::sleep_until(quiet) => return self.traces.take(id),
            }
        }
    }

    /// Takes the next report.
    async fn step(&mut self) {
        tokio::select! {
            hop = self.service.recv() => if let Ok(hop) = hop {
                self.traces.add(Step::from(&hop));
            },
            hop = self.host.recv() => if let Ok(hop) = hop {
                for seen in self.reader.read(&hop) {
                    if let Seen::Step(step) = seen {
                        self.traces.add(*step);
                    }
                }
            },
        }
    }

    /// Waits for the end of a trace, and says what became of it; nothing if nothing belongs to it, as to a request that the
    /// host answers itself. Where the caller has the answer already, the trace need not have one.
    ///
    /// # Errors
    /// It does not end in time.
    pub(crate) async fn end_of(
        &mut self,
        id: &str,
        answered: bool,
        patience: Duration,
    ) -> anyhow::Result<Option<Summary>> {
        let deadline = Instant::now() + patience;
        let mut quiet = Instant::now() + SETTLE;
        loop {
            let ended = match self.traces.get(id) {
                Some(trace) => !trace.is_open() && (answered || has_answer(trace)),
                None => answered,
            };
            let due = if ended { quiet } else { deadline };
            tokio::select! {
                biased;
                () = self.step() => quiet = Instant::now() + SETTLE,
                () = tokio::time::sleep_until(due) => {
                    if !ended {
                        bail!("the invocation did not end within {patience:?}");
                    }
                    return Ok(self.traces.take(id).and_then(|trace| trace.summary()));
                }
            }
        }
    }
}

/// Whether the host has said how a function ended.
fn has_answer(trace: &Trace) -> bool {
    let mut steps = trace.steps.iter();
    steps.any(|step| matches!(step.what, What::Answered { .. }))
}
