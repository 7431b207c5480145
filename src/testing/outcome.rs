//! What a test can see of an outcome.

use serde_json::Value;

use crate::arguments::Bytes;
use crate::handler::{Answer, Failure, Grant, InvocationKind, Outcome, Outputs};
use crate::io::Operation;

/// What a test can see besides.
impl Outcome {
    /// Nothing is registered for it. A client joins and leaves nevertheless.
    pub(super) fn unhandled(kind: InvocationKind) -> Self {
        use InvocationKind::{Connect, Connected, Disconnected};
        let result = match kind {
            Connect | Connected | Disconnected => Ok(Answer::Nothing),
            _ => Err(Failure::Invalid("the app has no handler for it".to_owned())),
        };
        Self {
            handled: false,
            ..Self::new(kind, result, Default::default())
        }
    }

    /// Whether anything is registered for it.
    #[must_use]
    pub fn is_handled(&self) -> bool {
        self.handled
    }

    /// What the client gets, where a refusal is an answer too.
    fn answer(&self) -> Option<&Answer> {
        self.result.as_ref().ok().or(self.refused.as_ref())
    }

    /// What the client's callback gets, as the list of its arguments; `None` if there is no acknowledgement. Bytes are
    /// placeholders in it.
    #[must_use]
    pub fn ack(&self) -> Option<Value> {
        match self.answer()? {
            Answer::Ack { list, .. } => serde_json::from_str(list).ok(),
            _ => None,
        }
    }

    /// The bytes that placeholders in the acknowledgement stand for.
    #[must_use]
    pub fn ack_attachments(&self) -> Vec<Bytes> {
        match self.answer() {
            Some(Answer::Ack { attachments, .. }) => {
                attachments.iter().cloned().map(Bytes::from).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Status and message of the refusal of a client that asked to join.
    #[must_use]
    pub fn rejection(&self) -> Option<(u16, &str)> {
        match self.answer()? {
            Answer::Reject {
                status, message, ..
            } => Some((status.as_u16(), message)),
            _ => None,
        }
    }

    /// The data of such a refusal, if it has any.
    #[must_use]
    pub fn rejection_data(&self) -> Option<&Value> {
        match self.answer()? {
            Answer::Reject { data, .. } => data.as_ref(),
            _ => None,
        }
    }

    /// The user of the token that a negotiation gives: `None` if it gives none, `Some(None)` for an anonymous one.
    #[must_use]
    pub fn user(&self) -> Option<Option<&str>> {
        self.grant().map(|grant| grant.user.as_deref())
    }

    /// What the token says that a negotiation gives.
    #[must_use]
    pub fn grant(&self) -> Option<&Grant> {
        match &self.result {
            Ok(Answer::Token(grant)) => Some(grant),
            _ => None,
        }
    }

    /// The values for output bindings that a function with bindings of its own returned.
    #[must_use]
    pub fn outputs(&self) -> Option<&Outputs> {
        match &self.result {
            Ok(Answer::Outputs(outputs)) => Some(outputs),
            _ => None,
        }
    }

    /// What would be sent, in order, one line each: what is sent, and to which receivers. Nothing is sent after a
    /// failure.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        self.outbox
            .actions
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// The arguments of each event of this name that would be sent, as lists.
    #[must_use]
    pub fn emitted(&self, event: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for action in &self.outbox.actions {
            if let Operation::Emit {
                event: name,
                arguments,
                ..
            } = &action.operation
                && name.as_str() == event
            {
                found.extend(serde_json::from_str(arguments).ok());
            }
        }
        found
    }
}
