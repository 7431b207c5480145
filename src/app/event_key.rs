//! What an event is registered by: its name, or its type in the contract.

use crate::contract::{ClientEvent, Signature, Types};
use crate::handler::{Event, EventKind, Typed};

/// The name of an event, or a type of the [`contract`](crate::contract).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an event",
    note = "use the event's name, or a type that implements `ClientEvent`"
)]
pub trait EventKey {
    /// The kind of its handler.
    type Kind: EventKind;

    /// Its name.
    fn name(&self) -> &str;

    /// Its signature, where the contract has it.
    fn signature(&self) -> Option<fn(&mut Types) -> Signature> {
        None
    }
}

impl EventKey for &str {
    type Kind = Event;

    fn name(&self) -> &str {
        self
    }
}

impl EventKey for &String {
    type Kind = Event;

    fn name(&self) -> &str {
        self
    }
}

impl EventKey for String {
    type Kind = Event;

    fn name(&self) -> &str {
        self
    }
}

impl<E: ClientEvent> EventKey for E {
    type Kind = Typed<E>;

    fn name(&self) -> &str {
        E::NAME
    }

    fn signature(&self) -> Option<fn(&mut Types) -> Signature> {
        Some(E::signature)
    }
}
