//! The servers, and the request that each of them gets.

use std::convert::Infallible;
use std::process::{Child, Command, ExitCode, Stdio};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use sio_protocol::signature::Signer;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::SERVE;

const KEY: &str = "7aab239577fd4f24bc919802fb629f5f";
const CONNECTION_ID: &str = "0f9c97a2f0bf4706afe87a14e0797b11";
const PAYLOAD: &str = r#"4213["chat","lobby","hello, how are you?",7]"#;
const ACK: &str = "4313[true,26]";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The event is acknowledged.
    Direct,
    /// The event comes in the host's envelope, and is answered with an action and the acknowledgement.
    Extension,
    /// The event is sent on to everybody through REST, then acknowledged.
    Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Bare,
    Ours,
    /// Ours, with a thousand more events and namespaces registered.
    Large,
    Node,
}

/// The servers that a child process runs, as `BENCH_SERVE` names them.
const HANDLER: &str = "handler";
const LARGE_HANDLER: &str = "large-handler";
const BARE_DIRECT: &str = "bare-direct";
const BARE_EXTENSION: &str = "bare-extension";

/// Runs the server with this name.
///
/// # Panics
/// No server has it: a child that measured instead would start further children.
pub(crate) fn serve(name: &str) -> ExitCode {
    match name {
        HANDLER => handler(0),
        LARGE_HANDLER => handler(1000),
        BARE_DIRECT => bare(Mode::Direct),
        BARE_EXTENSION => bare(Mode::Extension),
        _ => panic!("{SERVE} is {name:?}, which is not a server"),
    }
}

/// Serves the app with this many events and namespaces more.
fn handler(more: u32) -> ExitCode {
    match app(more).main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The app under measurement, with so many other events and namespaces beside those that are used.
fn app(others: u32) -> App {
    let mut hub = hub();
    for number in 0..others {
        hub = hub
            .on(format!("other {number}"), || async {})
            .namespace(&format!("/other/{number}"), |namespace| {
                namespace.on("event", || async {})
            });
    }
    App::new().hub(hub)
}

fn hub() -> Hub {
    Hub::new("hub")
        .on(
            "chat",
            |Data((_, text, count)): Data<(String, String, usize)>| async move {
                Ack((true, text.len() + count))
            },
        )
        .on(
            "shout",
            |socket: Socket, Data((room, text, count)): Data<(String, String, usize)>| async move {
                socket.to(room).emit("message", &text);
                Ack((true, text.len() + count))
            },
        )
        .on(
            "publish",
            |Data((_, text, count)): Data<(String, String, usize)>, io: Io| async move {
                io.emit("message", &text);
                Ack((true, text.len() + count))
            },
        )
}

/// What the app answers to the request of a mode.
fn answer(mode: Mode) -> (&'static str, String) {
    match mode {
        Mode::Direct | Mode::Rest => ("text/plain; charset=utf-8", ACK.to_owned()),
        Mode::Extension => (
            "application/json; charset=utf-8",
            r#"{"Outputs":{"actions":[{"actionName":"sendToRooms","namespace":"/","rooms":["lobby"],"eventName":"message","parameters":["hello, how are you?"],"exceptRooms":["socket-1"]}]},"Logs":[],"ReturnValue":{"statusCode":200,"ack":[true,26]}}"#.to_owned(),
        ),
    }
}

/// The last line of the answer, by which the generator knows that it is right.
pub(crate) fn expected(mode: Mode) -> String {
    answer(mode).1
}

/// Serves the same bytes whatever comes.
fn bare(mode: Mode) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async move {
        let port: u16 = std::env::var(Settings::PORT).unwrap().parse().unwrap();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .unwrap();
        let (media_type, body) = answer(mode);
        let body = Bytes::from(body);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let body = body.clone();
            tokio::spawn(async move {
                let service = service_fn(move |_: Request<Incoming>| {
                    let mut response = Response::new(Full::new(body.clone()));
                    let media_type = http::HeaderValue::from_static(media_type);
                    response.headers_mut().insert("content-type", media_type);
                    async move { Ok::<_, Infallible>(response) }
                });
                let http = hyper::server::conn::http1::Builder::new();
                // A connection that ends is the generator's doing.
                let _ = http.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

/// Starts a server on the second core. `service` is the port of the service that takes what it sends.
pub(crate) fn start(server: Server, mode: Mode, port: u16, service: u16) -> Child {
    let mut command = Command::new("taskset");
    command.args(["-c", "1"]);
    let this = std::env::current_exe().unwrap();
    match (server, mode) {
        (Server::Ours, _) => command.arg(this).env(SERVE, HANDLER),
        (Server::Large, _) => command.arg(this).env(SERVE, LARGE_HANDLER),
        (Server::Bare, Mode::Direct | Mode::Rest) => command.arg(this).env(SERVE, BARE_DIRECT),
        (Server::Bare, Mode::Extension) => command.arg(this).env(SERVE, BARE_EXTENSION),
        (Server::Node, _) => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/node.mjs");
            command.args(["node", script]).env("KEY", KEY);
            command.env("SENDS", if mode == Mode::Rest { "1" } else { "" })
        }
    };
    command
        .env(Settings::PORT, port.to_string())
        .env(
            Settings::CONNECTION,
            format!("Endpoint=http://localhost:{service};AccessKey={KEY};"),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The request of a mode, as the host sends it.
pub(crate) fn request(mode: Mode, port: u16) -> Vec<u8> {
    let signature = Signer::new(KEY).sign(CONNECTION_ID);
    let event = if mode == Mode::Rest {
        "publish"
    } else {
        "chat"
    };
    let (target, headers, body) = match mode {
        Mode::Direct | Mode::Rest => (
            "/api/socketio?code=c3VwcG9zZWRseS1hLWZ1bmN0aW9uLWtleS1vZi0zMi1ieXRlcw%3D%3D",
            format!(
                "Content-Type: text/plain; charset=utf-8\r\n\
                 WebHook-Request-Origin: localhost\r\n\
                 ce-awpsversion: 1.0\r\n\
                 ce-connectionId: {CONNECTION_ID}\r\n\
                 ce-eventName: {event}\r\n\
                 ce-hub: hub\r\n\
                 ce-id: 42\r\n\
                 ce-namespace: /\r\n\
                 ce-signature: {signature},sha256={}\r\n\
                 ce-socketId: socket-1\r\n\
                 ce-source: /hubs/hub/client/{CONNECTION_ID}/socket-1\r\n\
                 ce-specversion: 1.0\r\n\
                 ce-time: 2026-01-01T00:00:00Z\r\n\
                 ce-type: azure.webpubsub.user.message\r\n\
                 ce-userId: ada\r\n\
                 X-Forwarded-For: 127.0.0.1\r\n\
                 X-Forwarded-Host: localhost:7071\r\n\
                 X-Forwarded-Proto: http\r\n\
                 x-ms-invocation-id: 3b0f7c1e-6f5d-4a51-9d8e-0c6f4f1f2a77\r\n",
                "0".repeat(64)
            ),
            PAYLOAD.replace("chat", event),
        ),
        Mode::Extension => (
            "/shout",
            "Content-Type: application/json; charset=utf-8\r\n".to_owned(),
            envelope(),
        ),
    };
    format!(
        "POST {target} HTTP/1.1\r\n\
         Host: 127.0.0.1:{port}\r\n\
         User-Agent: Azure-Functions-Host/4.1037.0.0\r\n\
         X-Azure-Functions-HostVersion: 4.1037.0.0\r\n\
         X-Azure-Functions-InvocationId: 3b0f7c1e-6f5d-4a51-9d8e-0c6f4f1f2a77\r\n\
         {headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn envelope() -> String {
    let payload = PAYLOAD.replace("chat", "shout");
    let document = json!({
        "payload": payload, "eventName": "shout", "parameters": ["lobby", "hello, how are you?", 7],
        "namespace": "/", "socketId": "socket-1",
    });
    let text = serde_json::Value::String(format!("{document:#}")).to_string();
    json!({
        "Data": { "socketEvent": text },
        "Metadata": {
            "Request": document,
            "ConnectionContext": {
                "eventType": 1, "eventName": "shout", "hub": "hub", "connectionId": CONNECTION_ID,
                "userId": "ada", "signature": "sha256=00", "origin": "localhost", "states": {},
                "headers": { "ce-id": ["42"], "ce-hub": ["hub"], "ce-namespace": ["/"] },
            },
            "SocketId": "\"socket-1\"", "Namespace": "\"/\"", "UserId": "\"ada\"",
            "Payload": serde_json::Value::String(payload.clone()).to_string(),
            "sys": { "MethodName": "shout", "UtcNow": "2026-01-01T00:00:00Z", "RandGuid": CONNECTION_ID },
        },
    })
    .to_string()
}
