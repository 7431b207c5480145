//! Functions that neither a socket nor an HTTP request starts: timers, queues, and any other trigger.
//!
//! Source: docs/contracts/functions-host.md, "function.json".

use std::panic::Location;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::schedule::is_schedule;
use crate::handler::{Function, Layer, Queue, Raw, Timer};

/// A function with a trigger of the Functions host.
#[derive(Debug)]
pub(crate) struct TriggerFunction {
    /// Its name.
    pub name: String,
    /// Its bindings, the trigger first.
    pub bindings: Vec<Value>,
    /// What it does.
    pub role: TriggerRole,
}

/// What a function with a trigger does.
#[derive(Debug)]
pub(crate) enum TriggerRole {
    /// Runs on a schedule.
    Timer(Function<Timer>),
    /// Takes messages of a queue.
    Queue(Function<Queue>),
    /// Takes what its author's own binding brings.
    Raw(Function<Raw>),
}

impl TriggerFunction {
    /// A function on a schedule.
    pub(super) fn timer(name: &str, schedule: &str, function: Function<Timer>) -> Self {
        let binding = json!({
            "type": "timerTrigger",
            "direction": "in",
            "name": "timer",
            "schedule": schedule,
        });
        Self::new(name, vec![binding], TriggerRole::Timer(function))
    }

    /// A function for the messages of a storage queue.
    pub(super) fn queue(
        name: &str,
        queue: &str,
        connection: &str,
        function: Function<Queue>,
    ) -> Self {
        let binding = json!({
            "type": "queueTrigger",
            "direction": "in",
            "name": "message",
            "queueName": queue,
            "connection": connection,
        });
        Self::new(name, vec![binding], TriggerRole::Queue(function))
    }

    /// A function with bindings that its author wrote: one object for the trigger, or a list with the trigger in it.
    pub(super) fn raw(name: &str, bindings: Value, function: Function<Raw>) -> Self {
        let mut bindings = match bindings {
            Value::Array(bindings) => bindings,
            one => vec![one],
        };
        // The sort is stable: everything but the trigger keeps its place.
        bindings.sort_by_key(|binding| !is_trigger(binding));
        if let Some(Value::Object(trigger)) = bindings.first_mut() {
            let mut default = |member: &str, value: &str| {
                trigger
                    .entry(member)
                    .or_insert_with(|| Value::String(value.to_owned()));
            };
            default("direction", "in");
            default("name", "trigger");
        }
        Self::new(name, bindings, TriggerRole::Raw(function))
    }

    fn new(name: &str, mut bindings: Vec<Value>, role: TriggerRole) -> Self {
        let bytes = match &role {
            TriggerRole::Timer(_) => false,
            TriggerRole::Queue(function) => function.needs.bytes,
            TriggerRole::Raw(function) => function.needs.bytes,
        };
        if let (true, Some(Value::Object(trigger))) = (bytes, bindings.first_mut()) {
            trigger.insert("dataType".to_owned(), json!("binary"));
        }
        Self {
            name: name.to_owned(),
            bindings,
            role,
        }
    }

    /// The same inside of middleware.
    #[must_use]
    pub(super) fn within(self, layers: &Arc<[Layer]>) -> Self {
        let name = &self.name;
        let role = match self.role {
            TriggerRole::Timer(function) => TriggerRole::Timer(function.within(name, layers)),
            TriggerRole::Queue(function) => TriggerRole::Queue(function.within(name, layers)),
            TriggerRole::Raw(function) => TriggerRole::Raw(function.within(name, layers)),
        };
        Self { role, ..self }
    }

    /// Where it was registered.
    #[must_use]
    pub(crate) fn place(&self) -> &'static Location<'static> {
        match &self.role {
            TriggerRole::Timer(function) => function.place,
            TriggerRole::Queue(function) => function.place,
            TriggerRole::Raw(function) => function.place,
        }
    }

    /// The name of the trigger's binding.
    #[must_use]
    pub(crate) fn binding(&self) -> &str {
        let first = self.bindings.first();
        first.map_or("", |trigger| text(trigger, "name"))
    }

    /// Its `function.json`.
    #[must_use]
    pub(crate) fn manifest(&self) -> Value {
        json!({ "bindings": self.bindings })
    }

    /// Mistakes in what the author gave, one sentence each.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let trigger = self.bindings.first();
        let triggers = self.bindings.iter().filter(|binding| is_trigger(binding));
        if triggers.count() != 1 {
            problems.push("its bindings have not exactly one trigger, which is an object whose \"type\" ends in \"Trigger\"".to_owned());
        }
        let mut names: Vec<String> = Vec::new();
        for binding in &self.bindings {
            let name = text(binding, "name");
            if !is_binding_name(name) {
                problems.push(format!(
                    "the binding name {name:?} is not a letter followed by letters and digits"
                ));
            } else if names.contains(&name.to_lowercase()) {
                problems.push(format!("two bindings bear the name {name:?}"));
            }
            names.push(name.to_lowercase());
        }
        match (&self.role, trigger) {
            (TriggerRole::Timer(_), Some(trigger)) => {
                let schedule = text(trigger, "schedule");
                if !is_schedule(schedule) {
                    problems.push(format!(
                        "the schedule {schedule:?} has not the form of one: \"{{second}} {{minute}} {{hour}} {{day}} {{month}} {{day of the week}}\", such as \"0 */5 * * * *\" (the seconds may be left out), an interval \"hh:mm:ss\" of less than 24 hours, or a setting \"%NAME%\""
                    ));
                }
            }
            (TriggerRole::Queue(_), Some(trigger)) => {
                let queue = text(trigger, "queueName");
                if !is_setting(queue) && !is_queue(queue) {
                    problems.push(format!(
                        "the queue name {queue:?} is not made of 3 to 63 lower-case letters, digits and single hyphens between them"
                    ));
                }
                if text(trigger, "connection").is_empty() {
                    problems.push(
                        "its connection is empty; name the setting with the storage account, such as \"AzureWebJobsStorage\""
                            .to_owned(),
                    );
                }
            }
            (TriggerRole::Raw(_), Some(trigger))
                if text(trigger, "type").eq_ignore_ascii_case("httpTrigger") =>
            {
                problems.push(
                    "an HTTP function is registered with `App::http`, which knows its route"
                        .to_owned(),
                );
            }
            _ => {}
        }
        problems
    }
}

fn text<'a>(binding: &'a Value, member: &str) -> &'a str {
    binding
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn is_trigger(binding: &Value) -> bool {
    let members: Option<&Map<String, Value>> = binding.as_object();
    members.is_some() && text(binding, "type").to_lowercase().ends_with("trigger")
}

fn is_binding_name(name: &str) -> bool {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 128
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    plain || name == "$return"
}

fn is_setting(text: &str) -> bool {
    text.len() > 2 && text.starts_with('%') && text.ends_with('%')
}

fn is_queue(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (3..=63).contains(&name.len())
        && name.chars().all(legal)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::arguments::Bytes;
    use crate::extract::Data;

    async fn nothing() {}

    fn problems(app: App) -> String {
        app.check().unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_schedule_is_named_with_its_place() {
        let text = problems(App::new().timer("tick", "every minute", nothing));
        assert!(text.contains("trigger.rs:"), "{text}");
        assert!(text.contains("every minute"), "{text}");
    }

    #[test]
    fn a_queue_has_a_legal_name() {
        App::new()
            .queue("job", "my-jobs", "Store", nothing)
            .registry();
        for wrong in ["", "ab", "Jobs", "a--b", "-ab"] {
            assert!(problems(App::new().queue("job", wrong, "S", nothing)).contains("queue name"));
        }
        let nowhere = App::new().queue("job", "my-jobs", "", nothing);
        assert!(problems(nowhere).contains("connection is empty"));
    }

    #[test]
    fn raw_bindings_have_one_trigger_and_names_of_their_own() {
        let out = json!({ "type": "blob", "name": "o", "direction": "out", "path": "x" });
        let trigger = json!({ "type": "blobTrigger", "path": "in/{name}" });
        let app = App::new().raw("copy", json!([out, trigger]), nothing);
        let registry = app.registry();
        let function = &registry.triggers[0];
        assert_eq!(function.binding(), "trigger");
        assert_eq!(function.bindings[0]["direction"], "in");
        assert!(problems(App::new().raw("copy", out.clone(), nothing)).contains("one trigger"));
        assert!(problems(App::new().raw("copy", json!(7), nothing)).contains("one trigger"));
        let http = json!({ "type": "httpTrigger" });
        assert!(problems(App::new().raw("copy", http, nothing)).contains("App::http"));
        let twice = json!([trigger, { "type": "blob", "name": "Trigger", "direction": "out" }]);
        assert!(problems(App::new().raw("copy", twice, nothing)).contains("\"Trigger\""));
    }

    #[test]
    fn bytes_are_announced_to_the_binding() {
        async fn bytes(_: Data<Bytes>) {}
        async fn text(_: Data<String>) {}
        let app = App::new()
            .queue("bytes", "jobs", "Store", bytes)
            .queue("text", "jobs", "Store", text);
        let registry = app.registry();
        assert_eq!(registry.triggers[0].bindings[0]["dataType"], "binary");
        assert_eq!(registry.triggers[1].bindings[0].get("dataType"), None);
    }

    #[test]
    fn functions_share_one_set_of_names() {
        let app = App::new()
            .timer("tick", "* * * * * *", nothing)
            .get("Tick", || async { "x" });
        assert!(problems(app).contains("tick"));
        assert!(problems(App::new().timer("a b", "* * * * * *", nothing)).contains("\"a b\""));
    }
}
