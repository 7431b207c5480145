//! Events that nobody registered: one warning for each name.
//!
//! It is the commonest fault of a beginner, so it must be seen; and a client chooses the names, so the memory of them
//! is bounded.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

const MOST: usize = 100;

/// The names that were warned about.
#[derive(Debug, Default)]
pub(super) struct UnknownEvents(Mutex<HashSet<String>>);

impl UnknownEvents {
    /// Warns about an event, the first time that its name comes up.
    pub(super) fn warn(&self, hub: &str, namespace: &str, event: &str) {
        if self.is_new(hub, namespace, event) {
            tracing::warn!(
                "event {event:?} of hub {hub:?}, namespace {namespace:?}, has no handler; register it with `.on({event:?}, …)` or take all others with `.on_any(…)`"
            );
        }
    }

    fn is_new(&self, hub: &str, namespace: &str, event: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Names from clients may be long, and only as many letters as tell them apart are kept.
        let name: String = event.chars().take(64).collect();
        seen.len() < MOST && seen.insert(format!("{hub} {namespace} {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_new_once_and_memory_is_bounded() {
        let unknown = UnknownEvents::default();
        assert!(unknown.is_new("hub", "/", "a"));
        assert!(!unknown.is_new("hub", "/", "a"));
        assert!(unknown.is_new("hub", "/ns", "a"));
        for number in 0..1000 {
            unknown.is_new("hub", "/", &number.to_string());
        }
        assert_eq!(unknown.0.lock().unwrap().len(), MOST);
    }
}
