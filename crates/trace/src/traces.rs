//! The last traces, in bounded memory.

use std::collections::{BTreeMap, HashMap};

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

/// Traces that are put together from steps. The least recently changed ones are forgotten first.
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
            && let Some((_, oldest)) = self.by_change.pop_first()
        {
            self.forget(&oldest);
        }
        id
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
        Some(trace)
    }

    /// At most `most` traces that changed from a number on, last changed first, and the number of the next change.
    #[must_use]
    pub fn changed_from(&self, number: u64, most: usize) -> (u64, Vec<&Trace>) {
        let ids = self.by_change.range(number..).rev().take(most);
        let traces = ids.filter_map(|(_, id)| self.by_id.get(id));
        (self.next, traces.collect())
    }
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
        let (next, all) = traces.changed_from(0, 10);
        assert_eq!(all.len(), 2);
        traces.add(step(Some("a")));
        let (_, changed) = traces.changed_from(next, 10);
        let changed: Vec<_> = changed
            .iter()
            .map(|trace| (&*trace.id, trace.steps.len()))
            .collect();
        assert_eq!(changed, [("a", 2)]);
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
            invocation: "i".to_owned(),
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
