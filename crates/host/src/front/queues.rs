//! Queue-triggered functions: one task each, which hands out the messages of its queue.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::attempts;
use super::context::Context;
use super::running::Running;
use crate::invocation::{InvocationError, for_message};
use crate::queue::{Address, Message};

/// Runs the function at an index for each message of its queue until the host stops.
pub(crate) async fn run(context: Arc<Context>, index: usize, address: Address) {
    let places = Arc::new(Semaphore::new(context.app.config.queues.at_once));
    loop {
        // It is never closed.
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let message = tokio::select! {
            message = context.queues.take(&address) => message,
            () = context.stop.cancelled() => return,
        };
        let (context, address) = (context.clone(), address.clone());
        tokio::spawn(async move {
            handle(&context, index, &address, message).await;
            drop(place);
        });
    }
}

async fn handle(context: &Arc<Context>, index: usize, address: &Address, mut message: Message) {
    let function = &context.app.functions[index];
    message.dequeued += 1;
    let (running, call) = Running::start(context, function, "", None);
    let now = context.config.clock.now();
    let data = message.binding_data(now);
    let envelope = for_message(function, &message.body, data, now);
    let outcome = attempts::call(context, function, &call, envelope).await;
    running.end_with(outcome.as_ref().err().map(ToString::to_string));
    let settings = &context.app.config.queues;
    match outcome {
        Ok(_) => {}
        // Not the message's fault; the app that is loaded next gets it.
        Err(InvocationError::Stopping) => {
            message.dequeued -= 1;
            context.queues.put(address, message);
        }
        Err(_) if message.dequeued < settings.most_attempts => {
            let again = now + settings.wait;
            tokio::select! {
                () = context.config.clock.until(again) => {}
                () = context.stop.cancelled() => {}
            }
            context.queues.put(address, message);
        }
        Err(_) => {
            let poison = address.poison();
            context.warn(format!(
                "{}: a message failed {} times and goes to the queue {}",
                function.name, message.dequeued, poison.queue
            ));
            if context.listens(&poison) {
                let message = Message::new(message.body, context.config.clock.now());
                context.queues.put(&poison, message);
            }
        }
    }
}
