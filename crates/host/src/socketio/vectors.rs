//! The published cases of docs/contracts/socketio-extension.md, one JSON line each.

use serde_json::Value;

use super::action::Action;
use super::call::RestCall;
use super::delivery::Delivery;
use super::event::{Event, Refused};
use super::reply::{Asked, reply};
use crate::json::Json;

fn cases(kind: &str) -> Vec<(String, Value, Value)> {
    let lines = include_str!("../../../../tests/fixtures/socketio/extension.jsonl").lines();
    let found: Vec<_> = lines
        .filter_map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            let id = case["id"].as_str().unwrap().to_owned();
            let number = id.strip_prefix(kind)?.strip_prefix('-')?;
            number
                .starts_with(|c: char| c.is_ascii_digit())
                .then(|| (id.clone(), case["in"].clone(), case["out"].clone()))
        })
        .collect();
    assert!(!found.is_empty(), "there is no case of {kind}");
    found
}

fn json(value: &Value) -> Json {
    Json::lenient(&value.to_string()).unwrap()
}

fn delivery(namespace: &str, event: &str) -> Delivery {
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("ce-connectionid", "c"),
        ("ce-hub", "hub"),
        ("ce-type", "azure.webpubsub.user.message"),
        ("ce-eventname", event),
        ("ce-namespace", namespace),
        ("ce-socketid", "s1"),
        ("webhook-request-origin", "abc"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    Delivery::read(&headers, Json::Null).unwrap()
}

fn read(case: &Value) -> Result<(Event, Delivery), Refused> {
    let delivery = delivery(
        case["ce-namespace"].as_str().unwrap(),
        case["ce-eventName"].as_str().unwrap_or("chat"),
    );
    let body = case["body"].as_str().unwrap().as_bytes();
    Event::read(&delivery, Some("text/plain"), body).map(|event| (event, delivery))
}

#[test]
fn events_are_read() {
    for (id, case, expected) in cases("decode") {
        let (event, delivery) = read(&case).unwrap_or_else(|refused| panic!("{id}: {refused:?}"));
        let Event::Message { ack, .. } = &event else {
            panic!("{id}: {event:?}");
        };
        assert_eq!(ack.map(i64::from), expected["ackId"].as_i64(), "{id}");
        let request = event.request(&delivery);
        let mut expected = expected;
        expected.as_object_mut().unwrap().remove("ackId");
        let seen: Value = serde_json::from_str(&request.compact()).unwrap();
        assert_eq!(seen, expected, "{id}");
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (id, case, expected) in cases("decode-fail") {
        assert_eq!(expected["status"], 500, "{id}");
        let refused = read(&case).map(|(event, _)| event);
        assert!(
            matches!(refused, Err(Refused::Unreadable(_))),
            "{id}: {refused:?}"
        );
    }
}

#[test]
fn dates_in_arguments_are_written_anew() {
    for (id, case, expected) in cases("date") {
        let body = Json::Array(vec![Json::text("e"), json(&case["parameterString"])]).compact();
        let delivery = delivery("/", "e");
        let event = Event::read(
            &delivery,
            Some("text/plain"),
            format!("42{body}").as_bytes(),
        );
        let Ok(Event::Message {
            parameters: Some(list),
            ..
        }) = event
        else {
            panic!("{id}: {event:?}");
        };
        assert_eq!(list, [json(&expected["seenByFunction"])], "{id}");
    }
}

#[test]
fn return_values_become_answers() {
    for kind in ["ack", "connect"] {
        for (id, case, expected) in cases(kind) {
            let (namespace, packet);
            let asked = if kind == "connect" {
                Asked::Connect
            } else {
                namespace = case["ce-namespace"].as_str().unwrap().to_owned();
                packet = super::packet::decode(case["packet"].as_str().unwrap()).unwrap();
                let Some(ack) = packet.ack else {
                    assert_eq!(expected["status"], 200, "{id}");
                    continue;
                };
                Asked::Ack {
                    namespace: &namespace,
                    id: ack,
                }
            };
            let answer = reply(asked, &json(&case["return"]));
            assert_eq!(
                u64::from(answer.status.as_u16()),
                expected["status"].as_u64().unwrap(),
                "{id}"
            );
            let text = answer.text.unwrap_or_default();
            match expected["body"].as_str().unwrap() {
                // Some message.
                message if message.starts_with('<') => assert!(!text.is_empty(), "{id}"),
                body => assert_eq!(text, body, "{id}"),
            }
        }
    }
}

#[test]
fn actions_become_requests() {
    for (id, case, expected) in cases("action") {
        let action = Action::read(&json(&case)).unwrap_or_else(|error| panic!("{id}: {error}"));
        let call = RestCall::of(&action);
        let url = format!("https://abc/api/hubs/chat{}", call.target);
        assert_eq!(url, expected["url"].as_str().unwrap(), "{id}");
        assert_eq!(
            call.content_type,
            expected["contentType"].as_str().unwrap(),
            "{id}"
        );
        let body = call.body.replace("\\u0027", "'");
        assert_eq!(body, expected["body"].as_str().unwrap(), "{id}");
    }
}

#[test]
fn wrong_actions_are_refused_in_the_words_of_the_extension() {
    for (id, case, expected) in cases("action-fail") {
        let error = Action::read(&json(&case)).map(|action| action.name());
        let error = error.expect_err(&id).to_string();
        let words = expected["error"].as_str().unwrap();
        if !words.starts_with('<') {
            assert!(error.starts_with(words), "{id}: {error}");
        }
    }
}
