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

/// A file with a test for each recorded event, and why recordings were left out.
///
/// # Errors
/// Nothing is left.
pub(super) fn render<'a>(
    library: &str,
    recordings: impl Iterator<Item = (&'a Path, &'a Kept)>,
) -> anyhow::Result<(String, Vec<String>)> {
    let mut text = String::new();
    let mut names = BTreeSet::new();
    let mut left_out = Vec::new();
    for (file, kept) in recordings {
        let (event, effects) = match testable(kept) {
            Ok(both) => both,
            Err(why) => {
                left_out.push(format!("{} is left out: {why}", file.display()));
                continue;
            }
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
    if text.is_empty() {
        bail!("nothing becomes a test:\n{}", left_out.join("\n"));
    }
    // What is not used would be a warning.
    let json = if text.contains("json!(") { JSON } else { "" };
    Ok((format!("{HEAD}{json}{TEST_APP}{text}"), left_out))
}

/// What a test can be written of.
///
/// # Errors
/// It is not an event, or not one whose outcome a test should keep.
fn testable(kept: &Kept) -> Result<(&Event, &Value), String> {
    let event = kept.event.as_ref().ok_or("it is not an event")?;
    // A recording of `sio host` does not know what was sent.
    let effects = kept.effects.as_ref();
    let effects = effects.filter(|effects| effects.get("sent").is_some());
    let effects = effects.ok_or("it was not recorded by sio dev, so its effects are not known")?;
    match effects["outcome"].as_str() {
        Some(outcome @ ("failed" | "unhandled")) => Err(format!(
            "{} was {outcome}; mend the handler and record it again",
            event.name
        )),
        _ => Ok((event, effects)),
    }
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
    let calls = effects["calls"].as_array();
    let calls = calls.map(Vec::as_slice).unwrap_or_default();
    let texts = |value: &Value| value.as_str().map(str::to_owned);
    let emitted = sent.iter().map(|sent| {
        let to = sent["to"].as_str().unwrap_or_default();
        let begin = format!("emit {:?}: ", sent["event"].as_str().unwrap_or_default());
        (format!("{begin}{}", receivers(to)), to.contains(", not "))
    });
    let acted = calls.iter().filter_map(texts).filter_map(|call| {
        let (action, to) = call.split_once(": ")?;
        let (verb, room) = action.split_once(" room ")?;
        let room = room.split_once(" of /").map_or(room, |(room, _)| room);
        Some((format!("{verb} {room:?}: {}", receivers(to)), false))
    });
    let expected: BTreeSet<(String, bool)> = emitted.chain(acted).collect();
    let steady = expected
        .into_iter()
        .filter(|(line, _)| !is_volatile(&Value::from(&**line)));
    for (line, except) in steady {
        let except = if except {
            " && line.contains(\", except \")"
        } else {
            ""
        };
        lines.push(format!(
            "assert!(outcome.sent().iter().any(|line| line.starts_with({line:?}){except}));"
        ));
    }
    if sent.is_empty() && calls.is_empty() {
        lines.push("assert!(outcome.sent().is_empty());".to_owned());
    }
    lines
}

/// What the line of `Outcome::sent` has for receivers, as far as it is the same each time.
fn receivers(words: &str) -> String {
    let words = words.split_once(", not ").map_or(words, |(to, _)| to);
    if words == "its sender" {
        return "socket ".to_owned();
    }
    if let Some(user) = words.strip_prefix("user ") {
        let user = user.split_once(", ").map_or(user, |(user, _)| user);
        return format!("user {user:?}");
    }
    if let Some(room) = words.strip_prefix("room ") {
        return match room.split_once(" of /") {
            Some((room, namespace)) => format!("room {room:?} in /{namespace}"),
            None => format!("room {room:?}"),
        };
    }
    match words.strip_prefix("all of ") {
        Some("/") => "everybody".to_owned(),
        Some(namespace) => format!("everybody in {namespace}"),
        None => String::new(),
    }
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
                "ack": [true], "calls": ["join room den: its sender"], "logs": [], "outcome": "acked",
                "sent": [{ "event": "said", "to": "all of /", "arguments": ["ada", "hi"] }],
            },
        })
    }

    #[test]
    fn a_test_emits_the_event_and_expects_its_effects() {
        let kept = kept(&recording());
        let path = Path::new("0001-socketio.json");
        let (text, _) = render("my_chat", [(path, &kept), (path, &kept)].into_iter()).unwrap();
        for line in [
            "async fn say_is_answered_as_recorded() {",
            "async fn say_is_answered_as_recorded_again() {",
            r#"let outcome = app.socket().user("ada").emit("say", (json!("hi"),)).await;"#,
            "assert_eq!(outcome.ack(), Some(json!([true])));",
            r#"assert_eq!(outcome.emitted("said"), [json!(["ada","hi"])]);"#,
            r#"any(|line| line.starts_with("emit \"said\": everybody"))"#,
            r#"any(|line| line.starts_with("join \"den\": socket "))"#,
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }

    #[test]
    fn what_differs_each_time_is_counted() {
        let mut recording = recording();
        recording["effects"]["ack"] = json!([{ "at": 1_795_872_000_249_u64 }]);
        let kept = kept(&recording);
        let (text, _) = render("a", [(Path::new("x"), &kept)].into_iter()).unwrap();
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
            render("a", [(Path::new("x"), &kept)].into_iter())
                .unwrap()
                .0
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
    fn receivers_are_compared_without_what_differs_each_time() {
        for (words, line) in [
            ("all of /", "everybody"),
            ("all of /ns", "everybody in /ns"),
            ("room den, not its sender", "room \"den\""),
            ("room den of /ns", "room \"den\" in /ns"),
            ("user bob, all of /", "user \"bob\""),
            ("its sender", "socket "),
        ] {
            assert_eq!(receivers(words), line, "{words}");
        }
    }

    #[test]
    fn a_failure_does_not_become_what_is_expected() {
        let mut failed = recording();
        failed["effects"]["outcome"] = json!("failed");
        let (failed, sound) = (kept(&failed), kept(&recording()));
        let both = [(Path::new("bad"), &failed), (Path::new("good"), &sound)];
        let (text, left_out) = render("a", both.into_iter()).unwrap();
        assert_eq!(text.matches("#[tokio::test]").count(), 1);
        assert_eq!(left_out.len(), 1);
        assert!(left_out[0].contains("say was failed"), "{left_out:?}");
    }

    #[test]
    fn a_recording_without_effects_is_refused() {
        let mut recording = recording();
        recording["effects"] = Value::Null;
        let kept = kept(&recording);
        assert!(render("a", [(Path::new("x"), &kept)].into_iter()).is_err());
    }
}
