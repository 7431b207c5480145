//! One line for each hop of an event: client packet, webhook, function, outputs, delivery.

use std::fmt::Display;
use std::time::Duration;

use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

use crate::terminal;

/// How many hops may wait to be printed before the oldest are left out.
pub(crate) const BACKLOG: usize = 4096;

/// How long the last lines may take when a command ends.
const LAST_LINES: Duration = Duration::from_millis(200);

/// One side's hops on their way to stderr.
pub(crate) struct Timeline(JoinHandle<()>);

impl Timeline {
    /// Prints the hops for which `shown` holds; `side` stands in front where two sides share the terminal.
    pub(crate) fn follow<H>(
        side: &'static str,
        mut hops: Receiver<H>,
        shown: fn(&H) -> bool,
    ) -> Self
    where
        H: Display + Clone + Send + 'static,
    {
        Self(tokio::spawn(async move {
            loop {
                match hops.recv().await {
                    Ok(hop) if shown(&hop) => line(side, hop),
                    Ok(_) => {}
                    Err(RecvError::Lagged(missed)) => {
                        line(side, format_args!("… {missed} lines left out"));
                    }
                    Err(RecvError::Closed) => return,
                }
            }
        }))
    }

    /// Waits for the last lines. The side has ended, or is about to.
    pub(crate) async fn end(self) {
        let abort = self.0.abort_handle();
        if tokio::time::timeout(LAST_LINES, self.0).await.is_err() {
            abort.abort();
        }
    }
}

/// Whether the timeline shows a hop of the host. Giving up ends the command, which then says why.
pub(crate) fn of_host(hop: &sio_host::Hop) -> bool {
    !matches!(hop, sio_host::Hop::GaveUp(_))
}

/// Writes a line, under its side where there are two.
fn line(side: &str, text: impl Display) {
    if side.is_empty() {
        terminal::tell(text);
    } else {
        terminal::under(side, text);
    }
}
