//! What callers may do.

use std::sync::Arc;

use http::request::Parts;

use super::authority::Authority;
use super::keys::Keys;
use super::presented;

/// The keys that callers need.
#[derive(Debug)]
pub(crate) struct Access(Option<Arc<Keys>>);

impl Access {
    /// Without keys every caller has the authority of the master key, as under Core Tools.
    pub(crate) fn new(keys: Option<Arc<Keys>>) -> Self {
        Self(keys)
    }

    /// Do callers need keys?
    pub(crate) fn is_checked(&self) -> bool {
        self.0.is_some()
    }

    /// What the caller of a function, or of something else, may do.
    pub(crate) fn of(&self, head: &Parts, function: Option<&str>) -> Authority {
        let Some(keys) = &self.0 else {
            return Authority::Admin;
        };
        let key = presented(&head.headers, head.uri.query());
        keys.authority(key.as_deref(), function)
    }
}
