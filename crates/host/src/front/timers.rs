//! Timer-triggered functions: one task each, one invocation at a time.

use std::sync::Arc;
use std::time::Instant;

use super::Context;
use super::attempts;
use crate::hop::{Call, Hop, Mode};
use crate::invocation::for_object;
use crate::timer::Timer;

/// Fires the timer of the function at an index until the host stops.
pub(crate) async fn run(context: Arc<Context>, index: usize, timer: Timer) {
    tokio::select! {
        () = fire(&context, index, timer) => {}
        () = context.stop.cancelled() => {}
    }
}

async fn fire(context: &Context, index: usize, mut timer: Timer) {
    let function = &context.app.functions[index];
    while let Some(firing) = timer.next().await {
        let began = context.clock.now();
        let arrived = Instant::now();
        let call = Call::new(
            &function.name,
            Mode::Envelope,
            ("POST", ""),
            None,
            context.options.faithful,
        );
        context.hops.send(Hop::Started(call.clone()));
        let envelope = for_object(function, &firing.value, began);
        let outcome = attempts::call(context, function, &call, envelope).await;
        let reason = firing
            .reason
            .map(|reason| format!(" (fired because {reason})"));
        context.hops.send(Hop::Answered {
            call,
            status: if outcome.is_ok() { 200 } else { 500 },
            error: outcome
                .err()
                .map(|error| format!("{error}{}", reason.unwrap_or_default())),
            elapsed: arrived.elapsed(),
        });
        if let Err(problem) = timer.ran(began) {
            context.hops.send(Hop::Warning(format!(
                "{}: the timer's status could not be kept: {problem}",
                function.name
            )));
        }
    }
    context.hops.send(Hop::Warning(format!(
        "{}: no date fits its schedule, so it never fires",
        function.name
    )));
}
