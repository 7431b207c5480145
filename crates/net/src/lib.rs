//! What every server here needs: header time-outs, limits, graceful stop, and a door against web pages of others.
//!
//! A service is an async function from a request to a response. [`serve`] runs it for each connection of a listener
//! until it is asked to stop, then lets open requests finish for a while and ends.
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::Full;
//! use hyper::{Request, Response, body::Incoming};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! async fn hello(_: Request<Incoming>) -> Response<Full<Bytes>> {
//!     Response::new(Full::new(Bytes::from_static(b"hello")))
//! }
//!
//! let listener = sio_net::bind("127.0.0.1:0".parse().unwrap()).await?;
//! let address = listener.local_addr()?;
//! let server = tokio::spawn(sio_net::serve(listener, hello, sio_net::Limits::default(), async {}));
//! # let _ = address;
//! server.await?;
//! # Ok(())
//! # }
//! ```

mod abridged;
mod body;
mod door;
mod head;
mod limits;
mod lines;
mod reported;
mod server;
mod socket;

pub use abridged::Abridged;
pub use body::{Body, BoxError, LimitError, empty, full, limited, limited_within};
pub use door::{Door, Refused, is_loopback};
pub use limits::Limits;
pub use lines::Lines;
pub use reported::Reported;
pub use server::{Peer, bind, serve, serve_each};
