//! An error that is an answer: what the client gets instead of what it asked for.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::{Answer, InvocationKind, Response};
use crate::arguments::encode;
use crate::contract::Refusable;
use crate::telemetry::{Abridged, abridge};

/// An error that the client gets as the answer. As with every error, nothing is sent of what the handler emitted.
///
/// | returned from | the client gets |
/// |---|---|
/// | an event | the value as the arguments of its callback |
/// | connect | `connect_error`: a text is its message, any other value its data |
/// | HTTP, negotiation | a response: a text as it is, any other value as JSON |
///
/// Where no client waits, a refusal is an error like any other.
///
/// ```
/// # use socketio_functions::prelude::*;
/// /// socket.emit("join", room, (ok, why) => …)
/// async fn join(socket: Socket, Data(room): Data<Room>) -> Result<Ack<bool>, Refusal> {
///     if room.as_str().len() > 40 {
///         return Err(Refusal::new((false, "The name is too long.")));
///     }
///     socket.join(&room);
///     Ok(Ack(true))
/// }
///
/// /// socket.on("connect_error", (error) => error.data?.reason === "full" && …)
/// async fn admit() -> Result<(), Refusal> {
///     Err(Refusal::new("This table is full.").data(serde_json::json!({ "reason": "full" })))
/// }
/// # let _ = Hub::new("hub").on("join", join).on_connect(admit);
/// ```
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The value as a list of arguments, with the bytes in it.
    arguments: Result<(String, Vec<Bytes>), String>,
    status: u16,
    data: Option<Result<Value, String>>,
}

impl Refusal {
    /// A refusal with a value; a tuple is the list of arguments of the client's callback.
    #[must_use]
    pub fn new(value: impl Serialize) -> Self {
        Self {
            arguments: encode(&value).map_err(|error| error.to_string()),
            status: StatusCode::FORBIDDEN.as_u16(),
            data: None,
        }
    }

    /// A refusal of an event of the [`contract`](crate::contract), with the value that is declared for it.
    #[must_use]
    pub fn of<E: Refusable>(value: E::Refusal) -> Self {
        Self::new(value)
    }

    /// Data for the client's code, which should not have to read the message. A client sees the service's errors beside
    /// those of the app; data tell them apart. The callback of an event does not get them.
    #[must_use]
    pub fn data(mut self, value: impl Serialize) -> Self {
        self.data = Some(serde_json::to_value(value).map_err(|error| error.to_string()));
        self
    }

    /// The HTTP status of the answer to connect or to a request: 403 by default. Any from 400 to 499 but 408 can be
    /// given; another one is logged and replaced by 403, since the service repeats connect requests after 408 and 5xx
    /// and takes a success for permission.
    #[must_use]
    pub fn status(mut self, code: u16) -> Self {
        self.status = code;
        self
    }

    /// What it means to an invocation of this kind.
    pub(crate) fn into_answer(self, kind: InvocationKind) -> anyhow::Result<Answer> {
        if let InvocationKind::Event = kind {
            return match self.arguments {
                Ok((list, attachments)) => Ok(Answer::Ack { list, attachments }),
                Err(problem) => Err(unwritable(&problem)),
            };
        }
        let status = final_status(self.status);
        match kind {
            InvocationKind::Connect => {
                let (message, data) = self.message_and_data()?;
                Ok(Answer::Reject {
                    status,
                    message: message.unwrap_or_else(|| "refused".to_owned()),
                    data,
                })
            }
            InvocationKind::Http | InvocationKind::Negotiate => {
                let response = match self.message_and_data()? {
                    (Some(message), None) => Response::text(message),
                    (None, Some(data)) => json(&data)?,
                    (message, data) => {
                        json(&serde_json::json!({ "message": message, "data": data }))?
                    }
                };
                Ok(Answer::Http(response.with_status(status)))
            }
            _ => Err(self.into()),
        }
    }

    /// The text, if the value is one, and the data.
    fn message_and_data(self) -> anyhow::Result<(Option<String>, Option<Value>)> {
        let (list, attachments) = self.arguments.map_err(|problem| unwritable(&problem))?;
        if !attachments.is_empty() {
            return Err(unwritable("bytes can only go to the callback of an event"));
        }
        let mut values: Vec<Value> =
            serde_json::from_str(&list).map_err(|error| unwritable(&error.to_string()))?;
        let value = match values.len() {
            1 => values.remove(0),
            _ => Value::Array(values),
        };
        let data = self.data.transpose();
        let data = data.map_err(|problem| unwritable(&problem))?;
        Ok(match value {
            Value::String(text) => (Some(text), data),
            value => (None, data.or(Some(value))),
        })
    }
}

fn json(value: &Value) -> anyhow::Result<Response> {
    Ok(Response::json(value)?)
}

fn unwritable(problem: &str) -> anyhow::Error {
    anyhow::anyhow!("cannot write the refusal: {problem}")
}

/// Refusals with a status that does not say no for good.
static REPEATABLE: Abridged = Abridged::new();

/// A status that says no for good. The service repeats a connect request that got 408 or 5xx, and a success would admit.
fn final_status(status: u16) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(status) if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => status,
        _ => {
            abridge!(
                warn,
                REPEATABLE,
                "a refusal has status {status}, which the service would repeat or take for permission, so 403 is sent; use 400 to 499, but not 408"
            );
            StatusCode::FORBIDDEN
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.arguments {
            Ok((list, _)) => write!(f, "refused with {list}"),
            Err(problem) => write!(f, "refused with a value that cannot be written: {problem}"),
        }
    }
}

impl std::error::Error for Refusal {}
