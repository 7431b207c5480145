//! Acknowledgements: what the client's callback gets.

use std::fmt;

use http::StatusCode;
use serde::Serialize;

use crate::contract::{ClientEvent, NoAck, Refusable};
use crate::handler::{
    Answer, Connected, Disconnected, Event, Failure, Kind, RefusalMeans, Reply, Typed,
};
use crate::io::encode_list;

/// The arguments of the client's callback: a tuple or a list, or `()` to call it without any.
///
/// Nobody waits for an acknowledgement of an event that was emitted without a callback; it is dropped then. Microsoft's
/// extension sends none for an empty list, so an app that is to run in extension mode gives its callbacks a value.
///
/// ```
/// # use socketio_functions::prelude::*;
/// // socket.emit("add", 1, 2, (sum) => …)
/// async fn add(Args((a, b)): Args<(i64, i64)>) -> Ack<(i64,)> {
///     Ack((a + b,))
/// }
/// # let _ = Hub::new("hub").on("add", add);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack<T>(pub T);

impl<T: Serialize + Send + 'static> Reply<Event> for Ack<T> {
    fn reply(self) -> Result<Answer, Failure> {
        let encoded = encode_list(&self.0);
        let (list, attachments) = encoded.map_err(|error| Failure::Error(error.into()))?;
        Ok(Answer::Ack { list, attachments })
    }
}

impl<E> Reply<Typed<E>> for Ack<E::Ack>
where
    E: ClientEvent<Ack: Serialize>,
{
    fn reply(self) -> Result<Answer, Failure> {
        Reply::<Event>::reply(self)
    }
}

impl<E: ClientEvent<Ack = NoAck>> Reply<Typed<E>> for () {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Nothing)
    }
}

/// An error that the client gets as the acknowledgement: one argument, this value. From a connect handler it turns the
/// client away with 403, a text as the message and anything else as the data; where nobody waits it is an error like any other.
/// As with every error, nothing is sent of what the handler has put out before.
///
/// ```
/// # use socketio_functions::prelude::*;
/// async fn join(Args((room,)): Args<(String,)>) -> anyhow::Result<Ack<(bool,)>> {
///     if room.len() > 40 {
///         return Err(Refusal::new(serde_json::json!({ "error": "the name is too long" })).into());
///     }
///     Ok(Ack((true,)))
/// }
/// # let _ = Hub::new("hub").on("join", join);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal(serde_json::Value);

impl Refusal {
    /// A refusal that the client sees as `value`.
    #[must_use]
    pub fn new(value: impl Into<serde_json::Value>) -> Self {
        Self(value.into())
    }

    /// A refusal of an event of the [`contract`](crate::contract), with the value that is declared for it. A value that
    /// does not serialise is logged as an error, and the client gets `null`; bytes go as a list of numbers.
    #[must_use]
    pub fn of<E: Refusable>(value: E::Refusal) -> Self {
        Self(serde_json::to_value(value).unwrap_or_else(|error| {
            tracing::error!(event = E::NAME, "a refusal does not serialise: {error}");
            serde_json::Value::Null
        }))
    }

    /// What it means to a handler of this kind.
    pub(super) fn into_answer<K: Kind>(self) -> Result<Answer, Failure> {
        match K::REFUSAL {
            RefusalMeans::Acknowledgement => Ok(Answer::Ack {
                list: serde_json::Value::Array(vec![self.0]).to_string(),
                attachments: Vec::new(),
            }),
            RefusalMeans::Rejection => {
                let (message, data) = match self.0 {
                    serde_json::Value::String(text) => (text, None),
                    other => ("refused".to_owned(), Some(other)),
                };
                Ok(Answer::Reject {
                    status: StatusCode::FORBIDDEN,
                    message,
                    data,
                })
            }
            RefusalMeans::Failure => Err(Failure::Error(self.into())),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.0)
    }
}

impl std::error::Error for Refusal {}

macro_rules! nothing {
    ($($kind:ty),*) => {$(
        impl Reply<$kind> for () {
            fn reply(self) -> Result<Answer, Failure> {
                Ok(Answer::Nothing)
            }
        }
    )*};
}

nothing!(Connected, Disconnected, Event);
