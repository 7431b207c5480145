//! What an invocation needs and causes besides its trigger and its HTTP answer: inputs before it, outputs after it.

use futures_util::TryFutureExt as _;
use futures_util::future::join_all;

use super::context::Context;
use crate::app::{Binding, Function};
use crate::call::Call;
use crate::extension::Sent;
use crate::hop::Hop;
use crate::invocation::{
    Answer, BindingData, Envelope, InvocationError, Value, outputs, preview, resolve,
};
use crate::queue::{Address, Message, messages};

/// Gives values to the inputs that are stood in for; an error fails the invocation before the handler sees it.
pub(super) async fn fill_inputs(
    context: &Context,
    function: &Function,
    envelope: &mut Envelope,
) -> Result<(), InvocationError> {
    let Some(extension) = &context.extension else {
        return Ok(());
    };
    let own = |binding: &&Binding| !binding.is_trigger() && extension.owns(binding);
    for binding in function.inputs().filter(own) {
        let value = extension.input(binding, &envelope.metadata).await;
        let value = value.map_err(|what| InvocationError::Input {
            binding: binding.name.clone(),
            what,
        })?;
        envelope.fill(&binding.name, &value);
    }
    Ok(())
}

/// Sends the outputs of the extension, all at once, and then the others; the first error fails the invocation.
pub(super) async fn carry_out(
    context: &Context,
    function: &Function,
    call: &Call,
    data: &BindingData,
    answer: &Answer,
) -> Result<(), InvocationError> {
    let extension = context.extension.as_deref();
    let values = outputs(function, answer);
    let (own, others): (Vec<_>, Vec<_>) = values
        .iter()
        .partition(|(binding, _)| extension.is_some_and(|extension| extension.owns(binding)));
    if let Some(extension) = extension {
        let sent = |sent: Sent| report(context, function, call, &sent);
        let sending = own.into_iter().map(|(binding, value)| {
            let sending = extension.output(call, binding, value, data, &sent);
            sending.map_err(|what| InvocationError::Output {
                binding: binding.name.clone(),
                what,
            })
        });
        join_all(sending)
            .await
            .into_iter()
            .collect::<Result<(), _>>()?;
    }
    for (binding, value) in others {
        elsewhere(context, function, call, data, (binding, value))?;
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
            let message = Message::new(body, context.config.clock.now());
            context.queues.put(&address, message);
        }
    }
    Ok(())
}

fn report(context: &Context, function: &Function, call: &Call, sent: &Sent) {
    context.hops.send(Hop::Sent {
        function: function.name.clone(),
        invocation: call.invocation.clone(),
        action: sent.action.to_owned(),
    });
    if let Some(advice) = sent.advice {
        context.warn(format!("{}: {advice}", function.name));
    }
}
