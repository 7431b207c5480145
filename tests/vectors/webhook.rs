//! Cases of the webhook, posted to an app that does what the case's function does.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use serde_json::{Value, json};
use sio_protocol::socket::Packet;
use socketio_functions::extract::Variadic;
use socketio_functions::prelude::{Ack, App, Data, EventName, Hub, Refusal, Socket};

use super::Ours;
use super::rules::is_nowhere;
use crate::support::{Answer, Event, Running};

/// What a handler saw.
type Seen = Arc<Mutex<Option<Value>>>;

/// A hub where this handler takes the events of a namespace. An impossible namespace gets the main one's handler, which
/// must not be reached.
macro_rules! hub {
    ($namespace:expr, $handler:expr) => {
        match $namespace {
            other if other != "/" && !is_nowhere(other) => {
                Hub::new("hub").namespace(other, |handlers| handlers.on_any($handler))
            }
            _ => Hub::new("hub").on_any($handler),
        }
    };
}

async fn seen(namespace: &str, event: &str, body: &str) -> (Option<Value>, Answer) {
    let seen = Seen::default();
    let take = seen.clone();
    let handler = move |socket: Socket,
                        event: EventName,
                        Data(Variadic(parameters)): Data<Variadic<Value>>| {
        let take = take.clone();
        async move {
            *take.lock().unwrap() = Some(json!({
                "eventName": event.as_str(),
                "namespace": socket.namespace().as_str(),
                "socketId": socket.id().as_str(),
                "parameters": parameters,
            }));
            Ack(())
        }
    };
    let app = Running::start(App::new().hub(hub!(namespace, handler))).await;
    let event = Event::user("x", body)
        .with("ce-namespace", namespace)
        .with("ce-eventname", event);
    let answer = app.event(&event).await;
    let seen = seen.lock().unwrap().take();
    (seen, answer)
}

pub(crate) async fn decode(given: &Value) -> Ours {
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    let (body, event) = (text("body"), text("ce-eventName"));
    let (seen, answer) = seen(text("ce-namespace"), event, body).await;
    let Some(mut seen) = seen else {
        if answer.status == 400 {
            return Ours::Refused(answer.body);
        }
        return Ours::Value(json!({ "status": answer.status, "body": answer.body }));
    };
    // The id shows in the acknowledgement, an empty list.
    let ack = answer
        .body
        .strip_prefix('4')
        .map(|packet| Packet::parse(packet).unwrap());
    let id = ack.and_then(|packet| packet.ack_id);
    seen["ackId"] = id.map_or(Value::Null, |id| match id.parse::<u64>() {
        Ok(id) => id.into(),
        Err(_) => id.into(),
    });
    Ours::Value(seen)
}

pub(crate) async fn date(given: &Value) -> Ours {
    let body = format!("42{}", json!(["e", given["parameterString"]]));
    let (seen, _) = seen("/", "e", &body).await;
    let Some(seen) = seen else {
        panic!("the handler did not run")
    };
    Ours::Value(json!({ "seenByFunction": seen["parameters"][0] }))
}

/// The object that a function returned, or returned as text.
fn returned(given: &Value) -> Option<Value> {
    match &given["return"] {
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        Value::Null => Some(json!({})),
        object @ Value::Object(_) => Some(object.clone()),
        _ => None,
    }
}

/// A status as a number, its digits or its name.
fn status(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok().or_else(|| {
            let named = |code: &u16| {
                let status = StatusCode::from_u16(*code).ok();
                let name = status.and_then(|status| status.canonical_reason());
                name.is_some_and(|name| name.replace(' ', "").eq_ignore_ascii_case(text))
            };
            (100..600).find(named)
        }),
        _ => None,
    }
}

fn answered(answer: &Answer) -> Ours {
    Ours::Value(json!({ "status": answer.status, "body": answer.body }))
}

pub(crate) async fn ack(given: &Value) -> Ours {
    let Some(returned) = returned(given) else {
        return Ours::Untypable("a reply that is not an acknowledgement");
    };
    let members = returned.as_object().unwrap();
    if members
        .keys()
        .any(|name| !matches!(name.as_str(), "ack" | "statusCode"))
    {
        return Ours::Untypable("a member that our types do not have");
    }
    if members
        .get("statusCode")
        .is_some_and(|code| status(code) != Some(200))
    {
        return Ours::Untypable("a status for an event");
    }
    let list = match members.get("ack") {
        None | Some(Value::Null) => None,
        Some(Value::Array(list)) => Some(list.clone()),
        Some(_) => return Ours::Untypable("an acknowledgement that is not a list"),
    };
    let namespace = given["ce-namespace"].as_str().unwrap_or_default();
    let hub = match list {
        Some(list) => {
            let acks = move || {
                let list = list.clone();
                async move { Ack(Variadic(list)) }
            };
            hub!(namespace, acks)
        }
        None => hub!(namespace, || async {}),
    };
    let app = Running::start(App::new().hub(hub)).await;
    let body = given["packet"].as_str().unwrap_or_default();
    let packet = body.strip_prefix('4').map(Packet::parse);
    let event = packet.and_then(|packet| packet.ok()?.event().ok());
    // What is not an event has no name, but the service sends the header with every request.
    let name = event.map_or_else(|| "e".into(), |event| event.name);
    let event = Event::user("x", body)
        .with("ce-namespace", namespace)
        .with("ce-eventname", &name);
    let answer = app.event(&event).await;
    match answer.status {
        400 => Ours::Refused(answer.body),
        _ => answered(&answer),
    }
}

pub(crate) async fn connect(given: &Value) -> Ours {
    let Some(returned) = returned(given) else {
        return Ours::Untypable("a reply that decides nothing");
    };
    let members = returned.as_object().unwrap();
    if members.keys().any(|name| name != "statusCode") {
        return Ours::Untypable("a member that our types do not have");
    }
    let code = match members.get("statusCode") {
        None => 200,
        Some(value) => match status(value) {
            Some(code) => code,
            None => return Ours::Untypable("an invalid status"),
        },
    };
    let decide = move || async move {
        if (200..300).contains(&code) {
            Ok(())
        } else {
            Err(Refusal::new("no").status(code))
        }
    };
    let app = Running::start(App::new().hub(Hub::new("hub").on_connect(decide))).await;
    answered(&app.event(&Event::connect()).await)
}
