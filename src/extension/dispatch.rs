//! From an invocation of Microsoft's trigger to the handler and back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sio_protocol::cloud_events::SystemEvent;

use crate::app::{EventFunction, OnError, Registry};
use crate::client::{self, Services};
use crate::handler::{
    Answer, Failure, Function, Invocation, InvocationId, Kind, Response, SocketInput,
};
use crate::io::Outbox;
use crate::settings::{Settings, SettingsError};
use crate::telemetry::Record;

use super::trigger::{self, Envelope, Opened};
use super::{actions, answer};

/// The triggers of an app.
#[derive(Debug)]
pub(crate) struct Extension {
    registry: Arc<Registry>,
    services: Services,
    triggers: HashMap<String, EventFunction>,
    deadline: Duration,
}

impl Extension {
    /// The triggers of an app whose hubs are served by these services.
    ///
    /// # Errors
    /// A setting is wrong.
    pub(crate) fn new(
        registry: Arc<Registry>,
        services: Services,
        settings: &Settings,
    ) -> Result<Self, SettingsError> {
        let triggers = registry.event_functions().into_iter();
        Ok(Self {
            triggers: triggers
                .map(|trigger| (trigger.function.clone(), trigger))
                .collect(),
            registry,
            services,
            deadline: settings.event_deadline()?,
        })
    }

    /// Whether this is the name of a trigger.
    #[must_use]
    pub(crate) fn is_function(&self, name: &str) -> bool {
        self.triggers.contains_key(name)
    }

    /// Answers an invocation, if it is one of a trigger: by the function's name and by its shape.
    pub(crate) async fn invoke(
        &self,
        function: &str,
        body: &[u8],
        id: &InvocationId,
        record: &Record,
    ) -> Option<Response> {
        let trigger = self.triggers.get(function)?;
        let envelope = Envelope::of(std::str::from_utf8(body).ok()?)?;
        record.is_for(&trigger.event, &trigger.namespace, None);
        let system = SystemEvent::from_name(&trigger.event).filter(|_| trigger.system);
        let invocation = Invocation::new(id.clone(), self.deadline);
        let deadline = invocation.deadline.instant();
        let (outcome, waits) = match trigger::open(&envelope, trigger) {
            Ok(Opened { input, waits }) => {
                (self.run(trigger, system, input, invocation).await, waits)
            }
            Err((problem, waits)) => (Err(Failure::Input(problem)), waits),
        };
        let outcome = match outcome {
            Ok((answer, outbox)) => {
                if outbox.errors.is_empty()
                    && let Some(actions) = actions::all(&outbox.actions, &trigger.hub)
                {
                    return Some(answer::done(&answer, waits, &actions, &record.take_logs()));
                }
                // Something in it is beyond the extension, so all of it goes from here: that keeps the order.
                let sent = client::flush(&self.services, outbox, deadline).await;
                sent.map(|()| answer).map_err(Failure::from)
            }
            Err(failure) => Err(failure),
        };
        Some(match outcome {
            Ok(answer) => answer::done(&answer, waits, &[], &record.take_logs()),
            Err(failure) => {
                tracing::error!("{failure}");
                match waits {
                    true => answer::told(system, self.policy(trigger), &record.take_logs()),
                    // The host throws away what a failure brings, so the lines go out another way.
                    false => answer::failed(),
                }
            }
        })
    }

    /// What the service is told when a handler of the trigger's hub fails.
    fn policy(&self, trigger: &EventFunction) -> OnError {
        let hub = self.registry.hub(trigger.hub.as_str());
        hub.map_or_else(OnError::default, |hub| hub.on_error)
    }

    /// Runs the trigger's handler.
    async fn run(
        &self,
        trigger: &EventFunction,
        system: Option<SystemEvent>,
        input: SocketInput,
        invocation: Invocation,
    ) -> Result<(Answer, Outbox), Failure> {
        let hub = self.registry.hub(trigger.hub.as_str());
        let table = hub.and_then(|hub| hub.namespace(&trigger.namespace));
        let Some(table) = table else {
            return Err(Failure::Input(
                "the trigger's registration is gone".to_owned(),
            ));
        };
        match system {
            Some(SystemEvent::Connect) => {
                self.call(table.connect.as_ref(), trigger, input, invocation)
                    .await
            }
            Some(SystemEvent::Connected) => {
                self.call(table.connected.as_ref(), trigger, input, invocation)
                    .await
            }
            Some(SystemEvent::Disconnected) => {
                self.call(table.disconnected.as_ref(), trigger, input, invocation)
                    .await
            }
            None => {
                self.call(table.event(&trigger.event), trigger, input, invocation)
                    .await
            }
        }
    }

    async fn call<K: Kind<Input = SocketInput>>(
        &self,
        function: Option<&Function<K>>,
        trigger: &EventFunction,
        input: SocketInput,
        invocation: Invocation,
    ) -> Result<(Answer, Outbox), Failure> {
        let Some(function) = function else {
            return Ok((Answer::Nothing, Outbox::default()));
        };
        let shared = self.registry.shared.clone();
        let (outcome, outbox) = function
            .run_in(input.scope(), input, shared, invocation)
            .await;
        let answer = outcome?;
        if let Answer::Ack { list, attachments } = &answer {
            if !attachments.is_empty() {
                return Err(Failure::Input(format!(
                    "the acknowledgement has bytes, which the extension cannot pass; the handler was registered at {}",
                    function.place
                )));
            }
            if actions::has_date(list) {
                tracing::warn!(
                    "an acknowledgement of event {:?} has text that looks like a date; the extension writes it anew, so send dates as numbers",
                    trigger.event
                );
            }
        }
        Ok((answer, outbox))
    }
}
