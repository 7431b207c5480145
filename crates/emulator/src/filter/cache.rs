//! Filters that were parsed before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::FilterError;
use super::expression::Filter;

/// How many filters are kept. A full cache is emptied: what is in use comes back at once.
const CAPACITY: usize = 1024;

/// Parsed filters by their text.
#[derive(Default)]
pub(crate) struct Cache(Mutex<HashMap<String, Arc<Filter>>>);

impl Cache {
    /// The filter of a text, parsed now or earlier.
    pub(crate) fn get(&self, text: &str) -> Result<Arc<Filter>, FilterError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(filter) = known.get(text) {
            return Ok(filter.clone());
        }
        let filter = Arc::new(Filter::parse(text)?);
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(text.to_owned(), filter.clone());
        Ok(filter)
    }
}
