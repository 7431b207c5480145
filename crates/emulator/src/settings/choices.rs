//! Points that the published documents leave open: what the emulator does, and what else it can do.

use serde::Deserialize;

/// What happens to a connection whose event the function app did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnEventFailure {
    /// It is logged and the connection stays.
    #[default]
    Ignore,
    /// The connection is closed.
    Close,
}

/// What happens to a client when no handler takes `connect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WithoutConnectHandler {
    /// It is let in.
    #[default]
    Accept,
    /// It is refused.
    Reject,
}

/// What a refusal with 401 or 404 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalBodies {
    /// Nothing.
    #[default]
    Empty,
    /// The reason, as it stands in the log.
    Reason,
}

/// When a client's token is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenCheck {
    /// When a session opens.
    Opening,
    /// When a session opens, and when a WebSocket that takes it over bears a token.
    #[default]
    Upgrade,
    /// With every request.
    Every,
}

/// What browsers of other origins may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cors {
    /// Every origin is allowed, with credentials.
    #[default]
    Reflect,
    /// None is.
    Off,
}

/// What the body of an answer to `connect` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectAnswer {
    /// Nothing.
    #[default]
    Ignore,
    /// Its `userId` becomes the user of a connection without one, its `groups` are joined, as in plain Web PubSub.
    Honour,
}

/// Under which names claims are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimNames {
    /// The token's own.
    #[default]
    Token,
    /// The long names that .NET gives to `sub` and `role`.
    Long,
}

/// What `ce-id` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventIds {
    /// The events of a connection.
    #[default]
    Connection,
    /// The events of a socket.
    Socket,
}

/// The `ce-type` of a client's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UserEventType {
    /// `azure.webpubsub.user.` and the event's name.
    #[default]
    Name,
    /// Always `azure.webpubsub.user.message`.
    Message,
}

/// What happens to event names beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NonAsciiEventNames {
    /// Their UTF-8 bytes are sent as they are.
    #[default]
    Utf8,
    /// The event is dropped with a line in the log.
    Drop,
}

/// What happens to events with attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BinaryEvents {
    /// The body is an Engine.IO payload, attachments as base64 behind the event.
    #[default]
    Payload,
    /// The event is dropped with a line in the log.
    Drop,
}

/// What happens to acknowledgements that were not requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClientAcks {
    /// They are dropped.
    #[default]
    Drop,
    /// They are a protocol violation and close the connection.
    Close,
}

/// Who may call REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RestAuth {
    /// Callers with a token that is signed with an access key, for the URL of the call.
    #[default]
    Strict,
    /// Callers with any token.
    AnyToken,
    /// Everybody.
    Off,
}

/// Who may use the inspector and the control API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InspectorAccess {
    /// This machine, and others with an access key.
    #[default]
    Key,
    /// Every caller that reaches the port.
    Open,
}
