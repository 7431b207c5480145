//! Extension mode: Microsoft's extension takes the webhook, and the host invokes one function for each event.
//!
//! The same handlers run as in direct mode; only the way in and the way out differ. In: a JSON document inside a JSON
//! string inside a JSON string. Out: one ordered list of actions, and a return value that the extension turns into its
//! answer. Sources: docs/contracts/socketio-extension.md, "Trigger payload" and "Function response";
//! docs/contracts/socketio-extension.md, "JSON per event"; docs/contracts/functions-host.md, "Answer of the handler".
//!
//! What the host and the extension do to values on the way back is kept from happening by construction:
//!
//! - *base64*: text that happens to be base64 is decoded. We send lists and objects, never bare text.
//! - *dates*: text that looks like a date is written anew. An invocation that sends such text, or anything else that
//!   the extension has no action for, makes all its calls through REST instead, in their order.
//! - *null*: no answer to a client that waits for one leaves the service hanging. A client that waits gets an object.
//! - *status*: the member is called `statusCode`, and there is one place that writes it.

mod actions;
mod answer;
mod dispatch;
mod document;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod members;
mod trigger;

pub(crate) use dispatch::Extension;
pub(crate) use trigger::{Opened, Unread, read};
