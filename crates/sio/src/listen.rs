//! Taking a port, and saying which option picks another when it is taken.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context as _, anyhow};
use tokio::net::TcpListener;

/// Listens on a port; 0 picks a free one. `option` is the flag that chooses it, for the error text.
pub(crate) async fn on(address: IpAddr, port: u16, option: &str) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(address, port);
    match sio_net::bind(address).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(anyhow!(
            "port {port} is taken by another program\nhint: pick another with {option} PORT, or a free one with {option} 0"
        )),
        other => other.with_context(|| format!("cannot listen on {address}")),
    }
}
