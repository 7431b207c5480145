//! Retry policies: a failed invocation again, under a new id (docs/contracts/functions-host.md, "Retries").

use super::context::Context;
use super::envelope_call;
use crate::app::{Function, RetryPolicy};
use crate::call::Call;
use crate::hop::Hop;
use crate::invocation::{Answer, Envelope, InvocationError};
use crate::json::Json;

/// The attempts at one invocation: as many as its function's policy wants; without one, one.
pub(super) struct Attempts<'a> {
    context: &'a Context,
    policy: Option<&'a RetryPolicy>,
    call: Call,
    retries: u32,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(context: &'a Context, function: &'a Function, call: &Call) -> Self {
        let own = function.retry.as_ref();
        Self {
            context,
            policy: own.or(context.app.config.retry.as_ref()),
            call: call.clone(),
            retries: 0,
        }
    }

    /// The attempt that is made now.
    pub(super) fn call(&self) -> &Call {
        &self.call
    }

    /// Waits for the time of the next attempt and says why the last one failed. The error is final: there is no
    /// further attempt.
    pub(super) async fn again(
        &mut self,
        error: InvocationError,
    ) -> Result<String, InvocationError> {
        let Some(policy) = self.policy else {
            return Err(error);
        };
        let hopeless = matches!(
            error,
            InvocationError::Stopping | InvocationError::Handler(_)
        );
        if hopeless || policy.times.is_some_and(|times| self.retries >= times) {
            return Err(error);
        }
        let error = error.to_string();
        self.retries += 1;
        self.call.invocation = uuid::Uuid::new_v4().to_string();
        let delay = policy.delay(self.retries);
        self.context.hops.send(Hop::Retrying {
            call: self.call.clone(),
            retry: self.retries,
            delay,
            error: error.clone(),
        });
        let clock = &self.context.config.clock;
        tokio::select! {
            () = clock.until(clock.now() + delay) => Ok(error),
            () = self.context.stop.cancelled() => Err(InvocationError::Stopping),
        }
    }

    /// What the handler is told of the attempts, where there may be several.
    fn told(&self, exception: Json) -> Option<Json> {
        let policy = self.policy?;
        Some(Json::object([
            ("RetryCount", Json::Number(self.retries.into())),
            ("MaxRetryCount", Json::Number(policy.shown().into())),
            ("Exception", exception),
            ("Instance", Json::Null),
            ("State", Json::empty()),
        ]))
    }
}

/// Calls the handler in default mode, again and again if need be.
pub(super) async fn call(
    context: &Context,
    function: &Function,
    call: &Call,
    envelope: Envelope,
) -> Result<Answer, InvocationError> {
    let mut attempts = Attempts::new(context, function, call);
    let mut exception = Json::Null;
    loop {
        let mut envelope = envelope.clone();
        if let Some(told) = attempts.told(exception) {
            envelope.metadata.put("RetryContext", told);
        }
        let answer = envelope_call::call(context, function, attempts.call(), envelope).await;
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => attempts.again(error).await?,
        };
        // Unconfirmed: which members the original's exception has. They are many, and change.
        exception = Json::object([
            (
                "ClassName",
                Json::text("Microsoft.Azure.WebJobs.Host.FunctionInvocationException"),
            ),
            ("Message", Json::text(error)),
        ]);
    }
}
