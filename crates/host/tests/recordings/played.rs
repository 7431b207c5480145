//! What this host does with each case of one recording.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sio_host::Host;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use crate::exchange::{ask, headers};
use crate::recording::Recording;
use crate::words::Words;
use crate::{PATIENCE, handler, service};

/// The access key in the recorded connection string.
const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

/// How long nothing is seen after a request that the host only accepted and where nothing is expected. Nothing can
/// announce that nothing comes; what comes later is found in the next case.
const SETTLED: Duration = Duration::from_millis(300);

/// Headers of one connection.
const PASSING: &[&str] = &[
    "connection",
    "content-length",
    "host",
    "request-id",
    "traceparent",
    "tracestate",
    "transfer-encoding",
];

/// Starts the app and plays its cases one after the other.
pub(crate) async fn play(recording: &Recording) -> BTreeMap<String, Value> {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    recording.write(&root);
    let (calling, mut calls) = mpsc::unbounded_channel();
    let (service, serving) = service::start(calling).await;
    let serving = tokio::spawn(serving);
    let runner = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = runner.local_addr().unwrap();
    let (seeing, mut seen) = mpsc::unbounded_channel();
    let hearing = tokio::spawn(hear(runner, recording.answers.clone(), seeing));
    let connection = |host: &str| {
        let port = service.port();
        format!("Endpoint=http://{host};Port={port};AccessKey={KEY};Version=1.0;")
    };
    let host = Host::builder(&root)
        .enable_auth(true)
        .variable("FUNCTIONS_WORKER_RUNTIME", "custom")
        .variable(handler::RUNNER, address.to_string())
        .variable("MY_ROUTE", "of-setting")
        .variable("MY_SCHEDULE", "0 0 0 1 1 *")
        .variable(
            "WebPubSubForSocketIOConnectionString",
            connection("127.0.0.1"),
        )
        .variable("OtherConnection", connection("localhost"))
        .start();
    let played = match timeout(PATIENCE, host).await.unwrap() {
        Ok(host) => {
            let words = Words::new(&root.display().to_string(), &host.keys());
            let played = cases(recording, host.address(), &words, &mut seen, &mut calls).await;
            host.stop().await;
            played
        }
        Err(error) => {
            let error = error
                .to_string()
                .replace(&root.display().to_string(), "/app");
            let answer = json!({"answer": {"ends": "not started", "got": error}});
            let cases = recording.cases.iter();
            cases
                .map(|case| (case.name.clone(), answer.clone()))
                .collect()
        }
    };
    serving.abort();
    hearing.abort();
    played
}

async fn cases(
    recording: &Recording,
    host: SocketAddr,
    words: &Words,
    seen: &mut UnboundedReceiver<Value>,
    calls: &mut UnboundedReceiver<Value>,
) -> BTreeMap<String, Value> {
    let mut played = BTreeMap::new();
    for case in &recording.cases {
        let answer = ask(host, &case.head, &case.body, words).await;
        let expected = case.original["seen"].as_array().map_or(0, Vec::len);
        let mut requests = Vec::new();
        if answer["status"] == 202 {
            let patience = if expected == 0 { SETTLED } else { PATIENCE };
            while requests.len() < expected.max(1)
                && let Ok(request) = timeout(patience, seen.recv()).await
            {
                requests.extend(request);
            }
        }
        while let Ok(request) = seen.try_recv() {
            requests.push(request);
        }
        let mut ours = json!({"answer": answer});
        if !requests.is_empty() {
            ours["seen"] = requests
                .iter()
                .map(|request| request_of(request, words))
                .collect();
        }
        let mut made = Vec::new();
        while let Ok(call) = calls.try_recv() {
            let call: Value = serde_json::from_str(&words.replace(&call.to_string())).unwrap();
            made.push(call);
        }
        if !made.is_empty() {
            ours["calls"] = json!(made);
        }
        played.insert(case.name.clone(), ours);
    }
    played
}

/// Gives each handler its answers, and takes what it saw.
async fn hear(runner: TcpListener, answers: Value, seeing: UnboundedSender<Value>) {
    loop {
        let (stream, _) = runner.accept().await.unwrap();
        let (seeing, answers) = (seeing.clone(), answers.clone());
        tokio::spawn(async move {
            let (input, mut output) = stream.into_split();
            let mut lines = BufReader::new(input).lines();
            let mut said = answers.to_string();
            loop {
                said.push('\n');
                if output.write_all(said.as_bytes()).await.is_err() {
                    return;
                }
                let Ok(Some(line)) = lines.next_line().await else {
                    return;
                };
                let _ = seeing.send(serde_json::from_str(&line).unwrap());
                said.clear();
            }
        });
    }
}

/// A request to the handler in the form of the recordings.
fn request_of(request: &Value, words: &Words) -> Value {
    let head = request["head"].as_str().unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = words.replace(lines.next().unwrap_or_default());
    let lines: Vec<&str> = lines.collect();
    let mut found = json!({"line": line, "headers": headers(&lines, PASSING, words)});
    let body = STANDARD.decode(request["body"].as_str().unwrap()).unwrap();
    let unmarked = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
    if let Ok(mut body) = serde_json::from_slice(unmarked) {
        lower_names(&mut body);
        let body = words.replace(&body.to_string());
        found["json"] = serde_json::from_str(&body).unwrap();
    } else if let Ok(text) = std::str::from_utf8(&body) {
        if !text.is_empty() {
            found["text"] = json!(words.replace(text));
        }
    } else {
        found["base64"] = json!(STANDARD.encode(&body));
    }
    found
}

/// The names of an event's headers lose their writing on the way, here as in the original.
fn lower_names(body: &mut Value) {
    if let Some(headers) = body
        .pointer_mut("/Metadata/ConnectionContext/headers")
        .and_then(Value::as_object_mut)
    {
        let lower: Map<String, Value> = std::mem::take(headers)
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| !name.starts_with("content-"))
            .collect();
        *headers = lower;
    }
}
