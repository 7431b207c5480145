//! What the service is told when a handler fails: the policy of a hub.

/// What the service is told when a handler fails.
///
/// A failure is a returned error, a panic, a missed deadline, arguments that do not fit, or outputs that could not be
/// sent. It is logged in any case. What the service does with a failed event is not documented: it
/// may drop the client's connection. That is why [`OnError::Log`] is the default.
///
/// | failed | `Log` | `Status(code)` | `Retry` |
/// |---|---|---|---|
/// | connect | 422 | 422 | 500 |
/// | an event | 200 | the code | 500 |
/// | connected, disconnected | 200 | 200 | 200 |
///
/// Functions without a socket are not concerned: the host repeats them by its own rules.
///
/// ```
/// # use socketio_functions::prelude::*;
/// # async fn chat() {}
/// # let app =
/// App::new().on_error(OnError::Retry).hub(Hub::new("hub").on_error(OnError::Status(400)).on("chat", chat))
/// # ; app.check().unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnError {
    /// Reports success (200). The client's callback is not called.
    #[default]
    Log,
    /// A client error: 400 to 499, but not 408, which asks for a repetition.
    Status(u16),
    /// 500, so that the service sends the same event again. The handler must be idempotent; its
    /// [`EventId`](crate::extract::EventId) tells.
    Retry,
}

impl OnError {
    /// What is wrong with the policy, if anything.
    pub(super) fn problem(self) -> Option<String> {
        match self {
            Self::Status(408) => Some(
                "OnError::Status(408) asks for a repetition; say so with OnError::Retry".to_owned(),
            ),
            Self::Status(code) if !(400..500).contains(&code) => Some(format!(
                "OnError::Status({code}) is not a client error, 400 to 499"
            )),
            _ => None,
        }
    }
}
