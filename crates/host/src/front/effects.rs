//! What an invocation needs and causes besides its trigger and its HTTP answer: inputs before it, outputs after it.

use futures_util::future::join_all;
use time::OffsetDateTime;

use super::Context;
use crate::app::{Binding, Function};
use crate::hop::{Call, Hop};
use crate::invocation::{
    Answer, BindingData, Envelope, InvocationError, Value, outputs, preview, resolve,
};
use crate::queue::{Address, Message, messages};
use crate::socketio;

/// Tokens go by the real clock: the service does.
fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Gives values to the inputs that are stood in for; an error fails the invocation before the handler sees it.
pub(super) async fn fill_inputs(
    context: &Context,
    function: &Function,
    envelope: &mut Envelope,
) -> Result<(), InvocationError> {
    let Some(extension) = &context.socket_io else {
        return Ok(());
    };
    for binding in function.inputs() {
        if binding.is_kind("socketionegotiation") {
            let value = extension
                .negotiate(binding, &envelope.metadata, now())
                .await
                .map_err(|what| InvocationError::Input {
                    binding: binding.name.clone(),
                    what,
                })?;
            envelope.fill(&binding.name, &value);
        }
    }
    Ok(())
}

/// Carries out the Socket.IO outputs, all at once, and then the others; the first error fails the invocation.
pub(super) async fn carry_out(
    context: &Context,
    function: &Function,
    call: &Call,
    data: &BindingData,
    answer: &Answer,
) -> Result<(), InvocationError> {
    to_service(context, function, call, data, answer).await?;
    for (binding, value) in outputs(function, answer) {
        if !socketio::owns(binding) {
            elsewhere(context, function, call, data, (binding, &value))?;
        }
    }
    Ok(())
}

/// Shows the value of an output that is not stood in for; what goes into a queue of the app's own goes there.
fn elsewhere(
    context: &Context,
    function: &Function,
    call: &Call,
    data: &BindingData,
    (binding, value): (&Binding, &Value),
) -> Result<(), InvocationError> {
    let mut queue = None;
    if binding.is_kind("queue") {
        let name = binding.text("queueName").unwrap_or_default();
        let name = resolve(name, data).map_err(|what| InvocationError::Output {
            binding: binding.name.clone(),
            what,
        })?;
        let address = Address::new(binding, &name);
        queue = context.listens(&address).then_some(address);
    }
    context.hops.send(Hop::Output {
        function: function.name.clone(),
        invocation: call.invocation.clone(),
        binding: binding.name.clone(),
        kind: binding.kind.clone(),
        bytes: value.bytes(),
        preview: preview(value),
        queue: queue.as_ref().map(|address| address.queue.clone()),
    });
    if let Some(address) = queue {
        for body in messages(value) {
            let message = Message::new(body, context.clock.now());
            context.queues.put(&address, message);
        }
    }
    Ok(())
}

async fn to_service(
    context: &Context,
    function: &Function,
    call: &Call,
    data: &BindingData,
    answer: &Answer,
) -> Result<(), InvocationError> {
    let Some(extension) = &context.socket_io else {
        return Ok(());
    };
    let values = outputs(function, answer);
    let mine = values
        .iter()
        .filter(|(binding, _)| binding.is_kind("socketio"));
    let sending = mine.map(|(binding, value)| async move {
        let sent = |sent: crate::socketio::Sent| {
            context.hops.send(Hop::Sent {
                function: function.name.clone(),
                invocation: call.invocation.clone(),
                action: sent.action.to_owned(),
            });
            if let Some(warning) = sent.warning
                && extension.is_new(&function.name, warning)
            {
                let text = format!("{}: {warning}", function.name);
                context.hops.send(Hop::Warning(text));
            }
        };
        extension
            .carry_out(binding, value, data, call.parent.as_deref(), now, sent)
            .await
            .map_err(|what| InvocationError::Output {
                binding: binding.name.clone(),
                what,
            })
    });
    join_all(sending).await.into_iter().collect()
}
