//! The same events by every way from the service to a handler: proxied, forwarded, in the host's payload, and through
//! Microsoft's extension. What the client gets is the same.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use socketio_functions::app::Bindings;
use socketio_functions::extract::Variadic;
use socketio_functions::prelude::*;
use socketio_functions::testing::World;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::support::PATIENCE;

/// Sends its arguments back as an event, then acknowledges with them, refuses with them, or fails.
async fn attempt(
    socket: Socket,
    user: UserId,
    Data(Variadic(arguments)): Data<Variadic<Value>>,
) -> anyhow::Result<Ack<Value>> {
    socket.emit("heard", (&user, &arguments));
    match arguments.first().and_then(Value::as_str) {
        Some("refuse") => Err(Refusal::new(&arguments).into()),
        Some("fail") => anyhow::bail!("asked to fail"),
        Some("panic") => panic!("asked to panic"),
        _ => Ok(Ack(arguments.into())),
    }
}

async fn typed(Data((text, number)): Data<(String, u8)>) -> Ack<(String, u8)> {
    Ack((text, number))
}

async fn blob(Data(bytes): Data<Bytes>, io: Io) -> Ack<usize> {
    let length = bytes.len();
    io.emit("blob", bytes);
    Ack(length)
}

fn app(bindings: Bindings) -> App {
    let hub = Hub::new("hub")
        .on("attempt", attempt)
        .on("typed", typed)
        .on("mark", async || Ack(true));
    // The extension cannot pass bytes, and an app that wants them from it does not start.
    App::new().hub(match bindings {
        Bindings::Direct => hub.on("blob", blob),
        Bindings::Extension => hub,
    })
}

/// Events as a client sends them, each with an acknowledgement asked for by the number 1, and whether one comes.
const EVENTS: [(&str, bool); 15] = [
    (r#"421["attempt"]"#, true),
    (r#"421["attempt","hi",1,null,[true],{"a":{}}]"#, true),
    (r#"421["attempt", 1.5 , -0.0, 1e300]"#, true),
    (r#"421["attempt","消\u606f\"\\\u001e\u0000","😀"]"#, true),
    (r#"421["attempt",["1"],"{}","[]"]"#, true),
    (r#"421["attempt","refuse",{"why":"no"}]"#, true),
    (r#"421["attempt","fail"]"#, false),
    (r#"421["attempt","panic"]"#, false),
    (r#"421["typed","a",255]"#, true),
    (r#"421["typed","a",256]"#, false),
    (r#"421["typed","a"]"#, false),
    (r#"421["unknown",1]"#, false),
    (r#"451-1["blob",{"_placeholder":true,"num":0}]"#, true),
    (r#"421["blob","text"]"#, true),
    (r#"421["blob",1]"#, false),
];

/// The header of a packet and its data as a value: a number has several spellings. Attachments have no header.
type Packet = (String, Value);

fn packet(message: &Message) -> Packet {
    let Message::Text(text) = message else {
        return (String::new(), json!(message.clone().into_data()));
    };
    let (header, data) = text.split_at(text.find('[').unwrap());
    (header.to_owned(), serde_json::from_str(data).unwrap())
}

/// What a client gets for each event until the event after it is acknowledged.
async fn heard(bindings: Bindings, forwarding: bool, proxying: bool) -> Vec<Vec<Packet>> {
    let project = tempfile::tempdir().unwrap();
    let mut host_json = json!({ "version": "2.0", "customHandler": {
        "description": { "defaultExecutablePath": "handler" },
        "enableForwardingHttpRequest": forwarding,
        "enableProxyingHttpRequest": proxying,
    } });
    if bindings == Bindings::Extension {
        host_json["extensionBundle"] = json!({
            "id": "Microsoft.Azure.Functions.ExtensionBundle.Preview",
            "version": "[4.*, 5.0.0)",
        });
    }
    std::fs::write(project.path().join("host.json"), host_json.to_string()).unwrap();
    let world = World::builder(app(bindings)).bindings(bindings);
    let world = world.script_root(project.path()).start().await.unwrap();

    let at = world.negotiate("ada").unwrap();
    let endpoint = at.endpoint.replacen("http", "ws", 1);
    let url = format!(
        "{endpoint}{}/?EIO=4&transport=websocket&access_token={}",
        at.path, at.token
    );
    let (mut socket, _) = connect_async(url).await.unwrap();
    socket.send(Message::text("40")).await.unwrap();
    let mut next = async |to_send: &[Message]| {
        for message in to_send {
            socket.send(message.clone()).await.unwrap();
        }
        let next = tokio::time::timeout(PATIENCE, socket.next()).await;
        next.unwrap().unwrap().unwrap()
    };
    while !is(&next(&[]).await, "40{") {}
    let mut outcomes = Vec::new();
    for (event, _) in EVENTS {
        let mut to_send = vec![Message::text(event)];
        if event.starts_with("45") {
            to_send.push(Message::binary(&b"\0\xff"[..]));
        }
        to_send.push(Message::text(r#"422["mark"]"#));
        let mut outcome = Vec::new();
        loop {
            let message = next(&std::mem::take(&mut to_send)).await;
            if is(&message, "432[true]") {
                break;
            }
            // Not a heartbeat.
            if !is(&message, "2") {
                outcome.push(packet(&message));
            }
        }
        outcomes.push(outcome);
    }
    world.stop().await;
    outcomes
}

/// Whether a message is a text that begins like this.
fn is(message: &Message, start: &str) -> bool {
    matches!(message, Message::Text(text) if text.starts_with(start))
}

#[tokio::test]
async fn an_event_has_the_same_outcome_by_every_way() {
    let (proxied, forwarded, wrapped, extension) = tokio::join!(
        heard(Bindings::Direct, false, true),
        heard(Bindings::Direct, true, false),
        heard(Bindings::Direct, false, false),
        heard(Bindings::Extension, false, false),
    );
    for (number, (event, acknowledged)) in EVENTS.into_iter().enumerate() {
        let outcome = &proxied[number];
        let acks = outcome.iter().filter(|(header, _)| header == "431").count();
        assert_eq!(acks, usize::from(acknowledged), "{event}: {outcome:?}");
        assert_eq!(&forwarded[number], outcome, "{event}, forwarded");
        assert_eq!(&wrapped[number], outcome, "{event}, in a payload");
        if !event.contains("blob") {
            assert_eq!(&extension[number], outcome, "{event}, by the extension");
        }
    }
}
