//! The transport alone: an Engine.IO server at `/engine.io/` that sends every message back.
//!
//! The official protocol suite runs against it, which is why it has the suite's heartbeat. Usage: `engine_echo [PORT]`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_emulator::TransportSettings;
use sio_emulator::transport::{Engine, Opened};
use sio_net::{Body, Limits, bind, empty, serve};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args()
        .nth(1)
        .map_or(Ok(3000), |port| port.parse())?;
    let mut settings = TransportSettings::default();
    settings.ping_interval = Duration::from_millis(300);
    settings.ping_timeout = Duration::from_millis(200);
    let engine = Arc::new(Engine::new(Arc::new(settings)));

    let listener = bind(([127, 0, 0, 1], port).into()).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "{{\"ready\":\"http://{address}\"}}")?;
    let service = move |request| answer(engine.clone(), request);
    serve(listener, service, Limits::default(), std::future::pending()).await;
    Ok(())
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
