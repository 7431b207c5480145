//! What can go wrong with a connection. No text contains the token.

use tokio_tungstenite::tungstenite;

/// Why a connection failed or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No answer at all: name, network, TLS.
    #[error("cannot reach {endpoint}")]
    Unreachable {
        endpoint: String,
        #[source]
        source: reqwest::Error,
    },
    /// An answer, but not a WebSocket.
    #[error("{endpoint} answered {status} to a client's connection{}", said(body))]
    Refused {
        endpoint: String,
        status: reqwest::StatusCode,
        body: String,
    },
    /// The connection ended without a goodbye.
    #[error("the connection to {endpoint} was lost")]
    Lost {
        endpoint: String,
        #[source]
        source: Box<tungstenite::Error>,
    },
    /// Something that Socket.IO does not allow.
    #[error("{endpoint} does not speak Socket.IO: {problem}")]
    Protocol { endpoint: String, problem: String },
}

/// The first line of a body, as far as a person wants to read it.
fn said(body: &str) -> String {
    let line = body.trim().lines().next().unwrap_or_default();
    let line: String = line.chars().take(200).collect();
    match line.as_str() {
        "" => String::new(),
        line => format!(": {line}"),
    }
}
