//! One line for each hop of an event: client packet, webhook, function, outputs, delivery.

use std::fmt::Display;

use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

/// How many hops may wait to be printed before the oldest are left out.
pub(super) const BACKLOG: usize = 4096;

/// Prints one side's hops as they come, until the returned task is ended.
pub(super) fn follow<H>(side: &'static str, mut hops: Receiver<H>) -> JoinHandle<()>
where
    H: Display + Clone + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            match hops.recv().await {
                Ok(hop) => eprintln!("{side:>8}  {hop}"),
                Err(RecvError::Lagged(missed)) => {
                    eprintln!("{side:>8}  … {missed} lines not shown")
                }
                Err(RecvError::Closed) => return,
            }
        }
    })
}
