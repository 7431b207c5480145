//! What came of an invocation.

use bytes::Bytes;
use serde_json::Value;

use crate::client::FlushError;
use crate::handler::{Answer, Failure, Grant, Outputs, Rejection, Response};
use crate::io::{Action, Operation, Outbox};

/// What came of an invocation.
#[derive(Debug)]
pub struct Outcome {
    result: Result<Answer, Failure>,
    actions: Vec<Action>,
    handled: bool,
}

impl Outcome {
    pub(super) fn new(result: Result<Answer, Failure>, outbox: Outbox) -> Self {
        let result = result.and_then(|answer| {
            if outbox.errors.is_empty() {
                Ok(answer)
            } else {
                Err(Failure::Outputs(FlushError::Refused(outbox.errors)))
            }
        });
        // What a failed handler had put out is not sent.
        let actions = if result.is_ok() {
            outbox.actions
        } else {
            Vec::new()
        };
        Self {
            result,
            actions,
            handled: true,
        }
    }

    pub(super) fn failed(failure: Failure) -> Self {
        Self::new(Err(failure), Outbox::default())
    }

    pub(super) fn nothing() -> Self {
        Self::new(Ok(Answer::Nothing), Outbox::default())
    }

    pub(super) fn unhandled() -> Self {
        Self {
            handled: false,
            ..Self::nothing()
        }
    }

    pub(super) fn answered(self, answer: Answer) -> Self {
        Self {
            result: Ok(answer),
            ..self
        }
    }

    /// The same with the rejection of a request's argument as the response that its sender gets.
    pub(super) fn with_rejection_as_response(self) -> Self {
        match &self.result {
            Err(Failure::Rejected(Rejection::Request { status, problem })) => {
                let response = Response::text(problem.clone()).with_status(*status);
                self.answered(Answer::Http(response))
            }
            _ => self,
        }
    }

    /// Whether anything is registered for it.
    #[must_use]
    pub fn is_handled(&self) -> bool {
        self.handled
    }

    /// Whether it succeeded. A rejection of a client is a success: the handler decided.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.result.is_ok()
    }

    /// Why it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.result.as_ref().err()
    }

    /// What the client's callback gets, as a list; `None` if the handler acknowledged nothing.
    #[must_use]
    pub fn ack(&self) -> Option<Value> {
        match &self.result {
            Ok(Answer::Ack { list, .. }) => serde_json::from_str(list).ok(),
            _ => None,
        }
    }

    /// The bytes that placeholders in the acknowledgement stand for.
    #[must_use]
    pub fn ack_attachments(&self) -> &[Bytes] {
        match &self.result {
            Ok(Answer::Ack { attachments, .. }) => attachments,
            _ => &[],
        }
    }

    /// Status and message of a client's rejection.
    #[must_use]
    pub fn rejection(&self) -> Option<(u16, &str)> {
        match &self.result {
            Ok(Answer::Reject {
                status, message, ..
            }) => Some((status.as_u16(), message)),
            _ => None,
        }
    }

    /// The data of a client's rejection, if it has any.
    #[must_use]
    pub fn rejection_data(&self) -> Option<&Value> {
        match &self.result {
            Ok(Answer::Reject { data, .. }) => data.as_ref(),
            _ => None,
        }
    }

    /// The response of an HTTP function, or the refusal of a negotiation.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match &self.result {
            Ok(Answer::Http(response)) => Some(response),
            _ => None,
        }
    }

    /// The user for whom a negotiation gives a token: `None` if it gives none, `Some(None)` for an anonymous one.
    #[must_use]
    pub fn user(&self) -> Option<Option<&str>> {
        match &self.result {
            Ok(Answer::Token(grant)) => Some(grant.user.as_deref()),
            _ => None,
        }
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

    /// What would be sent, in order; nothing after a failure.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// What would be sent, in order, one line each: what, and to whom.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        self.actions.iter().map(ToString::to_string).collect()
    }

    /// The arguments of each event of this name that would be sent, as lists.
    #[must_use]
    pub fn emitted(&self, event: &str) -> Vec<Value> {
        let arguments = |action: &Action| match &action.operation {
            Operation::Emit {
                event: name,
                arguments,
                ..
            } if name.as_str() == event => serde_json::from_str(arguments).ok(),
            _ => None,
        };
        self.actions.iter().filter_map(arguments).collect()
    }
}
