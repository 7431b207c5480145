//! What became of an event, in one value.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::outcome::Outcome;

/// A trace in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The key that its steps share.
    pub id: String,
    /// When it began, in microseconds since 1970.
    pub began: u64,
    /// What it began with.
    pub subject: Subject,
    /// The event's name, the function's, or method and path.
    pub name: String,
    /// The event's arguments as JSON texts, if they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// The namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The socket's id, or the connection's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// How it went.
    pub outcome: Outcome,
    /// How long it took, in milliseconds, if it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<f64>,
    /// The arguments of the acknowledgement, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<Vec<String>>,
    /// What clients received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
    /// The other REST calls in words, such as joining a room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    /// What the handler logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Logged>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What a trace began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// A client's event.
    Event,
    /// A client came, was refused, or left.
    Session,
    /// An HTTP request to a function.
    Http,
    /// A timer.
    Timer,
    /// A queue message, or any other function without a caller.
    Trigger,
    /// A REST call from elsewhere, or something sent from the inspector.
    Call,
    /// Lines of the handler's log whose invocation is unknown.
    Log,
}

/// Something that clients received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The event's name, or the kind of packet.
    pub event: String,
    /// The audience in words.
    pub to: String,
    /// How many connections.
    pub clients: usize,
    /// The event's arguments as JSON texts, if they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

/// A line that the handler logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// `info`, `warning` or `error`.
    pub level: String,
    /// The line.
    pub text: String,
}
