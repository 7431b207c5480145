//! What a client needs to connect.

use serde::Deserialize;

/// An address and a token, as negotiation answers them.
#[derive(Clone, Deserialize)]
pub(crate) struct Negotiation {
    /// The service, such as `https://NAME.webpubsub.azure.com`.
    pub(crate) endpoint: String,
    /// The path of the hub's clients, which the library calls `path`.
    pub(crate) path: String,
    /// What the service lets the client in by.
    pub(crate) token: String,
}

/// Without the token.
impl std::fmt::Debug for Negotiation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Negotiation")
            .field("endpoint", &self.endpoint)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
