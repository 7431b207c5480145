//! The last traces, for those who look now and then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use sio_trace::{Changed, Filter, Step, Traces, What};
use tokio::sync::broadcast::error::RecvError;

use crate::hops::Hops;

/// How many traces one answer has at most; who looks twice a second misses none that a person could read.
const AT_ONCE: usize = 200;

/// What the inspector's page shows besides the emulator's own steps. It goes on as long as its emulator.
#[derive(Debug, Clone)]
pub struct Inspector(pub(crate) Recorder);

/// A link that the page shows.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// What it leads to.
    pub name: String,
    /// Where.
    pub url: String,
    /// Whether a browser can open it; what takes parameters or a body is shown without a link.
    pub opens: bool,
}

impl Inspector {
    /// Adds a step of a trace, such as those of a host. Nothing is kept before the first look, unless
    /// [`Builder::record`](crate::Builder::record) says so.
    pub fn add(&self, step: Step) {
        self.0.add(step);
    }

    /// Shows these links to the function app, in place of any before.
    pub fn show(&self, links: Vec<Link>) {
        *self.0.links.lock().unwrap_or_else(PoisonError::into_inner) = links;
    }
}

/// Remembers traces from the first look at the page, or from the start if the settings say so.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    started: Arc<AtomicBool>,
    kept: Arc<Mutex<Traces>>,
    links: Arc<Mutex<Vec<Link>>>,
}

impl Recorder {
    /// One that keeps so many steps.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            started: Arc::default(),
            kept: Arc::new(Mutex::new(Traces::new(most))),
            links: Arc::default(),
        }
    }

    /// Begins to remember, once, and so many bytes of each body.
    pub(crate) fn start(&self, hops: &Hops, body_limit: usize) {
        if self.started.swap(true, Ordering::AcqRel) {
            return;
        }
        hops.keep_bodies(body_limit);
        let mut hops = hops.subscribe();
        let kept = self.kept.clone();
        // It holds the kept traces only, so it ends with the sender that it listens to.
        tokio::spawn(async move {
            loop {
                match hops.recv().await {
                    Ok(hop) => {
                        lock(&kept).add(Step::from(&hop));
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    /// Adds a step that something else reports, such as a host.
    pub(crate) fn add(&self, step: Step) {
        if self.started.load(Ordering::Acquire) {
            lock(&self.kept).add(step);
        }
    }

    /// The links to the function app.
    pub(crate) fn links(&self) -> Vec<Link> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.clone()
    }

    /// What became of the traces that changed from a number on, as far as they fit all filters.
    pub(crate) fn changed_from(&self, number: u64, filters: &[Filter]) -> Changed {
        lock(&self.kept).changed_from(number, AT_ONCE, filters)
    }

    /// A trace with all its steps; the path of a REST call also in words, with its rooms in clear.
    pub(crate) fn trace(&self, id: &str) -> Option<Value> {
        let kept = lock(&self.kept);
        let trace = kept.get(id)?;
        let steps = trace.steps.iter().map(|step| {
            let mut value = json!(step);
            if let What::Rest { path, .. } = &step.what {
                value["words"] = json!(sio_trace::audience::in_words(path));
            }
            value
        });
        Some(json!({
            "summary": trace.summary(),
            "steps": steps.collect::<Vec<_>>(),
            "leftOut": trace.left_out,
        }))
    }
}

fn lock(kept: &Mutex<Traces>) -> MutexGuard<'_, Traces> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
