//! Waiting for the person or the system to say stop.

use anyhow::Context as _;

/// The signals that end a command: SIGINT, SIGTERM and SIGHUP (the terminal was closed); on Windows Ctrl-C.
///
/// Taken once, before anything is started: a signal that comes between two waits is kept, not lost.
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Stop {
    /// Takes the signals over from the system, which would end the process without clean-up.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let take = |kind| signal(kind).context("signals cannot be waited for");
            Ok(Self {
                signals: [
                    take(SignalKind::interrupt())?,
                    take(SignalKind::terminate())?,
                    take(SignalKind::hangup())?,
                ],
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Ready at the first signal.
    pub(crate) async fn requested(&mut self) -> anyhow::Result<()> {
        #[cfg(unix)]
        {
            let [interrupt, terminate, hangup] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            Ok(())
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c()
            .await
            .context("cannot wait for Ctrl-C")
    }
}
