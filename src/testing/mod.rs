//! Handlers under test, without a network. Needs the feature `testing`, usually as a development dependency.
//!
//! [`TestApp`] runs the handlers of an app as the runtime would, with the same arguments, deadlines and catching of
//! panics, and hands back what came of it as a value: the acknowledgement, what would have been sent and in which order,
//! a rejection, a failure. Nothing leaves the process.
//!
//! ```
//! use serde_json::json;
//! use socketio_functions::prelude::*;
//! use socketio_functions::testing::TestApp;
//!
//! async fn chat(socket: Socket, user: UserId, Data((room, text)): Data<(Room, String)>) -> Ack<bool> {
//!     socket.to(room).emit("new message", (user, text));
//!     Ack(true)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), socketio_functions::testing::TestError> {
//! let app = TestApp::new(App::new().hub(Hub::new("hub").on("chat", chat))).await?;
//! let ada = app.socket().user("ada");
//!
//! let outcome = ada.emit("chat", ("lobby", "hello")).await;
//! assert_eq!(outcome.ack(), Some(json!([true])));
//! assert_eq!(outcome.emitted("new message"), [json!(["ada", "hello"])]);
//! assert_eq!(outcome.sent(), [r#"emit "new message": room "lobby", except socket s1"#]);
//!
//! let outcome = ada.emit("chat", ("lobby", 7)).await;
//! assert_eq!(outcome.failure().unwrap().to_string(), "argument 2 of \"chat\": expected String, got a number");
//! # Ok(())
//! # }
//! ```
//!
//! [`World`] puts an app between both of its neighbours, each a stand-in in this process: the Functions host in front of
//! it, the service around it. Clients connect to it as they would to Azure. Use it for what no value can show: pages,
//! negotiation, what one client's event does to another. [`WorldSocket`] is such a client.

mod app;
mod client;
mod folder;
mod outcome;
mod received;
mod socket;
mod wire;
mod world;
mod world_error;

#[doc(no_inline)]
pub use crate::handler::Outcome;
pub use app::{TestApp, TestError};
pub use client::{ClientError, WorldSocket};
pub use received::Received;
pub use socket::TestSocket;
pub use world::{World, WorldBuilder};
pub use world_error::WorldError;

#[doc(no_inline)]
pub use sio_emulator::{Emulator, Settings as EmulatorSettings};
#[doc(no_inline)]
pub use sio_host::{Host, SignIn, Tenant, TenantError};
