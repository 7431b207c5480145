//! What was reported already.

use std::sync::{Mutex, PoisonError};

/// Kinds of problems that were reported, so that each is reported once, however many requests have it.
#[derive(Debug)]
pub struct Reported<T>(Mutex<Vec<T>>);

impl<T> Default for Reported<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: PartialEq> Reported<T> {
    /// Whether this is the first report of a kind. Kinds are kept, so there must be few.
    pub fn is_first(&self, kind: T) -> bool {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !reported.contains(&kind);
        if first {
            reported.push(kind);
        }
        first
    }
}
