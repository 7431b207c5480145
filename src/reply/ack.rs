//! Acknowledgements: what the client's callback gets.

use serde::Serialize;

use crate::arguments::encode;
use crate::contract::{ClientEvent, NoAck};
use crate::handler::{Answer, Connect, Connected, Disconnected, Event, Failure, Reply, Typed};

/// The arguments of the client's callback: a tuple is the list of arguments, `()` the empty list, anything else one
/// argument.
///
/// If the client emitted the event without a callback, the acknowledgement is dropped. Microsoft's extension sends none
/// for an empty list, so an app that runs in extension mode gives its callbacks a value.
///
/// ```
/// # use socketio_functions::prelude::*;
/// // socket.emit("add", 1, 2, (sum) => …)
/// async fn add(Data((a, b)): Data<(i64, i64)>) -> Ack<i64> {
///     Ack(a + b)
/// }
/// # let _ = Hub::new("hub").on("add", add);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack<T>(pub T);

impl<T: Serialize + Send + 'static> Reply<Event> for Ack<T> {
    fn reply(self) -> Result<Answer, Failure> {
        let encoded = encode(&self.0);
        let (list, attachments) = encoded.map_err(|error| {
            Failure::Failed(anyhow::anyhow!("cannot write the acknowledgement: {error}"))
        })?;
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

macro_rules! nothing {
    ($($kind:ty),*) => {$(
        impl Reply<$kind> for () {
            fn reply(self) -> Result<Answer, Failure> {
                Ok(Answer::Nothing)
            }
        }
    )*};
}

nothing!(Connect, Connected, Disconnected, Event);
