//! Running the functions of timers, queues and other triggers.
//!
//! A failure is answered with 500, since only that makes the host follow the function's retry rules.

use serde_json::{Value, json};

use crate::app::{TriggerFunction, TriggerRole};
use crate::handler::{Answer, Failure, Invocation, InvocationId, TriggerInput};
use crate::telemetry::Record;

use super::Functions;
use super::envelope;

impl Functions {
    /// The function of this name that has a trigger other than HTTP.
    #[must_use]
    pub(super) fn trigger_function(&self, name: &str) -> Option<&TriggerFunction> {
        let mut functions = self.registry().triggers.iter();
        functions.find(|function| function.name == name)
    }

    /// Runs such a function on what came in the envelope; returns the answer's envelope.
    ///
    /// # Errors
    /// The invocation failed, which is logged; the host is told no more than that.
    pub(super) async fn run_trigger(
        &self,
        function: &TriggerFunction,
        body: &[u8],
        invocation: InvocationId,
        record: &Record,
    ) -> Result<String, String> {
        let outcome = async {
            let (data, metadata) = envelope::trigger(body).map_err(Failure::Invalid)?;
            let input = TriggerInput {
                binding: function.binding().to_owned(),
                data,
                metadata,
            };
            let invocation = Invocation::new(invocation.clone(), self.function_limit());
            let hub = self.registry().only_hub();
            let answer = match &function.role {
                TriggerRole::Timer(timer) => self.call(timer, hub, input, invocation).await?,
                TriggerRole::Queue(queue) => self.call(queue, hub, input, invocation).await?,
                TriggerRole::Raw(raw) => self.call(raw, hub, input, invocation).await?,
            };
            answer_of(answer, &function.bindings, record)
        };
        let outcome: Result<Value, Failure> = outcome.await;
        match outcome {
            Ok(answer) => Ok(answer.to_string()),
            Err(failure) => {
                tracing::error!("{failure}");
                Err(json!({
                    "title": "the function failed",
                    "function": function.name,
                    "invocation": invocation.as_str(),
                })
                .to_string())
            }
        }
    }
}

fn answer_of(answer: Answer, bindings: &[Value], record: &Record) -> Result<Value, Failure> {
    let (outputs, returned) = match answer {
        Answer::Outputs(outputs) => outputs.encode(bindings).map_err(Failure::Invalid)?,
        _ => Default::default(),
    };
    let logs = record.take_logs();
    Ok(json!({ "Outputs": outputs, "Logs": logs, "ReturnValue": returned }))
}
