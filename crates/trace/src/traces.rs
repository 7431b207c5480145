//! The last traces, in bounded memory.

use std::collections::{BTreeMap, HashMap};

use crate::step::{Step, What};
use crate::summary::{self, Summary};

/// A trace keeps at most this many steps; the first ones say what it is, so the rest is left out and counted.
const MOST_STEPS: usize = 200;

/// The steps of one trace.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The key that they share.
    pub id: String,
    /// The steps, in the order in which they were reported.
    pub steps: Vec<Step>,
    /// How many more there were.
    pub left_out: usize,
    /// The number of its last change.
    changed: u64,
}

impl Trace {
    /// Whether something that began has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        summary::is_open(&self.steps)
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
    /// How many steps there are in all traces.
    steps: usize,
    /// The number of the next change.
    next: u64,
    by_id: HashMap<String, Trace>,
    /// Ids by the number of their last change.
    by_change: BTreeMap<u64, String>,
    /// Steps without a trace have keys of their own.
    single: u64,
}

impl Traces {
    /// Keeps at most so many steps, of whole traces.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            steps: 0,
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
            changed: change,
        });
        self.by_change.remove(&trace.changed);
        trace.changed = change;
        if trace.steps.len() < MOST_STEPS || closes(&step) {
            trace.steps.push(step);
            self.steps += 1;
        } else {
            trace.left_out += 1;
        }
        self.by_change.insert(change, id.clone());
        while self.steps > self.most
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
}
