//! Envelopes of any text, and one event by every way in.

use std::collections::HashMap;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use sio_protocol::signature::Signer;

use super::{Functions, envelope, routes};
use crate::app::{App, Hub};
use crate::extract::{Data, Variadic};
use crate::handler::{Deadline, InvocationId, Request};
use crate::json_net::has_reference;
use crate::reply::Ack;
use crate::settings::Settings;

/// Reads an invocation, whatever it is.
pub(crate) fn invocation(body: &[u8]) {
    for problem in [envelope::open(body).err(), envelope::trigger(body).err()] {
        assert_ne!(problem, Some(String::new()));
    }
}

const KEY: &str = "7aab239577fd4f24bc919802fb629f5f";

/// A type with something of everything.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "it is only decoded")]
enum Shape {
    Unit,
    One(Box<Shape>),
    Many(Vec<Shape>, HashMap<String, u64>),
    Named {
        text: String,
        bytes: Option<crate::Bytes>,
        #[serde(flatten)]
        others: HashMap<String, Value>,
    },
}

/// The headers of an event `e` whose sender waits for an acknowledgement.
const HEADERS: [(&str, &str); 7] = [
    ("ce-connectionid", "c"),
    ("ce-hub", "hub"),
    ("ce-type", "azure.webpubsub.user.e"),
    ("ce-eventname", "e"),
    ("ce-namespace", "/"),
    ("ce-socketid", "s"),
    ("ce-id", "1"),
];

/// Gives an event with these arguments, a JSON array without its brackets, to the same app by the webhook, in an envelope
/// and through the extension. The acknowledgement, which echoes the arguments, is the same.
pub(crate) fn ways_in(arguments: &str) {
    // What is not JSON does not reach the extension's handler as the text that it was.
    let Ok(list) = serde_json::from_str::<Vec<Value>>(&format!("[{arguments}]")) else {
        return;
    };
    let payload = format!("421{}", json!([&[json!("e")], list.as_slice()].concat()));
    let webhook = runtime().block_on(by_webhook("e", &payload));
    let webhook = webhook.and_then(|body| ack(&body));
    let wrapped = runtime().block_on(in_envelope(&payload));
    let extension = runtime().block_on(by_extension(&payload, &list));
    assert_eq!(webhook, wrapped, "{payload}");
    // The one thing that the extension cannot pass on: what looks like a reference of its JSON library.
    let expected = webhook.filter(|_| !has_reference(&payload["421".len()..]));
    assert_eq!(expected, extension, "{payload}");
}

/// Gives text in the place of an event's arguments to handlers of several shapes. Whatever it is, the event is answered.
pub(crate) fn arguments(text: &str) {
    for event in ["pair", "numbers", "some", "blob", "shape", "nothing"] {
        for payload in [
            format!("421[\"{event}\",{text}]"),
            format!("451-1[\"{event}\",{text}]\u{1e}bAQID"),
        ] {
            let answered = runtime().block_on(by_webhook(event, &payload));
            assert!(answered.is_some(), "{payload}");
        }
    }
}

/// The body of a successful answer.
async fn by_webhook(event: &'static str, payload: &str) -> Option<Vec<u8>> {
    let mut headers = HeaderMap::new();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers.insert("ce-eventname", HeaderValue::from_static(event));
    if let Ok(signature) = HeaderValue::from_str(&Signer::new(KEY).sign("c")) {
        headers.insert("ce-signature", signature);
    }
    let mut request = Request {
        method: Method::POST,
        headers,
        ..Request::default()
    };
    let body = Bytes::copy_from_slice(payload.as_bytes());
    let body = std::future::ready(Ok(body));
    let response = functions().handle_webhook(&mut request, body, id()).await;
    response.status.is_success().then(|| response.body.to_vec())
}

async fn in_envelope(payload: &str) -> Option<Value> {
    let headers = HEADERS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!([value])));
    let mut headers: serde_json::Map<String, Value> = headers.collect();
    headers.insert(
        "ce-signature".to_owned(),
        json!([Signer::new(KEY).sign("c")]),
    );
    let body = json!({ "Data": { "req": {
        "Url": "http://localhost/api/socketio", "Method": "POST",
        "Headers": headers, "Params": {}, "Body": payload,
    } } });
    let answer = invoke("socketio", &body).await;
    ack(answer["Outputs"]["res"]["body"].as_str()?.as_bytes())
}

async fn by_extension(payload: &str, list: &[Value]) -> Option<Value> {
    let document = json!({
        "payload": payload, "eventName": "e", "parameters": list, "namespace": "/", "socketId": "s",
    });
    // As the host writes it: an indented document in a string, in a string.
    let document = Value::String(format!("{document:#}")).to_string();
    let body = json!({
        "Data": { "socketEvent": document },
        "Metadata": { "ConnectionContext": { "connectionId": "c", "headers": { "ce-id": ["1"] } } },
    });
    let answer = invoke("e", &body).await;
    answer["ReturnValue"].get("ack").cloned()
}

/// The arguments of an acknowledgement with the id 1.
fn ack(packet: &[u8]) -> Option<Value> {
    serde_json::from_slice(packet.strip_prefix(b"431")?).ok()
}

async fn invoke(function: &str, body: &Value) -> Value {
    let functions = functions();
    let trigger = functions.event(function);
    let deadline = Deadline::after(functions.event_limit());
    let body = body.to_string();
    let headers = HeaderMap::new();
    let answer = routes::envelope(
        function,
        trigger,
        functions,
        &headers,
        body.as_bytes(),
        deadline,
    );
    serde_json::from_slice(answer.await.body()).unwrap_or_default()
}

fn id() -> InvocationId {
    InvocationId::from_headers(&HeaderMap::new())
}

/// An app that echoes the arguments of the event `e`.
fn functions() -> &'static Functions {
    static FUNCTIONS: OnceLock<Functions> = OnceLock::new();
    FUNCTIONS.get_or_init(|| {
        let echo = |Data(Variadic(all)): Data<Variadic<Value>>| async move { Ack(Variadic(all)) };
        let settings = Settings::new().with(
            Settings::CONNECTION,
            format!("Endpoint=http://127.0.0.1:9;AccessKey={KEY};Version=1.0;"),
        );
        let hub = Hub::new("hub")
            .on("e", echo)
            .on("pair", |Data((_, _)): Data<(String, u8)>| async {})
            .on("numbers", |Data(_): Data<Variadic<f64>>| async {})
            .on(
                "some",
                |Data((_, _)): Data<(Option<bool>, Option<i64>)>| async {},
            )
            .on(
                "blob",
                |Data((_, _)): Data<(crate::Bytes, Option<Shape>)>| async {},
            )
            .on("shape", |Data(_): Data<Shape>| async {})
            .on("nothing", |Data(()): Data<()>| async {});
        let registry = App::new().hub(hub).build(settings);
        let functions = registry
            .ok()
            .and_then(|registry| Functions::new(registry).ok());
        let Some(functions) = functions else {
            unreachable!("the app is whole");
        };
        functions
    })
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let Ok(runtime) = builder.enable_all().build() else {
            unreachable!("a runtime without threads needs nothing");
        };
        runtime
    })
}
