//! From an invocation of Microsoft's trigger to the handler and back.

use std::collections::HashMap;
use std::sync::Arc;

use sio_protocol::cloud_events::SystemEvent;
use tokio::time::Instant;

use crate::app::{EventFunction, OnError, Place, Registry};
use crate::client::{self, Services};
use crate::handler::{Answer, Failure, Invocation, Response, Running, SocketInput, UNACKED};
use crate::io::Outbox;
use crate::json_net::{has_date, has_reference};
use crate::telemetry::count::{self, EventEnd};
use crate::telemetry::{Abridged, Record, abridge};

use super::actions::acts;
use super::answer;
use super::trigger::{Opened, Unread};

/// The triggers of an app.
#[derive(Debug)]
pub(crate) struct Extension {
    registry: Arc<Registry>,
    services: Services,
    triggers: HashMap<String, EventFunction>,
    /// Acknowledgements that the extension may change.
    dates: Abridged,
}

impl Extension {
    /// The triggers of an app whose hubs are served by these services.
    #[must_use]
    pub(crate) fn new(registry: Arc<Registry>, services: Services) -> Self {
        let triggers = registry.event_functions().into_iter();
        Self {
            triggers: triggers
                .map(|trigger| (trigger.function.clone(), trigger))
                .collect(),
            registry,
            services,
            dates: Abridged::new(),
        }
    }

    /// The trigger of this name.
    #[must_use]
    pub(crate) fn trigger(&self, name: &str) -> Option<&EventFunction> {
        self.triggers.get(name)
    }

    /// Answers an invocation of a trigger's function.
    pub(crate) async fn invoke(
        &self,
        trigger: &EventFunction,
        opened: Result<Opened, Unread>,
        invocation: Invocation,
        record: &Record,
    ) -> Response {
        let system = SystemEvent::from_name(&trigger.event).filter(|_| trigger.system);
        let given = invocation.deadline;
        let deadline = given.instant();
        let (running, waits) = match opened {
            Ok(Opened { input, waits, .. }) => {
                (self.start_handler(trigger, input, invocation), waits)
            }
            Err(Unread { problem, waits }) => (Err(Failure::Invalid(problem)), waits),
        };
        let ended = match running {
            Ok(Some((running, place))) => {
                let (outcome, outbox) = running.await.settle(&self.registry.shared.unfit);
                let passable = |answer| passable(answer, trigger, place, &self.dates);
                let answer = outcome.and_then(passable);
                answer.map(|answer| (answer, outbox))
            }
            // Without a handler there is nothing to do.
            Ok(None) => Ok((Answer::Nothing, Outbox::default())),
            Err(failure) => Err(failure),
        };
        let acked = matches!(&ended, Ok((Answer::Ack { .. }, _)));
        let refused = matches!(&ended, Ok((Answer::Reject { .. }, _)));
        let answered = match ended {
            Ok((answer, outbox)) => {
                self.respond(trigger, &answer, outbox, waits, deadline, record)
                    .await
            }
            Err(failure) => Err(failure),
        };
        count::event(|| EventEnd {
            event: &trigger.event,
            outcome: match &answered {
                Ok(_) if refused => "refused",
                Ok(_) => "ok",
                Err(_) => "failed",
            },
            unacked: waits && system.is_none() && !(acked && answered.is_ok()),
            took: given.used(),
        });
        answered.unwrap_or_else(|failure| {
            let so = if waits && system.is_none() {
                UNACKED
            } else {
                ""
            };
            failure.log(&self.registry.shared.unfit, so);
            match waits {
                true => answer::told(system, self.policy(trigger), &record.take_logs()),
                // The host throws away what a failure brings, so the lines go out another way.
                false => answer::failed(),
            }
        })
    }

    /// Hands the extension what the handler emitted, or sends it where the extension cannot.
    async fn respond(
        &self,
        trigger: &EventFunction,
        answer: &Answer,
        outbox: Outbox,
        waits: bool,
        deadline: Instant,
        record: &Record,
    ) -> Result<Response, Failure> {
        if outbox.errors.is_empty()
            && let Some(acts) = acts(&outbox.actions, &trigger.hub)
        {
            return answer::done(&acts, answer, waits, &record.take_logs());
        }
        // Something in it is beyond the extension, so all of it goes from here: that keeps the order.
        client::flush(&self.services, outbox, deadline).await?;
        answer::done(&[], answer, waits, &record.take_logs())
    }

    /// What the service is told when a handler of the trigger's hub fails.
    fn policy(&self, trigger: &EventFunction) -> OnError {
        let hub = self.registry.hub(trigger.hub.as_str());
        hub.map_or_else(OnError::default, |hub| hub.on_error)
    }

    /// Starts the trigger's handler, if it has one.
    fn start_handler(
        &self,
        trigger: &EventFunction,
        input: SocketInput,
        invocation: Invocation,
    ) -> Result<Option<(Running, Place)>, Failure> {
        let hub = self.registry.hub(trigger.hub.as_str());
        let table = hub.and_then(|hub| hub.namespace(&trigger.namespace));
        let gone = || Failure::Invalid("the trigger's registration is gone".to_owned());
        let table = table.ok_or_else(gone)?;
        Ok(table.launch(&trigger.event, input, &self.registry.shared, invocation))
    }
}

/// The answer, if the extension can pass it on.
fn passable(
    answer: Answer,
    trigger: &EventFunction,
    place: Place,
    dates: &Abridged,
) -> Result<Answer, Failure> {
    if let Answer::Ack { list, attachments } = &answer {
        if !attachments.is_empty() {
            return Err(Failure::Invalid(format!(
                "the acknowledgement has bytes, which the extension cannot pass; send them as text, or use direct mode (the handler was registered at {place})"
            )));
        }
        if has_reference(list) {
            return Err(Failure::Invalid(format!(
                "the acknowledgement has an object whose first member begins with $, which the extension would take for its own; put another first, or use direct mode (the handler was registered at {place})"
            )));
        }
        if has_date(list) {
            abridge!(
                warn,
                dates,
                "an acknowledgement of event {:?} has text that looks like a date; the extension writes it anew, so send dates as numbers",
                trigger.event
            );
        }
    }
    Ok(answer)
}
