//! Taking the port that the host chose.

use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;

/// A restarted handler gets the port of its predecessor, which may take a moment to let go of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens on a port of the loopback address, the only one that the host calls.
///
/// # Errors
/// The port stays taken, or cannot be listened on.
pub async fn bind(port: u16) -> Result<TcpListener, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + PATIENCE;
    loop {
        match sio_net::bind(address).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => return other,
        }
    }
}
