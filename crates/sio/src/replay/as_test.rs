//! Recordings as tests of the handlers, which need no network.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use serde_json::Value;
use sio_host::Recording;

use super::alike::is_volatile;
use super::{Event, Kept};

const HEAD: &str = "//! Recorded with `sio dev --record`, and written by `sio replay --as-test`.

";

const JSON: &str = "use serde_json::json;
";

const TEST_APP: &str = "use socketio_functions::testing::TestApp;
";

/// A file with a test for each recorded event.
///
/// # Errors
/// A recording has no event with its effects.
pub(super) fn render<'a>(
    library: &str,
    recordings: impl Iterator<Item = (&'a Path, &'a Kept)>,
) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut names = BTreeSet::new();
    for (file, kept) in recordings {
        // A recording of `sio host` does not know what was sent.
        let effects = kept
            .effects
            .as_ref()
            .filter(|effects| effects.get("sent").is_some());
        let (Some(event), Some(effects)) = (&kept.event, effects) else {
            bail!(
                "{} is not a recording of an event with its effects\nhint: record it with sio dev --record DIR",
                file.display()
            );
        };
        let mut name = format!("{}_is_answered_as_recorded", word(&event.name));
        while !names.insert(name.clone()) {
            name.push_str("_again");
        }
        let mut socket = String::from("app.socket()");
        if let Some(user) = &event.user {
            socket.push_str(&format!(".user({user:?})"));
        }
        if let Some(namespace) = event.namespace.as_deref().filter(|name| *name != "/") {
            socket.push_str(&format!(".namespace({namespace:?})"));
        }
        let call = call(event, &kept.recording)?;
        text.push_str(&format!(
            "\n#[tokio::test]\nasync fn {name}() {{\n    let app = TestApp::new({library}::app()).await.expect(\"the app is sound\");\n    let outcome = {socket}.{call}.await;\n",
        ));
        if event.system && event.name == "connect" {
            text.push_str(&format!("    {}\n", admission(&kept.recording, effects)));
        }
        for line in expected(effects) {
            text.push_str(&format!("    {line}\n"));
        }
        text.push_str("}\n");
    }
    // What is not used would be a warning.
    let json = if text.contains("json!(") { JSON } else { "" };
    Ok(format!("{HEAD}{json}{TEST_APP}{text}"))
}

/// The call that makes the event happen.
fn call(event: &Event, recording: &Recording) -> anyhow::Result<String> {
    if !event.system {
        let arguments: Vec<String> = event.arguments.iter().map(literal).collect();
        let arguments = match arguments.as_slice() {
            [] => "()".to_owned(),
            [one] => format!("({one},)"),
            several => format!("({})", several.join(", ")),
        };
        return Ok(format!("emit({:?}, {arguments})", event.name));
    }
    Ok(match &*event.name {
        "connect" => "connect()".to_owned(),
        "connected" => "connected()".to_owned(),
        "disconnected" => {
            let body = recording.body.bytes().unwrap_or_default();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let reason = body["reason"].as_str().unwrap_or_default();
            format!("disconnected({reason:?})")
        }
        other => bail!("{other:?} is not an event of the service"),
    })
}

/// What a test of `connect` expects of the answer.
fn admission(recording: &Recording, effects: &Value) -> String {
    match recording.answer.status {
        // The host's envelope has the refusal in its return value.
        200..=299 if effects["outcome"] == "refused" => {
            "assert!(outcome.rejection().is_some());".to_owned()
        }
        200..=299 => "assert_eq!(outcome.rejection(), None);".to_owned(),
        status => {
            format!("assert_eq!(outcome.rejection().map(|(status, _)| status), Some({status}));")
        }
    }
}

/// What the test expects. What differs each time is only counted.
fn expected(effects: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match effects.get("ack") {
        None => lines.push("assert_eq!(outcome.ack(), None);".to_owned()),
        Some(ack) if is_volatile(ack) => {
            lines.push("// Its content differs each time.".to_owned());
            lines.push("assert!(outcome.ack().is_some());".to_owned());
        }
        Some(ack) => lines.push(format!(
            "assert_eq!(outcome.ack(), Some({}));",
            literal(ack)
        )),
    }
    let sent = effects["sent"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let events: BTreeSet<&str> = sent
        .iter()
        .filter_map(|sent| sent["event"].as_str())
        .collect();
    for event in events {
        let all = sent.iter().filter(|sent| sent["event"] == event);
        let all: Vec<&Value> = all.map(|sent| &sent["arguments"]).collect();
        if all.iter().any(|arguments| is_volatile(arguments)) {
            lines.push("// Their content differs each time.".to_owned());
            lines.push(format!(
                "assert_eq!(outcome.emitted({event:?}).len(), {});",
                all.len()
            ));
        } else {
            let all: Vec<String> = all.into_iter().map(literal).collect();
            lines.push(format!(
                "assert_eq!(outcome.emitted({event:?}), [{}]);",
                all.join(", ")
            ));
        }
    }
    if sent.is_empty() && effects["calls"].as_array().is_none_or(Vec::is_empty) {
        lines.push("assert!(outcome.sent().is_empty());".to_owned());
    }
    lines
}

fn literal(value: &Value) -> String {
    format!("json!({value})")
}

/// A name as a part of a function's name.
fn word(name: &str) -> String {
    let legal = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    };
    let word: String = name.chars().map(legal).collect();
    match word.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("event_{word}"),
        false => word,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(recording: &Value) -> Kept {
        serde_json::from_value(recording.clone()).unwrap()
    }

    fn recording() -> Value {
        json!({
            "function": "socketio", "mode": "proxied", "method": "POST", "path": "/api/socketio",
            "headers": { "ce-eventname": ["say"] }, "body": "420[\"say\",\"hi\"]",
            "answer": { "status": 200, "headers": {}, "body": "430[true]" },
            "event": { "name": "say", "arguments": ["hi"], "user": "ada", "namespace": "/", "hub": "hub" },
            "effects": {
                "ack": [true], "calls": [], "logs": [], "outcome": "acked",
                "sent": [{ "event": "said", "to": "all of /", "arguments": ["ada", "hi"] }],
            },
        })
    }

    #[test]
    fn a_test_emits_the_event_and_expects_its_effects() {
        let kept = kept(&recording());
        let path = Path::new("0001-socketio.json");
        let text = render("my_chat", [(path, &kept), (path, &kept)].into_iter()).unwrap();
        for line in [
            "async fn say_is_answered_as_recorded() {",
            "async fn say_is_answered_as_recorded_again() {",
            r#"let outcome = app.socket().user("ada").emit("say", (json!("hi"),)).await;"#,
            "assert_eq!(outcome.ack(), Some(json!([true])));",
            r#"assert_eq!(outcome.emitted("said"), [json!(["ada","hi"])]);"#,
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }

    #[test]
    fn what_differs_each_time_is_counted() {
        let mut recording = recording();
        recording["effects"]["ack"] = json!([{ "at": 1_795_872_000_249_u64 }]);
        let kept = kept(&recording);
        let text = render("a", [(Path::new("x"), &kept)].into_iter()).unwrap();
        assert!(text.contains("assert!(outcome.ack().is_some());"), "{text}");
    }

    #[test]
    fn the_events_of_the_service_have_calls_of_their_own() {
        let mut recording = recording();
        recording["event"] = json!({ "name": "connect", "system": true, "arguments": [] });
        recording["effects"] = json!({ "calls": [], "logs": [], "outcome": "refused", "sent": [] });
        recording["answer"]["status"] = json!(403);
        let text = |recording: &Value| {
            let kept = kept(recording);
            render("a", [(Path::new("x"), &kept)].into_iter()).unwrap()
        };
        let connect = text(&recording);
        for line in [
            "let outcome = app.socket().connect().await;",
            "assert_eq!(outcome.rejection().map(|(status, _)| status), Some(403));",
        ] {
            assert!(connect.contains(line), "{line} is missing in:\n{connect}");
        }
        recording["event"]["name"] = json!("disconnected");
        recording["body"] = json!(r#"{"reason":"bye"}"#);
        let disconnected = text(&recording);
        assert!(
            disconnected.contains(r#"app.socket().disconnected("bye").await"#),
            "{disconnected}"
        );
    }

    #[test]
    fn a_recording_without_effects_is_refused() {
        let mut recording = recording();
        recording["effects"] = Value::Null;
        let kept = kept(&recording);
        assert!(render("a", [(Path::new("x"), &kept)].into_iter()).is_err());
    }
}
