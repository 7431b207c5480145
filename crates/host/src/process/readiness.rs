//! Whether the handler listens: any answer to `GET /` will do (docs/contracts/functions-host.md, "Readiness").

use std::time::Duration;

use http::Request;

use super::client::{Client, Reusable};

/// The pause between two probes.
pub(crate) const INTERVAL: Duration = Duration::from_millis(25);

/// Returns as soon as a handler answers on a port. Nothing here ends it: the caller has a time limit.
pub(crate) async fn answered(client: &Client, port: u16) {
    loop {
        let mut request = Request::new(Reusable::new(sio_net::empty()));
        // A loopback address with a port is always a URI.
        if let Ok(uri) = format!("http://127.0.0.1:{port}/").parse() {
            *request.uri_mut() = uri;
        }
        match client.probe(request).await {
            Err(error) if error.is_connect() => {}
            // Any other failure came after something had accepted the connection.
            _ => return,
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
