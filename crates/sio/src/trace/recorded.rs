//! What a recording has besides the exchange: the event by its name, and what it caused.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Deserialize as _;
use serde_json::{Value, json};
use sio_host::{RecordedBody, Recording};
use sio_protocol::cloud_events::{header, is_system};
use sio_trace::{Outcome, Step, Summary, Trace, What, packet};

use super::effects;
use crate::whole_file;

/// An invocation whose exchange with the handler is in a file.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) trace: String,
    pub(super) invocation: String,
    pub(super) file: PathBuf,
}

impl Recorded {
    /// Adds the event and its effects. What was sent is only known where the service reports it.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn complete(&self, trace: &Trace, with_service: bool) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.file).context("cannot read it")?;
        let mut whole: Value = serde_json::from_str(&text).context("it is not JSON")?;
        let recording = Recording::deserialize(&whole).context("it is not a recording")?;
        let event = event(&recording);
        let name = event.as_ref().and_then(|event| event["name"].as_str());
        let steps = part(&trace.steps, &self.invocation, name);
        let Some(mut summary) = Summary::of(&trace.id, &steps) else {
            return Ok(());
        };
        let said = recording.answer.body.bytes().unwrap_or_default();
        summary.ack = summary
            .ack
            .or_else(|| packet::acknowledgement(&String::from_utf8_lossy(&said)));
        if summary.ack.is_some() && summary.outcome == Outcome::Ok {
            summary.outcome = Outcome::Acked;
        }
        let mut effects = effects::describe(&summary);
        if !with_service && let Some(effects) = effects.as_object_mut() {
            effects.retain(|name, _| !matches!(name.as_str(), "sent" | "calls"));
        }
        if let Some(event) = event {
            whole["event"] = event;
        }
        whole["effects"] = effects;
        let text = serde_json::to_string_pretty(&whole)?;
        whole_file::write(&self.file, text + "\n").context("cannot write it")
    }
}

/// The steps that belong to an invocation. A client that joins is one trace with two webhooks, `connect` and
/// `connected`: what the service was asked for before a webhook's answer belongs to that one.
fn part(steps: &[Step], invocation: &str, event: Option<&str>) -> Vec<Step> {
    let webhook = |step: &Step| match &step.what {
        What::Webhook { event, .. } => Some(event.clone()),
        _ => None,
    };
    let answered: Vec<String> = steps.iter().filter_map(webhook).collect();
    let own = answered.iter().position(|name| Some(&**name) == event);
    let own = own.filter(|_| answered.len() > 1);
    // What comes behind the last answer, such as the acknowledgement's delivery, belongs to it.
    let last = answered.len().saturating_sub(1);
    let mut answers = 0;
    let mut part = Vec::new();
    for step in steps {
        let belongs = match (&step.invocation, own) {
            (Some(of), _) => of == invocation,
            (None, Some(own)) => answers.min(last) == own,
            (None, None) => true,
        };
        if belongs {
            part.push(step.clone());
        }
        answers += usize::from(webhook(step).is_some());
    }
    part
}

/// The event that a request to the handler carries, as a webhook or in the host's envelope.
fn event(recording: &Recording) -> Option<Value> {
    let RecordedBody::Text(body) = &recording.body else {
        return None;
    };
    let header = |name: &str| recording.headers.get(name)?.first().map(String::as_str);
    let described = |system: bool, name: &str, payload: &str| {
        let arguments = packet::arguments(payload).filter(|_| !system);
        json!({
            "name": name,
            "system": system,
            "arguments": effects::parsed(&arguments.unwrap_or_default()),
        })
    };
    if let (Some(kind), Some(name)) = (header(header::TYPE), header(header::EVENT_NAME)) {
        let mut event = described(is_system(kind), name, body);
        event["hub"] = json!(header(header::HUB));
        event["namespace"] = json!(header(header::NAMESPACE));
        event["user"] = json!(header(header::USER_ID));
        return Some(event);
    }
    let envelope: Value = serde_json::from_str(body).ok()?;
    let metadata = &envelope["Metadata"];
    let context = opened(&metadata["ConnectionContext"]);
    let name = context["eventName"].as_str()?;
    let payload = opened(&metadata["Payload"]);
    let mut event = described(
        context["eventType"] == 0,
        name,
        payload.as_str().unwrap_or_default(),
    );
    event["hub"] = context["hub"].clone();
    event["namespace"] = opened(&metadata["Namespace"]);
    event["user"] = context["userId"].clone();
    Some(event)
}

/// A value of the envelope's metadata, which the host may write as JSON text.
fn opened(value: &Value) -> Value {
    let inner = value
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok());
    inner.unwrap_or_else(|| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_host(invocation: &str, text: &str) -> Step {
        let log = What::Log {
            level: "info".to_owned(),
            text: text.to_owned(),
        };
        Step {
            invocation: Some(invocation.to_owned()),
            ..Step::new(0, Some("t".to_owned()), log)
        }
    }

    fn webhook(event: &str) -> Step {
        let what = What::Webhook {
            event: event.to_owned(),
            status: Some(200),
            error: None,
            bytes: 0,
            tries: 1,
            took: 1.0,
        };
        Step::new(0, Some("t".to_owned()), what)
    }

    fn sent(event: &str) -> Step {
        let what = What::Delivered {
            event: event.to_owned(),
            to: "all of /".to_owned(),
            clients: 1,
            bytes: 9,
        };
        Step::new(0, Some("t".to_owned()), what)
    }

    /// The log line of `connect` may arrive after the webhook's answer: it comes by another way.
    #[test]
    fn connect_and_connected_have_their_own_effects_though_they_are_one_trace() {
        let steps = [
            sent("early"),
            webhook("connect"),
            of_host("one", "asked"),
            sent("joined"),
            of_host("two", "told"),
            webhook("connected"),
            sent("late"),
        ];
        let effects = |invocation, event| {
            let steps = part(&steps, invocation, Some(event));
            let summary = Summary::of("t", &steps).unwrap();
            let sent: Vec<_> = summary.sent.iter().map(|sent| sent.event.clone()).collect();
            let logs: Vec<_> = summary.logs.iter().map(|log| log.text.clone()).collect();
            (sent.join(" "), logs.join(" "))
        };
        let strings = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(effects("one", "connect"), strings("early", "asked"));
        assert_eq!(effects("two", "connected"), strings("joined late", "told"));
    }

    #[test]
    fn an_event_is_known_from_the_exchange_alone() {
        let recording = |headers: Value, body: &str| -> Recording {
            serde_json::from_value(json!({
                "function": "f", "mode": "proxied", "method": "POST", "path": "/api/socketio",
                "headers": headers, "body": body,
                "answer": { "status": 200, "headers": {}, "body": "" },
            }))
            .unwrap()
        };
        let headers = json!({
            "ce-type": ["azure.webpubsub.user.say"], "ce-eventname": ["say"], "ce-hub": ["hub"],
            "ce-namespace": ["/"], "ce-userid": ["ada"],
        });
        let direct = event(&recording(headers, r#"420["say",1]"#)).unwrap();
        assert_eq!(
            direct,
            json!({
                "name": "say", "system": false, "arguments": [1], "hub": "hub", "namespace": "/", "user": "ada",
            })
        );
        let body = json!({
            "Data": {},
            "Metadata": {
                "ConnectionContext": r#"{"eventType":1,"eventName":"say","hub":"hub","userId":"ada"}"#,
                "Namespace": "/", "Payload": r#"420["say",1]"#,
            },
        });
        let enveloped = event(&recording(json!({}), &body.to_string())).unwrap();
        assert_eq!(enveloped, direct);
        assert_eq!(event(&recording(json!({}), "{}")), None);
    }
}
