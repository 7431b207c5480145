//! The WebSocket: an HTTP request that the service upgrades. It goes through the same HTTP client as every other request
//! of the tool, so proxies and certificates are configured once.

use reqwest::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{StatusCode, Upgraded};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{ClientError, Negotiation};

pub(super) type Stream = WebSocketStream<Upgraded>;

/// The buffer of a command's one connection.
const READ_BUFFER: usize = 16 * 1024;

/// Opens the WebSocket of a client.
pub(super) async fn open(negotiation: &Negotiation) -> Result<Stream, ClientError> {
    let unreachable = |source: reqwest::Error| ClientError::Unreachable {
        endpoint: negotiation.endpoint.clone(),
        // The URL has the token.
        source: source.without_url(),
    };
    let key = generate_key();
    let path = negotiation.path.trim_end_matches('/');
    let url = format!("{}{path}/", negotiation.endpoint.trim_end_matches('/'));
    let client = reqwest::Client::builder()
        // HTTP/2 has no `Upgrade`.
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(unreachable)?;
    let query = [
        ("EIO", "4"),
        ("transport", "websocket"),
        ("access_token", &negotiation.token),
    ];
    let mut url = reqwest::Url::parse(&url).map_err(|error| ClientError::Protocol {
        endpoint: negotiation.endpoint.clone(),
        problem: format!("its address is not a URL: {error}"),
    })?;
    url.query_pairs_mut().extend_pairs(query);
    let response = client
        .get(url)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key)
        .send()
        .await
        .map_err(unreachable)?;
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    let accepted =
        accepted.is_some_and(|found| found == derive_accept_key(key.as_bytes()).as_str());
    if response.status() != StatusCode::SWITCHING_PROTOCOLS || !accepted {
        return Err(ClientError::Refused {
            endpoint: negotiation.endpoint.clone(),
            status: response.status(),
            body: response.text().await.unwrap_or_default(),
        });
    }
    let upgraded = response.upgrade().await.map_err(unreachable)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
}
