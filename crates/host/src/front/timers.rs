//! Timer-triggered functions: one task each, one invocation at a time.

use std::sync::Arc;

use super::attempts;
use super::context::Context;
use super::running::Running;
use crate::invocation::for_object;
use crate::timer::Timer;

/// Fires the timer of the function at an index until the host stops.
pub(crate) async fn run(context: Arc<Context>, index: usize, timer: Timer) {
    tokio::select! {
        () = fire(&context, index, timer) => {}
        () = context.stop.cancelled() => {}
    }
}

async fn fire(context: &Arc<Context>, index: usize, mut timer: Timer) {
    let function = &context.app.functions[index];
    while let Some(firing) = timer.next().await {
        let began = context.config.clock.now();
        let (running, call) = Running::start(context, function, "", None);
        let envelope = for_object(function, &firing.value, began);
        let outcome = attempts::call(context, function, &call, envelope).await;
        let reason = firing
            .reason
            .map(|reason| format!(" (fired because {reason})"));
        let error = outcome.err();
        running.end_with(error.map(|error| format!("{error}{}", reason.unwrap_or_default())));
        if let Err(problem) = timer.ran(began) {
            context.warn(format!(
                "{}: the timer's status could not be kept: {problem}",
                function.name
            ));
        }
    }
    context.warn(format!(
        "{}: no date fits its schedule, so it never fires",
        function.name
    ));
}
