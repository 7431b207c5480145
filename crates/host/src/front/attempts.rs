//! Retry policies: a failed invocation again, under a new id (host contract, "Retries").

use super::{Context, envelope_call};
use crate::app::Function;
use crate::hop::{Call, Hop};
use crate::invocation::{Answer, Envelope, InvocationError};
use crate::json::Json;

/// Calls the handler as often as the function's policy wants; without one, once.
pub(super) async fn call(
    context: &Context,
    function: &Function,
    call: &Call,
    envelope: Envelope,
) -> Result<Answer, InvocationError> {
    let own = function.retry.as_ref();
    let Some(policy) = own.or(context.app.config.retry.as_ref()) else {
        return envelope_call::call(context, function, call, envelope).await;
    };
    let mut call = call.clone();
    let mut retries = 0;
    let mut exception = Json::Null;
    loop {
        let mut envelope = envelope.clone();
        envelope.metadata.put(
            "RetryContext",
            Json::object([
                ("RetryCount", Json::Number(retries.into())),
                ("MaxRetryCount", Json::Number(policy.shown().into())),
                ("Exception", exception),
                ("Instance", Json::Null),
                ("State", Json::Object(Vec::new())),
            ]),
        );
        let error = match envelope_call::call(context, function, &call, envelope).await {
            Ok(answer) => return Ok(answer),
            Err(error @ (InvocationError::Stopping | InvocationError::Handler(_))) => {
                return Err(error);
            }
            Err(error) if policy.times.is_some_and(|times| retries >= times) => return Err(error),
            Err(error) => error.to_string(),
        };
        retries += 1;
        call.invocation = uuid::Uuid::new_v4().to_string();
        let delay = policy.delay(retries);
        context.hops.send(Hop::Retrying {
            call: call.clone(),
            retry: retries,
            delay,
            error: error.clone(),
        });
        // Unconfirmed: which members the original's exception has. They are many, and change.
        exception = Json::object([
            (
                "ClassName",
                Json::text("Microsoft.Azure.WebJobs.Host.FunctionInvocationException"),
            ),
            ("Message", Json::text(error)),
        ]);
        let again = context.clock.now() + delay;
        tokio::select! {
            () = context.clock.until(again) => {}
            () = context.stop.cancelled() => return Err(InvocationError::Stopping),
        }
    }
}
