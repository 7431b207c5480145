//! What the token of a client is to say.

use std::time::Duration;

use serde_json::{Map, Value};

/// What the token of a client is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The user; `None` for an anonymous client.
    pub user: Option<String>,
    /// How long the token is valid; an hour by default.
    pub lifetime: Option<Duration>,
    /// What the user is, as the claim `role`.
    pub roles: Vec<String>,
    /// Groups of the service that the client is in from the start, as the claim `webpubsub.group`.
    pub groups: Vec<String>,
    /// Claims of the app's own.
    pub claims: Map<String, Value>,
}
