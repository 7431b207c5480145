//! The arguments of an event, by position.

use std::any::type_name;

use serde::de::DeserializeOwned;

use super::binary::{self, Attachments};
use super::event::event;
use super::type_text::short;
use crate::contract::ClientEvent;
use crate::handler::{Context, Event, EventInput, Extract, Rejection, Typed};

/// The arguments that a client emitted, by position.
///
/// `T` is a tuple, or a `Vec` for any number of one type. More arguments than the tuple has are a rejection; one that is
/// missing at the end reads as `null`, so that an `Option` there becomes `None`.
///
/// ```
/// # use socketio_functions::prelude::*;
/// // socket.emit("chat", "lobby", "hello", { urgent: true })
/// async fn chat(Args((room, text, options)): Args<(String, String, Option<serde_json::Value>)>) {}
/// # let _ = Hub::new("hub").on("chat", chat);
/// ```
///
/// Binary data arrives as [`Bytes`](bytes::Bytes), alone or inside structs, lists, options and enums; a
/// `serde_json::Value` has no place for it and refuses it. In an `#[serde(untagged)]` enum text and bytes cannot be told
/// apart; give such an enum a tag.
///
/// ```
/// # use socketio_functions::prelude::*;
/// #[derive(serde::Deserialize)]
/// struct Picture { name: String, data: Bytes }
///
/// // socket.emit("picture", { name: "a.png", data: new Uint8Array([1, 2, 3]) })
/// async fn picture(Args((picture,)): Args<(Picture,)>, io: Io) {
///     io.emit("picture", (picture.name, picture.data));
/// }
/// # let _ = Hub::new("hub").on("picture", picture);
/// ```
#[derive(Debug, Clone)]
pub struct Args<T>(pub T);

impl<T: EventArgs> Extract<Event> for Args<T> {
    fn extract(context: &mut Context<Event>) -> Result<Self, Rejection> {
        match event(&context.input) {
            Some(event) => T::decode(event).map(Args),
            None => T::decode(&EventInput::default()).map(Args),
        }
    }
}

impl<E: ClientEvent<Args: EventArgs>> Extract<Typed<E>> for Args<E::Args> {
    fn extract(context: &mut Context<Typed<E>>) -> Result<Self, Rejection> {
        match event(&context.input) {
            Some(event) => E::Args::decode(event).map(Args),
            None => E::Args::decode(&EventInput::default()).map(Args),
        }
    }
}

/// A list of arguments: a tuple of up to eight, or a `Vec`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of event arguments",
    note = "use a tuple: `Args<(String,)>` for one argument, `Args<Vec<T>>` for any number of one type"
)]
pub trait EventArgs: Sized + Send + 'static {
    /// Reads the arguments of an event.
    ///
    /// # Errors
    /// The first argument that does not fit, with its position.
    fn decode(event: &EventInput) -> Result<Self, Rejection>;
}

impl<T: DeserializeOwned + Send + 'static> EventArgs for Vec<T> {
    fn decode(event: &EventInput) -> Result<Self, Rejection> {
        let attachments = attachments(event);
        let arguments = event.arguments().enumerate();
        let one = |(at, json)| one(event, at, Some(json), attachments.as_ref());
        arguments.map(one).collect()
    }
}

macro_rules! tuple {
    ($count:literal: $($type:ident),*) => {
        impl<$($type: DeserializeOwned + Send + 'static),*> EventArgs for ($($type,)*) {
            fn decode(event: &EventInput) -> Result<Self, Rejection> {
                let mut arguments = event.arguments();
                if arguments.len() > $count {
                    return Err(too_many(event, $count));
                }
                let attachments = attachments(event);
                let mut at = 0..;
                let mut next = || (at.next().unwrap_or_default(), arguments.next());
                Ok(($({ let (at, json) = next(); one::<$type>(event, at, json, attachments.as_ref())? },)*))
            }
        }
    };
}

impl EventArgs for () {
    fn decode(event: &EventInput) -> Result<Self, Rejection> {
        match event.arguments().len() {
            0 => Ok(()),
            _ => Err(too_many(event, 0)),
        }
    }
}

tuple!(1: A);
tuple!(2: A, B);
tuple!(3: A, B, C);
tuple!(4: A, B, C, D);
tuple!(5: A, B, C, D, E);
tuple!(6: A, B, C, D, E, F);
tuple!(7: A, B, C, D, E, F, G);
tuple!(8: A, B, C, D, E, F, G, H);

/// The attachments of an event that has some.
fn attachments(event: &EventInput) -> Option<Attachments> {
    (!event.attachments.is_empty()).then(|| Attachments::new(&event.attachments))
}

fn too_many(event: &EventInput, expected: usize) -> Rejection {
    Rejection::TooMany {
        event: event.name.clone(),
        expected,
        found: event.arguments().len(),
    }
}

fn one<T: DeserializeOwned>(
    event: &EventInput,
    at: usize,
    json: Option<&[u8]>,
    attachments: Option<&Attachments>,
) -> Result<T, Rejection> {
    let text = json.unwrap_or(b"null");
    let read = match attachments {
        None => serde_json::from_slice(text),
        Some(attachments) => binary::decode(text, attachments),
    };
    read.map_err(|error| Rejection::Argument {
        event: event.name.clone(),
        position: at + 1,
        expected: short(type_name::<T>()),
        problem: match json {
            None => "got nothing".to_owned(),
            Some(json) => problem(json, &error),
        },
    })
}

/// What came instead. For a scalar its kind says it all; inside a structure serde knows better where it went wrong.
fn problem(json: &[u8], error: &serde_json::Error) -> String {
    let kind = match json.first() {
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => {
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            return format!("but {text}");
        }
    };
    let text = error.to_string();
    if text.starts_with("invalid type") {
        format!("got {kind}")
    } else {
        let text = text.split(" at line ").next().unwrap_or_default();
        format!("got {kind}: {text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(arguments: &[&str]) -> EventInput {
        EventInput::of("e", arguments, Vec::new())
    }

    fn refused<T: EventArgs + std::fmt::Debug>(arguments: &[&str]) -> String {
        T::decode(&event(arguments)).unwrap_err().to_string()
    }

    #[test]
    fn arguments_are_taken_by_position() {
        let both = <(String, u32)>::decode(&event(&["\"a\"", "7"])).unwrap();
        assert_eq!(both, ("a".to_owned(), 7));
        assert_eq!(Vec::<u8>::decode(&event(&["1", "2"])).unwrap(), [1, 2]);
        <()>::decode(&event(&[])).unwrap();
    }

    #[test]
    fn a_missing_option_at_the_end_is_none() {
        let one = <(u8, Option<u8>)>::decode(&event(&["1"])).unwrap();
        assert_eq!(one, (1, None));
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_position() {
        assert_eq!(
            refused::<(String, u32)>(&["\"a\"", "\"b\""]),
            "argument 2 of \"e\": expected u32, got a string"
        );
        assert_eq!(
            refused::<(String, u32)>(&["\"a\""]),
            "argument 2 of \"e\": expected u32, got nothing"
        );
        assert_eq!(
            refused::<(u8,)>(&["300"]),
            "argument 1 of \"e\": expected u8, got a number: invalid value: integer `300`, expected u8"
        );
        assert_eq!(
            refused::<(Vec<Option<String>>,)>(&["{}"]),
            "argument 1 of \"e\": expected Vec<Option<String>>, but invalid type: map, expected a sequence"
        );
        assert_eq!(
            refused::<(u8,)>(&["1", "2", "3"]),
            "3 arguments of \"e\" were sent where the handler takes 1"
        );
    }
}
