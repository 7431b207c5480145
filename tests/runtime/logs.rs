//! What the chat's binary writes, and where.

use std::process::Stdio;

use serde_json::{Value, json};
use socketio_functions::settings::Settings;
use tokio::process::{Child, Command};

use crate::service::Service;
use crate::support::{Answer, Event, KEY, PATIENCE, client, served};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

struct Handler {
    base: String,
    http: reqwest::Client,
    service: Service,
    process: Child,
}

/// What a handler has written: lines of stdout, lines of stderr.
struct Written {
    out: Vec<String>,
    err: Vec<String>,
}

impl Handler {
    async fn start(level: &str) -> Self {
        let service = Service::start().await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let connection = format!("Endpoint={};AccessKey={KEY};", service.endpoint);
        let process = Command::new(env!("CARGO_BIN_EXE_handler"))
            .env_clear()
            .env(Settings::PORT, port.to_string())
            .env(Settings::CONNECTION, connection)
            .env(Settings::LOG, level)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let http = client();
        served(&http, &base).await;
        Self {
            base,
            http,
            service,
            process,
        }
    }

    async fn proxied(&self, event: &Event) -> Answer {
        let sent = self
            .http
            .post(format!("{}/api/socketio?code=function-key", self.base))
            .headers(event.headers())
            .header("X-Azure-Functions-InvocationId", "id-1")
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
            .body(event.body.clone());
        Answer::of(sent.send().await.unwrap()).await
    }

    /// The `Logs` of an invocation in the envelope.
    async fn wrapped(&self, event: &Event) -> Vec<String> {
        let envelope = json!({ "Data": { "req": {
            "Url": "http://localhost:7071/api/socketio?code=function-key", "Method": "POST",
            "Headers": event.wrapped_headers(), "Params": {}, "Body": event.body,
        } } });
        let sent = self
            .http
            .post(format!("{}/socketio", self.base))
            .header("X-Azure-Functions-InvocationId", "id-2")
            .json(&envelope);
        let answer = Answer::of(sent.send().await.unwrap()).await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let logs = answer["Logs"].as_array().unwrap().iter();
        logs.map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    async fn written(mut self) -> Written {
        self.process.start_kill().unwrap();
        let output = tokio::time::timeout(PATIENCE, self.process.wait_with_output());
        let output = output.await.unwrap().unwrap();
        let lines = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(str::to_owned).collect()
        };
        Written {
            out: lines(output.stdout),
            err: lines(output.stderr),
        }
    }
}

fn typing() -> Event {
    Event::user("typing", r#"42["typing","lobby",true]"#)
}

#[tokio::test]
async fn each_level_goes_where_the_host_reads_it_with_its_invocation() {
    let handler = Handler::start("socketio_functions=debug").await;
    handler.service.script(&[503]);
    handler.proxied(&typing()).await;
    handler
        .proxied(&Event::user("typing", r#"42["typing",1,true]"#))
        .await;
    let written = handler.written().await;
    let start = format!(" socketio [id-1] trace_id={TRACE} event=typing namespace=/ event_id=0: ");
    let with = |lines: &[String], level: &str, text: &str| {
        let begin = format!("{level}{start}");
        let mut lines = lines.iter();
        lines.any(|line| line.starts_with(&begin) && line.contains(text))
    };
    let Written { out, err } = &written;
    assert!(with(out, "DEBUG", "sent: emit \"typing\""), "{out:?}");
    assert!(with(err, "WARN", "503"), "{err:?}");
    assert!(with(err, "ERROR", "argument 1"), "{err:?}");
    assert!(
        !out.iter()
            .any(|line| line.starts_with("WARN") || line.starts_with("ERROR"))
    );
    assert!(
        !err.iter()
            .any(|line| line.starts_with("DEBUG") || line.starts_with("INFO"))
    );
}

#[tokio::test]
async fn an_envelope_brings_what_is_no_warning() {
    let handler = Handler::start("socketio_functions=debug").await;
    let logs = handler.wrapped(&typing()).await;
    assert_eq!(logs.len(), 1, "{logs:?}");
    assert!(logs[0].starts_with("DEBUG socketio [id-2]"), "{logs:?}");
    let logs = handler
        .wrapped(&Event::user("typing", r#"42["typing",1,true]"#))
        .await;
    assert!(logs.is_empty(), "{logs:?}");
    let written = handler.written().await;
    assert!(
        !written.out.iter().any(|line| line.contains("id-2")),
        "{:?}",
        written.out
    );
    assert!(
        written.err.iter().any(|line| line.contains("id-2")),
        "{:?}",
        written.err
    );
}

#[tokio::test]
async fn an_event_of_the_extension_is_in_the_trace_of_its_webhook() {
    let handler = Handler::start("socketio_functions=debug").await;
    let document = json!({
        "payload": r#"42["typing",1,true]"#, "eventName": "typing", "parameters": [1, true],
        "namespace": "/", "socketId": "s1",
    });
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let envelope = json!({
        "Data": { "socketEvent": document },
        "Metadata": { "ConnectionContext": {
            "connectionId": "c", "userId": "ada", "headers": { "traceparent": [parent] },
        } },
    });
    let sent = handler
        .http
        .post(format!("{}/typing", handler.base))
        .header("X-Azure-Functions-InvocationId", "id-4")
        .json(&envelope);
    sent.send().await.unwrap();
    let written = handler.written().await;
    let begin = format!("ERROR typing [id-4] trace_id={TRACE} ");
    let found = written.err.iter().any(|line| line.starts_with(&begin));
    assert!(found, "{:?}", written.err);
}

#[tokio::test]
async fn what_a_failed_invocation_would_have_brought_goes_to_stdout() {
    let handler = Handler::start("socketio_functions=debug").await;
    // In extension mode an unacknowledged event that fails is a failed invocation; here, after something was sent.
    handler.service.script(&[200, 500]);
    let document = json!({
        "payload": r#"42["leave","2024-01-01T00:00:00Z"]"#, "eventName": "leave",
        "parameters": ["x"], "namespace": "/", "socketId": "s1",
    });
    let envelope = json!({
        "Data": { "socketEvent": document },
        "Metadata": { "ConnectionContext": { "connectionId": "c", "userId": "ada" } },
    });
    let sent = handler
        .http
        .post(format!("{}/leave", handler.base))
        .header("X-Azure-Functions-InvocationId", "id-3")
        .json(&envelope);
    assert_eq!(sent.send().await.unwrap().status(), 500);
    let written = handler.written().await;
    let debug =
        |line: &&String| line.starts_with("DEBUG leave [id-3]") && line.contains("sent: leave");
    assert_eq!(
        written.out.iter().filter(debug).count(),
        1,
        "{:?}",
        written.out
    );
    assert!(
        written
            .err
            .iter()
            .any(|line| line.starts_with("ERROR leave [id-3]")),
        "{:?}",
        written.err
    );
}

#[tokio::test]
async fn neither_tokens_nor_keys_nor_queries_are_written_at_any_level() {
    let handler = Handler::start("trace").await;
    handler.service.script(&[503, 202, 400]);
    handler.proxied(&typing()).await;
    handler.proxied(&typing()).await;
    handler.wrapped(&typing()).await;
    handler.proxied(&typing().without("ce-signature")).await;
    // Clients name events as they like, and an unknown name is logged.
    for name in [
        "/join?code=function-key",
        "Bearer function-key",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln",
        KEY,
    ] {
        handler.proxied(&Event::user(name, "")).await;
    }
    let negotiation = format!("{}/api/negotiate?name=ada&code=function-key", handler.base);
    let token = handler.http.get(negotiation).send().await.unwrap();
    let token: Value = serde_json::from_str(&token.text().await.unwrap()).unwrap();
    let Written { mut out, err } = handler.written().await;
    out.extend(err);
    assert!(out.len() > 20, "{out:?}");
    for secret in [
        KEY,
        "eyJ",
        "function-key",
        "api-version",
        token["token"].as_str().unwrap(),
    ] {
        let found: Vec<_> = out.iter().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret}: {found:#?}");
    }
    assert!(!out.iter().any(|line| line.contains('\u{1b}')), "no colour");
}

#[tokio::test]
async fn a_stranger_fills_no_log() {
    let handler = Handler::start("info").await;
    let stranger = typing().without("ce-signature");
    for _ in 0..300 {
        assert_eq!(handler.proxied(&stranger).await.status, 401);
    }
    for _ in 0..300 {
        let url = format!("{}/api/nowhere", handler.base);
        let sent = handler.http.get(url).send().await.unwrap();
        assert_eq!(sent.status(), 404);
    }
    let Written { out, err } = handler.written().await;
    let lines = out.len() + err.len();
    assert!((4..40).contains(&lines), "{lines} lines: {err:#?}");
    assert!(
        err.iter()
            .any(|line| line.contains("number 100 of its kind")),
        "{err:#?}"
    );
}

#[tokio::test]
async fn an_unread_log_does_not_stop_serving() {
    let handler = Handler::start("trace").await;
    let long = "x".repeat(16 * 1024);
    // Several times what a pipe and the queue take.
    for number in 0..400 {
        let event = typing().with("ce-eventname", &format!("{number}{long}"));
        assert_eq!(handler.proxied(&event).await.status, 200);
        assert_eq!(handler.proxied(&typing()).await.status, 200);
    }
}
