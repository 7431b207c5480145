//! The WebSocket: an HTTP request that the service upgrades. It goes through the same HTTP client as every other request
//! of the tool, so proxies and certificates are configured once.

use reqwest::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{StatusCode, Upgraded};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{ClientError, Negotiation};

pub(crate) type Stream = WebSocketStream<Upgraded>;

/// What a request says besides the token.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// The session that moves to the WebSocket; by default a new one opens.
    pub(crate) session: Option<&'a str>,
    /// The subprotocol that is offered.
    pub(crate) subprotocol: Option<&'a str>,
}

/// The buffer of a command's one connection.
const READ_BUFFER: usize = 16 * 1024;

/// Opens the WebSocket of a client.
pub(crate) async fn open(negotiation: &Negotiation, wish: Wish<'_>) -> Result<Stream, ClientError> {
    let unreachable = |source: reqwest::Error| ClientError::Unreachable {
        endpoint: negotiation.endpoint.clone(),
        // The URL has the token.
        source: source.without_url(),
    };
    let key = generate_key();
    let path = negotiation.path.trim_end_matches('/');
    let url = format!("{}{path}/", negotiation.endpoint.trim_end_matches('/'));
    let mut builder = reqwest::Client::builder()
        // HTTP/2 has no `Upgrade`.
        .http1_only()
        .redirect(reqwest::redirect::Policy::none());
    if negotiation.endpoint.starts_with("http://") {
        // No certificate will be looked at, so the system's store, which takes a while, is not read.
        builder = builder.tls_certs_only([]);
    }
    let client = builder.build().map_err(unreachable)?;
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
    if let Some(session) = wish.session {
        url.query_pairs_mut().append_pair("sid", session);
    }
    let mut request = client
        .get(url)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key);
    if let Some(subprotocol) = wish.subprotocol {
        request = request.header(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    let response = request.send().await.map_err(unreachable)?;
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
