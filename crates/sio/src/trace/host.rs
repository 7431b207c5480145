//! What the host reports, as steps of traces or as words of its own.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sio_host::{Call, ClientEvent, Hop, Level as ConsoleLevel};
use sio_trace::{Step, What};

use super::log_line::LogLine;
use super::panics::{Panic, Panics, Read};
use super::recorded::Recorded;
use crate::style::Tone;

/// How many invocations are remembered, to know the traces of their log lines.
const REMEMBERED: usize = 4096;

/// How long a panic waits for the runtime's line about it.
const ALONE: Duration = Duration::from_millis(300);

/// What a hop is.
#[derive(Debug)]
pub(super) enum Seen {
    /// A step of a trace.
    Step(Box<Step>),
    /// Something about the host or the handler itself.
    Words(Tone, String),
    /// An invocation was recorded.
    Recorded(Recorded),
}

/// Reads hops, one after the other.
#[derive(Debug, Default)]
pub(super) struct Reader {
    panics: Panics,
    /// What places in the author's source begin with.
    project: Option<String>,
    /// Since when a panic is held back.
    held: Option<Instant>,
    /// The keys of invocations that are part of a trace.
    traces: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Reader {
    /// One for the handler of a project.
    pub(super) fn of(project: Option<&Path>) -> Self {
        Self {
            project: project.map(|project| format!("{}/", project.display())),
            ..Self::default()
        }
    }

    /// What a hop is; nothing for parts of a panic and for what another hop says too.
    pub(super) fn read(&mut self, hop: &Hop) -> Vec<Seen> {
        let mut seen = Vec::new();
        if !matches!(hop, Hop::Console { .. }) {
            // A panic that stands for itself, such as one in a task of the author's.
            if let Hop::HandlerExited { .. } = hop {
                seen.extend(self.panics.take().map(|panic| words_of_panic(&panic)));
            }
            seen.extend(self.other(hop));
            return seen;
        }
        let Hop::Console { level, text } = hop else {
            return seen;
        };
        if self.panics.read(text) == Read::Held {
            self.held.get_or_insert_with(Instant::now);
            return seen;
        }
        if let Some(line) = LogLine::parse(text) {
            let panic = self.panics.spoken_of(line.message);
            seen.push(Seen::Step(self.logged(&line, panic).into()));
            return seen;
        }
        seen.extend(self.panics.take().map(|panic| words_of_panic(&panic)));
        let tone = match level {
            ConsoleLevel::Error => Tone::Bad,
            ConsoleLevel::Warning => Tone::Note,
            _ => Tone::Plain,
        };
        seen.push(Seen::Words(tone, format!("[handler] {text}")));
        seen
    }

    /// Whether a panic is held back until the runtime has said to which invocation it belongs.
    pub(super) fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// A panic of which the runtime has not said anything for a while, such as one in a task of the author's.
    pub(super) fn lonely_panic(&mut self, at_once: bool) -> Option<Seen> {
        let held = self.held?;
        if !at_once && held.elapsed() < ALONE {
            return None;
        }
        self.held = None;
        self.panics.take().map(|panic| words_of_panic(&panic))
    }

    fn logged(&self, line: &LogLine<'_>, panic: Option<Panic>) -> Step {
        let known = self.traces.get(line.invocation).cloned();
        let key = line.trace.map(str::to_owned).or(known);
        let mut text = match &self.project {
            Some(project) => line.message.replace(project, ""),
            None => line.message.to_owned(),
        };
        if let Some(panic) = panic {
            text.push_str(&format!(" at {}", panic.place));
        }
        let what = What::Log {
            level: line.level.to_owned(),
            text,
        };
        Step {
            invocation: Some(line.invocation.to_owned()),
            ..step(key.or_else(|| Some(line.invocation.to_owned())), what)
        }
    }

    /// A step of an invocation.
    fn step_of(&self, invocation: &str, what: What) -> Step {
        let key = self.traces.get(invocation).map_or(invocation, |key| key);
        Step {
            invocation: Some(invocation.to_owned()),
            ..step(Some(key.to_owned()), what)
        }
    }

    fn remember(&mut self, call: &Call) {
        let key = call
            .trace
            .clone()
            .unwrap_or_else(|| call.invocation.clone());
        if self.traces.insert(call.invocation.clone(), key).is_none() {
            self.order.push_back(call.invocation.clone());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.traces.remove(&oldest);
        }
    }

    fn other(&mut self, hop: &Hop) -> Option<Seen> {
        let words = |tone| Some(Seen::Words(tone, hop.to_string()));
        let (invocation, what) = match hop {
            Hop::Started(call) => {
                self.remember(call);
                let event = call.event.as_ref();
                let what = What::Invoked {
                    function: call.function.clone(),
                    trigger: call.trigger.clone(),
                    event: event.map(|event| event.name.clone()),
                    mode: call.mode.to_string(),
                    method: call.method.clone(),
                    path: call.path.clone(),
                };
                let step = of_event(event, self.step_of(&call.invocation, what));
                return Some(Seen::Step(step.into()));
            }
            Hop::Answered {
                call,
                status,
                error,
                elapsed,
            } => {
                let what = What::Answered {
                    function: call.function.clone(),
                    status: *status,
                    error: error.clone(),
                    took: elapsed.as_secs_f64() * 1000.0,
                };
                (&call.invocation, what)
            }
            Hop::Retrying {
                call, retry, error, ..
            } => {
                let what = What::Retrying {
                    function: call.function.clone(),
                    retry: *retry,
                    problem: error.clone(),
                };
                (&call.invocation, what)
            }
            Hop::Unrouted {
                trace,
                method,
                path,
                status,
            } => {
                let what = What::Unrouted {
                    method: method.clone(),
                    path: path.clone(),
                    status: *status,
                };
                return Some(Seen::Step(step(trace.clone(), what).into()));
            }
            Hop::Unhandled {
                trace,
                event,
                problem,
            } => {
                let what = What::Unhandled {
                    event: event.name.clone(),
                    problem: problem.clone(),
                };
                let step = of_event(Some(event), step(trace.clone(), what));
                return Some(Seen::Step(step.into()));
            }
            Hop::Log {
                invocation, text, ..
            } => {
                if let Some(line) = LogLine::parse(text) {
                    return Some(Seen::Step(self.logged(&line, None).into()));
                }
                let what = What::Log {
                    level: "info".to_owned(),
                    text: text.clone(),
                };
                (invocation, what)
            }
            Hop::Output { invocation, .. } => {
                let text = hop.to_string();
                (invocation, What::Output { text })
            }
            Hop::Sent {
                invocation, action, ..
            } => {
                let action = action.clone();
                (invocation, What::Action { action })
            }
            Hop::HandlerExited { .. } | Hop::Error(_) => return words(Tone::Bad),
            Hop::Warning(_) => return words(Tone::Note),
            Hop::Recorded {
                trace,
                invocation,
                file,
            } => {
                return Some(Seen::Recorded(Recorded {
                    trace: trace.clone()?,
                    invocation: invocation.clone(),
                    file: file.clone(),
                }));
            }
            // Ends the command, which then says why.
            Hop::GaveUp(_) => return None,
            _ => return words(Tone::Quiet),
        };
        Some(Seen::Step(self.step_of(invocation, what).into()))
    }
}

/// A step with what is known of a client's event.
fn of_event(event: Option<&ClientEvent>, step: Step) -> Step {
    let Some(event) = event.cloned() else {
        return step;
    };
    Step {
        hub: event.hub,
        namespace: event.namespace,
        socket: event.socket,
        user: event.user,
        ..step
    }
}

fn words_of_panic(panic: &Panic) -> Seen {
    Seen::Words(
        Tone::Bad,
        format!("[handler] panicked: {} at {}", panic.message, panic.place),
    )
}

fn step(key: Option<String>, what: What) -> Step {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now: Duration = now.unwrap_or_default();
    Step::new(
        u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
        key,
        what,
    )
}
