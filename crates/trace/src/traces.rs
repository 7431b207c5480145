//! The last traces, in bounded memory.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::filter::Filter;
use crate::gathered;
use crate::step::{Step, What};
use crate::summary::Summary;

/// A trace keeps at most this many steps; the first ones say what it is, so the rest is left out and counted.
const MOST_STEPS: usize = 200;

/// A trace keeps about as many bytes of steps; the rest is left out and counted.
const MOST_TRACE_BYTES: usize = 4 * 1024 * 1024;

/// All traces together keep about as many bytes: callers choose most texts of a step, so the number of steps does not
/// bound them.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The part of the memory that is kept for what went wrong, which would be gone under load before a reader sees it.
const WRONG: usize = 4;

/// The steps of one trace.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The key that they share.
    pub id: String,
    /// The steps, in the order in which they were reported.
    pub steps: Vec<Step>,
    /// How many more there were.
    pub left_out: usize,
    /// Bytes of the steps.
    bytes: usize,
    /// The number of its last change.
    changed: u64,
}

impl Trace {
    /// Whether something that began has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        gathered::is_open(&self.steps)
    }

    /// What became of it; `None` without any step.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        Summary::of(&self.id, &self.steps)
    }
}

/// Traces that are put together from steps. The least recently changed ones are forgotten first, and those in which
/// something went wrong later than others.
#[derive(Debug)]
pub struct Traces {
    most: usize,
    most_bytes: usize,
    /// How many steps there are in all traces, and how many bytes they take.
    steps: usize,
    bytes: usize,
    /// The number of the next change.
    next: u64,
    by_id: HashMap<String, Trace>,
    /// Ids by the number of their last change.
    by_change: BTreeMap<u64, String>,
    /// Those of traces that are only kept because something went wrong, and how many steps and bytes they have.
    spared: BTreeMap<u64, String>,
    spared_steps: usize,
    spared_bytes: usize,
    /// Steps without a trace have keys of their own.
    single: u64,
}

impl Traces {
    /// Keeps at most so many steps, of whole traces, and about 64 MiB of them.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self::within(most, MOST_BYTES)
    }

    fn within(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            steps: 0,
            bytes: 0,
            next: 1,
            by_id: HashMap::new(),
            by_change: BTreeMap::new(),
            spared: BTreeMap::new(),
            spared_steps: 0,
            spared_bytes: 0,
            single: 0,
        }
    }

    /// Adds a step to its trace; a step without a key is a trace of its own. Returns the trace's id.
    pub fn add(&mut self, step: Step) -> String {
        let id = step.trace.clone().unwrap_or_else(|| {
            self.single += 1;
            format!("step-{}", self.single)
        });
        let change = self.next;
        self.next += 1;
        let trace = self.by_id.entry(id.clone()).or_insert_with(|| Trace {
            id: id.clone(),
            steps: Vec::new(),
            left_out: 0,
            bytes: 0,
            changed: change,
        });
        self.by_change.remove(&trace.changed);
        if self.spared.remove(&trace.changed).is_some() {
            self.spared_steps -= trace.steps.len();
            self.spared_bytes -= trace.bytes;
        }
        trace.changed = change;
        let is_full = trace.steps.len() >= MOST_STEPS || trace.bytes >= MOST_TRACE_BYTES;
        // Each of the steps that were kept may begin something that ends.
        let ends = || closes(&step) && trace.steps.len() < 2 * MOST_STEPS && trace.is_open();
        if !is_full || ends() {
            let size = step.size();
            trace.steps.push(step);
            trace.bytes += size;
            self.steps += 1;
            self.bytes += size;
        } else {
            trace.left_out += 1;
        }
        self.by_change.insert(change, id.clone());
        while (self.steps > self.most || self.bytes > self.most_bytes)
            && self.by_change.len() > 1
            && let Some((change, oldest)) = self.by_change.pop_first()
        {
            self.spare_or_forget(change, oldest);
        }
        id
    }

    /// Lets the oldest trace go, unless something went wrong in it: then the oldest of those goes that were kept before.
    fn spare_or_forget(&mut self, change: u64, id: String) {
        let Some(trace) = self.by_id.get(&id) else {
            return;
        };
        if !trace.summary().is_some_and(|summary| summary.is_wrong()) {
            self.forget(&id);
            return;
        }
        self.spared_steps += trace.steps.len();
        self.spared_bytes += trace.bytes;
        self.spared.insert(change, id);
        while (self.spared_steps > self.most / WRONG || self.spared_bytes > self.most_bytes / WRONG)
            && let Some((_, oldest)) = self.spared.pop_first()
            && let Some(trace) = self.forget(&oldest)
        {
            self.spared_steps -= trace.steps.len();
            self.spared_bytes -= trace.bytes;
        }
    }

    fn forget(&mut self, id: &str) -> Option<Trace> {
        let trace = self.by_id.remove(id)?;
        self.steps -= trace.steps.len();
        self.bytes -= trace.bytes;
        Some(trace)
    }

    /// A trace.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Trace> {
        self.by_id.get(id)
    }

    /// Forgets a trace and returns it.
    pub fn take(&mut self, id: &str) -> Option<Trace> {
        let trace = self.forget(id)?;
        self.by_change.remove(&trace.changed);
        if self.spared.remove(&trace.changed).is_some() {
            self.spared_steps -= trace.steps.len();
            self.spared_bytes -= trace.bytes;
        }
        Some(trace)
    }

    /// What became of the traces that changed from a number on, last changed first: those that fit all filters, at most
    /// so many.
    #[must_use]
    pub fn changed_from(&self, number: u64, most: usize, filters: &[Filter]) -> Changed {
        let mut changed = Changed {
            next: self.next,
            traces: Vec::new(),
            others: Vec::new(),
        };
        let newest = self.by_change.range(number..).rev();
        for (_, id) in newest.chain(self.spared.range(number..).rev()) {
            let Some(summary) = self.by_id.get(id).and_then(Trace::summary) else {
                continue;
            };
            if !filters.iter().all(|filter| filter.fits(&summary)) {
                changed.others.push(summary.id);
            } else if changed.traces.len() < most {
                changed.traces.push(summary);
            } else if filters.is_empty() {
                break;
            }
        }
        changed
    }
}

/// What changed since the last look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// The number of the next change.
    pub next: u64,
    /// The traces that fit.
    pub traces: Vec<Summary>,
    /// The ids of those that do not fit, or no longer.
    pub others: Vec<String>,
}

/// Whether a step ends something, so that leaving it out would keep a trace open for ever.
fn closes(step: &Step) -> bool {
    matches!(step.what, What::Webhook { .. } | What::Answered { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(trace: Option<&str>) -> Step {
        Step::new(0, trace.map(str::to_owned), What::Connected)
    }

    #[test]
    fn steps_of_one_key_are_one_trace_and_changes_are_numbered() {
        let mut traces = Traces::new(10);
        traces.add(step(Some("a")));
        traces.add(step(Some("b")));
        let all = traces.changed_from(0, 10, &[]);
        assert_eq!(all.traces.len(), 2);
        traces.add(step(Some("a")));
        let changed = traces.changed_from(all.next, 10, &[]).traces;
        let changed: Vec<_> = changed.iter().map(|trace| &*trace.id).collect();
        assert_eq!(changed, ["a"]);
        assert_eq!(traces.take("a").map(|trace| trace.steps.len()), Some(2));
        assert!(traces.get("a").is_none());
    }

    #[test]
    fn the_oldest_are_forgotten_and_a_trace_has_an_end() {
        let mut traces = Traces::new(3);
        for _ in 0..100 {
            traces.add(step(None));
        }
        assert_eq!((traces.by_id.len(), traces.by_change.len()), (3, 3));
        for _ in 0..1000 {
            traces.add(step(Some("long")));
        }
        let long = traces.get("long").unwrap();
        assert_eq!(
            (long.steps.len(), long.left_out),
            (MOST_STEPS, 1000 - MOST_STEPS)
        );
    }

    fn failed(id: &str) -> Step {
        let what = What::Webhook {
            event: "say".to_owned(),
            status: Some(500),
            error: None,
            bytes: 0,
            tries: 1,
            took: 1.0,
        };
        Step::new(0, Some(id.to_owned()), what)
    }

    #[test]
    fn what_went_wrong_outlives_what_went_well_in_a_part_of_the_memory() {
        let mut traces = Traces::new(40);
        traces.add(failed("wrong"));
        for _ in 0..1000 {
            traces.add(step(None));
        }
        assert!(traces.get("wrong").is_some());
        let wrong = ["outcome=wrong".parse().unwrap()];
        let found = traces.changed_from(0, 10, &wrong);
        assert_eq!(found.traces.len(), 1);
        assert_eq!(found.others.len(), traces.by_id.len() - 1);
        for number in 0..1000 {
            traces.add(failed(&number.to_string()));
        }
        for _ in 0..1000 {
            traces.add(step(None));
        }
        assert_eq!(traces.by_id.len(), 40);
        assert_eq!((traces.spared.len(), traces.spared_steps), (10, 10));
        // A late step makes it one of the newest again.
        let oldest = traces.spared.values().next().cloned().unwrap();
        traces.add(failed(&oldest));
        assert_eq!((traces.spared.len(), traces.spared_steps), (9, 9));
        for id in traces.by_id.keys().cloned().collect::<Vec<_>>() {
            traces.take(&id);
        }
        let left = (
            traces.steps,
            traces.bytes,
            traces.spared_steps,
            traces.spared_bytes,
        );
        assert_eq!(left, (0, 0, 0, 0));
    }

    #[test]
    fn large_steps_are_forgotten_by_their_bytes() {
        let most_bytes = 1_000_000;
        let mut traces = Traces::within(20_000, most_bytes);
        let large = "x".repeat(60_000);
        for _ in 0..1000 {
            let mut step = step(None);
            step.namespace = Some(large.clone());
            step.what = What::Refused {
                status: 401,
                reason: large.clone(),
            };
            traces.add(step);
        }
        let kept: usize = traces.by_id.values().map(|trace| trace.bytes).sum();
        assert_eq!(kept, traces.bytes);
        assert!((most_bytes / 2..=most_bytes).contains(&kept), "{kept}");
        for id in traces.by_id.keys().cloned().collect::<Vec<_>>() {
            traces.take(&id);
        }
        assert_eq!((traces.steps, traces.bytes), (0, 0));
    }

    /// A caller may name the same trace as often as it likes.
    #[test]
    fn a_trace_has_an_end_in_steps_and_bytes_also_when_all_of_them_end_something() {
        let mut traces = Traces::new(20_000);
        let answered = |error: usize| What::Answered {
            function: "f".to_owned(),
            status: 500,
            error: Some("x".repeat(error)),
            took: 1.0,
        };
        let invoked = || What::Invoked {
            function: "f".to_owned(),
            trigger: "httpTrigger".to_owned(),
            event: None,
            mode: "envelope".to_owned(),
            method: "POST".to_owned(),
            path: "/api/f".to_owned(),
        };
        for _ in 0..5000 {
            traces.add(Step::new(0, Some("same".to_owned()), invoked()));
            traces.add(Step::new(0, Some("same".to_owned()), answered(10)));
        }
        let same = traces.get("same").unwrap();
        assert!(same.steps.len() <= 2 * MOST_STEPS, "{}", same.steps.len());
        assert!(!same.is_open());
        assert_eq!(same.steps.len() + same.left_out, 10_000);
        for _ in 0..100 {
            traces.add(Step::new(0, Some("large".to_owned()), answered(1_000_000)));
        }
        let large = traces.get("large").unwrap();
        assert!(large.bytes < 2 * MOST_TRACE_BYTES, "{}", large.bytes);
    }
}
