//! One line for each hop of an event: client packet, webhook, function, outputs, delivery.

use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

/// Prints both sides' hops in the order in which they come, until the returned task is ended.
pub(super) fn print(
    service: Receiver<sio_emulator::Hop>,
    host: Receiver<sio_host::Hop>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        tokio::join!(follow("service", service), follow("host", host));
    })
}

async fn follow<H: std::fmt::Display + Clone>(side: &str, mut hops: Receiver<H>) {
    loop {
        match hops.recv().await {
            Ok(hop) => eprintln!("{side:>8}  {hop}"),
            Err(RecvError::Lagged(missed)) => eprintln!("{side:>8}  … {missed} lines not shown"),
            Err(RecvError::Closed) => return,
        }
    }
}
