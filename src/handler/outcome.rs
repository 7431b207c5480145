//! What came of an invocation.

use super::{Answer, Failure, InvocationKind, Response};
#[cfg(any(test, feature = "testing"))]
use crate::client::FlushError;
use crate::io::Outbox;
use crate::telemetry::{Abridged, abridge};

/// What came of an invocation: what the handler answered and emitted, or why it has not succeeded.
///
/// A [middleware](crate::middleware) gets it from [`Next::run`](crate::middleware::Next::run) and returns it. Nothing is
/// sent before the outermost layer has returned one; what the handler emitted goes with the outcome that it belongs to.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) kind: InvocationKind,
    pub(crate) result: Result<Answer, Failure>,
    pub(crate) outbox: Outbox,
    /// Whether anything is registered for the invocation.
    pub(crate) handled: bool,
    /// What a refusal is to the client, for tests.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) refused: Option<Answer>,
}

impl Outcome {
    pub(crate) fn new(
        kind: InvocationKind,
        result: Result<Answer, Failure>,
        outbox: Outbox,
    ) -> Self {
        Self {
            kind,
            result,
            outbox,
            handled: true,
            #[cfg(any(test, feature = "testing"))]
            refused: None,
        }
    }

    pub(crate) fn failed(kind: InvocationKind, failure: impl Into<Failure>) -> Self {
        Self::new(kind, Err(failure.into()), Outbox::default())
    }

    /// Whether the handler succeeded. A refusal and an unregistered event are not successes.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        use InvocationKind::{Connect, Connected, Disconnected};
        // A client joins and leaves whether or not that has a handler.
        let may_be_unhandled = matches!(self.kind, Connect | Connected | Disconnected);
        self.result.is_ok() && (self.handled || may_be_unhandled)
    }

    /// Why the handler has not succeeded.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.result.as_ref().err()
    }

    /// The response of an HTTP function.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match &self.result {
            Ok(Answer::Http(response)) => Some(response),
            _ => None,
        }
    }

    /// The response of an HTTP function, to be changed: one more header, for example.
    #[must_use]
    pub fn response_mut(&mut self) -> Option<&mut Response> {
        match &mut self.result {
            Ok(Answer::Http(response)) => Some(response),
            _ => None,
        }
    }

    /// The answer, and what is to be sent before it. A refusal is an answer, and sends nothing.
    pub(crate) fn settle(self, unfit: &Abridged) -> (Result<Answer, Failure>, Outbox) {
        let refusal = match self.result {
            Err(Failure::Refused(refusal)) => *refusal,
            Err(Failure::Rejected(rejection)) => match rejection.refusal() {
                Some(refusal) => {
                    abridge!(warn, unfit, "{rejection}");
                    refusal.clone()
                }
                None => return (Err(Failure::Rejected(rejection)), self.outbox),
            },
            result => return (result, self.outbox),
        };
        if !self.outbox.actions.is_empty() {
            tracing::debug!(
                "not sent, because the handler refused: {} actions",
                self.outbox.actions.len()
            );
        }
        let answer = refusal.into_answer(self.kind).map_err(Failure::Failed);
        (answer, Outbox::default())
    }

    /// The same as it ends where nothing is sent: what cannot become an action fails it, and a failure sends nothing.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn end(self) -> Self {
        let Self { kind, handled, .. } = self;
        let is_request = matches!(kind, InvocationKind::Http | InvocationKind::Negotiate);
        let refusal = match &self.result {
            Err(Failure::Refused(refusal)) => Some(refusal.clone()),
            Err(Failure::Rejected(rejection)) => rejection.refusal().cloned().map(Box::new),
            _ => None,
        };
        if let Some(refusal) = refusal.filter(|_| !is_request) {
            return match refusal.as_ref().clone().into_answer(kind) {
                Ok(answer) => Self {
                    refused: Some(answer),
                    handled,
                    ..Self::failed(kind, Failure::Refused(refusal))
                },
                Err(error) => Self::failed(kind, Failure::Failed(error)),
            };
        }
        let (result, outbox) = self.settle(&Abridged::unless(true));
        let result = match outbox.errors.is_empty() {
            true => result,
            false => Err(FlushError::Refused(outbox.errors.clone()).into()),
        };
        let outbox = match result {
            Ok(_) => outbox,
            Err(_) => Outbox::default(),
        };
        Self {
            handled,
            ..Self::new(kind, result, outbox)
        }
    }
}
