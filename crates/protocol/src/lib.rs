//! The wire formats that both sides of Azure Web PubSub for Socket.IO (serverless mode) agree on.
//!
//! Everything here is a function from values to values: no I/O, no clock, no runtime. The runtime, both stand-ins, the
//! traces and the tool use it.
//!
//! From the client inwards:
//!
//! | module | what it fixes |
//! |---|---|
//! | [`names`] | hubs, namespaces, rooms, sockets, connections, users, events: validated at the edge, typed inside |
//! | [`engine`] | Engine.IO v4 packets and the payloads that join several of them |
//! | [`socket`] | Socket.IO v5 packets: header, acknowledgement id, event name, arguments |
//! | [`group`] | how namespaces and rooms become Web PubSub groups |
//! | [`filter`] | the text of the OData filters that address several groups at once |
//! | [`cloud_events`] | headers and bodies of the webhook |
//! | [`signature`] | `ce-signature`: who may post to the webhook |
//! | [`token`] | HS256 access tokens of clients and of REST calls |
//! | [`audience`] | which audience a token must name |
//! | [`connection_string`] | `Endpoint=…;AccessKey=…` |
//! | [`trace_parent`] | `traceparent`: which trace a request is part of |
//! | [`surrogates`] | lone surrogates in JSON text, which JavaScript writes and a Rust string cannot hold |

pub mod audience;
pub mod cloud_events;
pub mod connection_string;
pub mod engine;
pub mod filter;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod group;
mod javascript;
pub mod names;
pub mod signature;
pub mod socket;
pub mod surrogates;
pub mod token;
pub mod trace_parent;
