//! A port for the handler (docs/contracts/functions-host.md, "Port").

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Finds a port that is free now. It stays the handler's through restarts.
///
/// Between this look and the handler's own binding another program may take the port. The host asks the system for
/// one, which then may give the same one to any outgoing connection; so here ports are tried first that the system
/// never gives out by itself.
pub(crate) fn find() -> std::io::Result<u16> {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 18_000;
    // By chance where this process begins, then one after the other: two hosts here never meet.
    static BEGIN: LazyLock<u128> = LazyLock::new(|| uuid::Uuid::new_v4().as_u128() >> 64);
    static TRIED: AtomicU16 = AtomicU16::new(0);
    for _ in 0..64 {
        let step = u128::from(TRIED.fetch_add(1, Ordering::Relaxed));
        let offset = (*BEGIN + step) % u128::from(COUNT);
        let port = FIRST + u16::try_from(offset).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
