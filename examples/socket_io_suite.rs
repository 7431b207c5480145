//! The emulator with a small function app behind it, for the official Socket.IO protocol suite.
//!
//! The suite's client is a bare WebSocket or `fetch` at `/clients/socketio/hubs/hub/`, without a token. It expects its
//! server to accept `/` and `/custom`, to refuse every other namespace with `Invalid namespace`, to send what a client
//! sent along with its connect packet back as the event `auth`, and to answer `message` and `message-with-ack`.
//!
//! ```sh
//! cargo run --example socket_io_suite -- --port 3000
//! ```

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sio_emulator::{DEVELOPMENT_KEY, Emulator, Settings};
use sio_net::{Body, Limits, bind, full, limited, serve};
use sio_protocol::cloud_events::header as ce;
use sio_protocol::group::Group;
use sio_protocol::socket::Packet;
use sio_protocol::token;

/// The longest event that the suite sends is far below it.
const LONGEST_BODY: usize = 1024 * 1024;

/// How long the event `auth` waits. Far below the first ping.
const AUTH_DELAY: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = Arc::new(FunctionApp::default());
    let upstream = Arc::clone(&app).start().await?;

    let listener = bind(([127, 0, 0, 1], port()?).into()).await?;
    let emulator = Emulator::builder()
        .listener(listener)
        .anonymous(true)
        .upstream(format!("http://{upstream}/api/socketio"))
        .settings(settings())
        .start()
        .await?;
    app.endpoint.get_or_init(|| emulator.endpoint().to_owned());
    let url = format!("http://{}/clients/socketio/hubs/hub/", emulator.address());
    writeln!(std::io::stdout(), "{{\"ready\":\"{url}\"}}")?;
    std::future::pending().await
}

/// What the suite expects of its server: a quick heartbeat, and little patience with a client that joins nothing.
fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.transport.ping_interval = Duration::from_millis(300);
    settings.transport.ping_timeout = Duration::from_millis(200);
    settings.connect_timeout = Duration::from_millis(1500);
    settings.webhook.expose_auth = true;
    settings.webhook.retries.clear();
    settings
}

/// The value of `--port`, 3000 by default.
fn port() -> anyhow::Result<u16> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => Ok(3000),
        ["--port", port] => port.parse().context("--port is not a port number"),
        _ => anyhow::bail!("usage: socket_io_suite [--port PORT]"),
    }
}

/// A function app in the smallest form: it answers webhooks and calls REST.
#[derive(Default)]
struct FunctionApp {
    endpoint: OnceLock<String>,
    /// What clients sent along with their connect packets, by socket.
    sent_along: Mutex<HashMap<String, String>>,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct ConnectBody<'a> {
    #[serde(borrow)]
    auth: Option<&'a RawValue>,
}

impl FunctionApp {
    async fn start(self: Arc<Self>) -> anyhow::Result<SocketAddr> {
        let listener = bind(([127, 0, 0, 1], 0).into()).await?;
        let address = listener.local_addr()?;
        let service = move |request| {
            let app = Arc::clone(&self);
            async move { app.answer(request).await }
        };
        let server = serve(listener, service, Limits::default(), std::future::pending());
        tokio::spawn(server);
        Ok(address)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        if head.method == Method::OPTIONS {
            let mut response = Response::new(full(""));
            let everybody = HeaderValue::from_static("*");
            response.headers_mut().insert(ce::ALLOWED_ORIGIN, everybody);
            return response;
        }
        let body = limited(body, LONGEST_BODY).await.unwrap_or_default();
        let text = std::str::from_utf8(&body).unwrap_or_default();
        let (status, answer) = match header(&head.headers, ce::EVENT_NAME) {
            "connect" => self.connect(&head.headers, text),
            "connected" => match self.connected(&head.headers).await {
                Ok(()) => (StatusCode::OK, String::new()),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            },
            "message" => (
                StatusCode::OK,
                back(text, "message-back").unwrap_or_default(),
            ),
            "message-with-ack" => (StatusCode::OK, ack(text).unwrap_or_default()),
            _ => (StatusCode::OK, String::new()),
        };
        let mut response = Response::new(full(answer));
        *response.status_mut() = status;
        response
    }

    /// Decides about a client, and keeps what it sent along until it has joined.
    fn connect(&self, headers: &HeaderMap, body: &str) -> (StatusCode, String) {
        if !["/", "/custom"].contains(&header(headers, ce::NAMESPACE)) {
            let error = r#"{"message":"Invalid namespace"}"#;
            return (StatusCode::BAD_REQUEST, error.to_owned());
        }
        let body = serde_json::from_str::<ConnectBody<'_>>(body).ok();
        let auth = body.and_then(|body| Some(body.auth?.get().to_owned()));
        let socket = header(headers, ce::SOCKET_ID).to_owned();
        let mut sent_along = self
            .sent_along
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        sent_along.insert(socket, auth.unwrap_or_else(|| "{}".to_owned()));
        (StatusCode::OK, String::new())
    }

    /// Sends it back to the socket's room, a moment later: the suite begins to listen for the event when it has read
    /// the answer to its connect packet, and a client that finds both in one piece has missed the event by then.
    async fn connected(&self, headers: &HeaderMap) -> anyhow::Result<()> {
        let (namespace, socket) = (
            header(headers, ce::NAMESPACE),
            header(headers, ce::SOCKET_ID),
        );
        let auth = {
            let mut sent_along = self
                .sent_along
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            sent_along.remove(socket)
        };
        let (Some(auth), Some(endpoint)) = (auth, self.endpoint.get()) else {
            return Ok(());
        };
        let place = match namespace {
            "/" => String::new(),
            namespace => format!("{namespace},"),
        };
        tokio::time::sleep(AUTH_DELAY).await;
        let room = Group::encode(namespace, socket);
        let url = format!("{endpoint}/api/hubs/hub/groups/{}/:send", room.as_str());
        let claims = serde_json::json!({ "aud": url, "exp": 4_102_444_800_i64 });
        let call = self.http.post(&url);
        call.bearer_auth(token::sign(DEVELOPMENT_KEY, &claims)?)
            .header("content-type", "text/plain")
            .body(format!("42{place}[\"auth\",{auth}]"))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// The same arguments, attachments included, as an event of another name.
fn back(text: &str, name: &str) -> Option<String> {
    let (packet, arguments, attachments) = read(text)?;
    let mut list = vec![Value::from(name)];
    list.extend(arguments);
    Some(packet.with("2", "5", &list, attachments))
}

/// The same arguments as an acknowledgement.
fn ack(text: &str) -> Option<String> {
    let (packet, arguments, attachments) = read(text)?;
    Some(packet.with("3", "6", &arguments, attachments))
}

/// The parts of an event's header that an answer repeats.
struct Header {
    attachments: usize,
    namespace: String,
    id: String,
}

impl Header {
    fn with(&self, plain: &str, binary: &str, list: &[Value], attachments: &str) -> String {
        let kind = match self.attachments {
            0 => plain.to_owned(),
            count => format!("{binary}{count}-"),
        };
        let list = Value::from(list.to_vec());
        format!("4{kind}{}{}{list}{attachments}", self.namespace, self.id)
    }
}

fn read(text: &str) -> Option<(Header, Vec<Value>, &str)> {
    let end = text.find('\u{1e}').unwrap_or(text.len());
    let (event, attachments) = text.split_at(end);
    let packet = Packet::parse(event.strip_prefix('4')?).ok()?;
    let mut arguments: Vec<Value> = serde_json::from_str(packet.data).ok()?;
    arguments.remove(0);
    let header = Header {
        attachments: packet.attachments,
        namespace: match packet.namespace {
            "/" => String::new(),
            namespace => format!("{namespace},"),
        },
        id: packet.ack_id.unwrap_or_default().to_owned(),
    };
    Some((header, arguments, attachments))
}
