//! The transport alone: an Engine.IO server at `/engine.io/` that sends every message back.
//!
//! The official protocol suite runs against it, which is why it has the suite's heartbeat.
//!
//! ```sh
//! cargo run --example engine_echo -- --port 3000
//! ```

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_emulator::TransportSettings;
use sio_emulator::transport::{Engine, Opened};
use sio_net::{Body, Limits, bind, empty, serve};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut settings = TransportSettings::default();
    settings.ping_interval = Duration::from_millis(300);
    settings.ping_timeout = Duration::from_millis(200);
    let engine = Arc::new(Engine::new(Arc::new(settings)));

    let listener = bind(([127, 0, 0, 1], port()?).into()).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "{{\"ready\":\"http://{address}\"}}")?;
    let service = move |request| answer(engine.clone(), request);
    serve(listener, service, Limits::default(), std::future::pending()).await;
    Ok(())
}

/// The value of `--port`, 3000 by default.
fn port() -> anyhow::Result<u16> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => Ok(3000),
        ["--port", port] => port.parse().context("--port is not a port number"),
        _ => anyhow::bail!("usage: engine_echo [--port PORT]"),
    }
}

async fn answer(engine: Arc<Engine>, request: Request<Incoming>) -> Response<Body> {
    if request.uri().path().trim_end_matches('/') == "/engine.io" {
        return engine
            .serve(request, |opened| drop(tokio::spawn(echo(opened))))
            .await;
    }
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

async fn echo(mut opened: Opened) {
    while let Some(packet) = opened.inbox.recv().await {
        opened.session.send(&[packet]);
    }
}
