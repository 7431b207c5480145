//! What arrived, as a type: the arguments of an event, or the message of a queue.

use std::any::TypeId;

use serde::de::DeserializeOwned;

use super::event::{decode, event};
use super::trigger::typed;
use crate::arguments::Bytes;
use crate::arguments::{ArgumentList, has_bytes};
use crate::contract::ClientEvent;
use crate::handler::{Context, Event, Extract, Needs, Queue, Raw, Rejection, SocketInput, Typed};

/// What arrived, as a `T`: the arguments of an event, or the message of a queue or of another trigger.
///
/// # Arguments of an event
///
/// A tuple, or an array of fixed size, is the list of arguments; `()` is the empty list; any other type is one argument,
/// a `Vec` included. [`Variadic`](super::Variadic) takes any number of arguments of one type, and
/// [`RawArgs`](super::RawArgs) takes them unread.
///
/// ```
/// # use socketio_functions::prelude::*;
/// // socket.emit("say", "hello")
/// async fn say(Data(text): Data<String>) {}
///
/// // socket.emit("chat", "lobby", "hello", { urgent: true })
/// async fn chat(Data((room, text, options)): Data<(Room, String, Option<serde_json::Value>)>) {}
/// # let _ = Hub::new("hub").on("say", say).on("chat", chat);
/// ```
///
/// More arguments than the type takes are a rejection. One that is missing at the end reads as `null`, so that an
/// `Option` there becomes `None`. An argument of another shape is a rejection that names it, what was expected and what
/// came; the handler is not called, and an acknowledgement never comes.
///
/// Binary data arrives as [`Bytes`], alone or inside structs, lists, options and enums; a `serde_json::Value` cannot
/// hold it and refuses it. In an `#[serde(untagged)]` enum text and bytes cannot be told apart; give such an enum a tag.
///
/// ```
/// # use socketio_functions::prelude::*;
/// #[derive(serde::Deserialize)]
/// struct Picture { name: String, data: Bytes }
///
/// // socket.emit("picture", { name: "a.png", data: new Uint8Array([1, 2, 3]) })
/// async fn picture(socket: Socket, Data(picture): Data<Picture>) {
///     socket.broadcast().emit("picture", (picture.name, picture.data));
/// }
/// # let _ = Hub::new("hub").on("picture", picture);
/// ```
///
/// # Message of a trigger
///
/// `Data<String>` is the text as it is; for [`Bytes`] the binding is told to pass bytes; any other type is read from JSON.
/// A batch, where the author's own binding asks for one, is a `Data<Vec<T>>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> Extract<Event> for Data<T> {
    type Rejection = Rejection;

    fn needs(needs: &mut Needs) {
        needs.binary |= has_bytes::<T>();
    }

    async fn extract(context: &mut Context<Event>) -> Result<Self, Rejection> {
        arguments(&context.input).map(Data)
    }
}

impl<E: ClientEvent<Args: DeserializeOwned>> Extract<Typed<E>> for Data<E::Args> {
    type Rejection = Rejection;

    fn needs(needs: &mut Needs) {
        needs.binary |= has_bytes::<E::Args>();
    }

    async fn extract(context: &mut Context<Typed<E>>) -> Result<Self, Rejection> {
        arguments(&context.input).map(Data)
    }
}

fn arguments<T: DeserializeOwned>(input: &SocketInput) -> Result<T, Rejection> {
    match event(input) {
        Some(event) => decode(event),
        None => ArgumentList::default()
            .decode()
            .map_err(|error| Rejection::new(error.about(""))),
    }
}

macro_rules! message {
    ($($kind:ty),*) => {$(
        impl<T: DeserializeOwned + Send + 'static> Extract<$kind> for Data<T> {
            type Rejection = Rejection;

            fn needs(needs: &mut Needs) {
                needs.bytes |= TypeId::of::<T>() == TypeId::of::<Bytes>();
            }

            async fn extract(context: &mut Context<$kind>) -> Result<Self, Rejection> {
                typed("the message", context.input.value()).map(Self)
            }
        }
    )*};
}

message!(Queue, Raw);
