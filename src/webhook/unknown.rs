//! Unregistered events that clients send: one warning for each of the first hundred names. While an app is developed,
//! its trace should show each such event, so the same name is warned about again, a few times a minute.
//!
//! An event without a handler is the commonest fault of a beginner, so it must be seen; and a client chooses the names, so
//! the memory of them is bounded.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::telemetry::{Abridged, abridge};

/// How many names are warned about.
const MOST: usize = 100;

/// How many characters of a name count: clients may send long ones.
const LONGEST: usize = 64;

/// The names that were warned about.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    names: Mutex<HashSet<String>>,
    /// Those that come again, where they are warned about again.
    again: Option<Abridged>,
}

impl Unknown {
    /// Warns about each name once, or again and again on a developer's machine.
    pub(super) fn new(is_development: bool) -> Self {
        Self {
            again: is_development.then(Abridged::default),
            ..Self::default()
        }
    }

    /// Warns about an event, the first time that its name comes up.
    pub(super) fn event(&self, hub: &str, namespace: &str, event: &str) {
        self.warn(&[hub, namespace, event], || {
            format!(
                "event {event:?} of hub {hub:?}, namespace {namespace:?}, has no handler; register it with `.on({event:?}, …)` or take all others with `.on_any(…)`"
            )
        });
    }

    /// Warns about a namespace that a client wants to join, the first time that its name comes up.
    pub(super) fn namespace(&self, hub: &str, namespace: &str) {
        self.warn(&[hub, namespace], || {
            format!(
                "a client asked for namespace {namespace:?} of hub {hub:?}, where nothing is registered"
            )
        });
    }

    fn warn(&self, name: &[&str], text: impl FnOnce() -> String) {
        let Some(left) = self.noted(name) else {
            if let Some(again) = &self.again {
                abridge!(warn, again, "{}", text());
            }
            return;
        };
        tracing::warn!("{}", text());
        if left == 0 {
            tracing::warn!("that was the {MOST}th unknown name; no more are warned about");
        }
    }

    /// Notes a name; of a new one, how many more will be noted after it.
    fn noted(&self, name: &[&str]) -> Option<usize> {
        let parts = name.iter().map(|part| part.chars().take(LONGEST));
        let name: Vec<String> = parts.map(Iterator::collect).collect();
        let mut seen = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let new = seen.len() < MOST && seen.insert(name.join(" "));
        new.then(|| MOST - seen.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_new_once_and_memory_is_bounded() {
        let unknown = Unknown::default();
        assert_eq!(unknown.noted(&["hub", "/", "a"]), Some(MOST - 1));
        assert_eq!(unknown.noted(&["hub", "/", "a"]), None);
        assert_eq!(unknown.noted(&["hub", "/ns", "a"]), Some(MOST - 2));
        let more = (0..1000).filter_map(|n: u16| unknown.noted(&["hub", "/", &n.to_string()]));
        assert_eq!(more.last(), Some(0));
        assert_eq!(unknown.names.lock().unwrap().len(), MOST);
    }
}
