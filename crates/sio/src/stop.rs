//! Waiting for the person or the system to say stop.

use anyhow::Context as _;

/// The signals that end a command: SIGINT, SIGTERM and SIGHUP (the terminal was closed); on Windows Ctrl-C, Ctrl-Break and
/// the closing of the console. A process has no other way to ask one to end there.
///
/// Taken once, before anything is started: a signal that comes between two waits is kept, not lost.
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
    #[cfg(windows)]
    signals: (
        tokio::signal::windows::CtrlC,
        tokio::signal::windows::CtrlBreak,
        tokio::signal::windows::CtrlClose,
    ),
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
        #[cfg(windows)]
        {
            use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
            let failed = "signals cannot be waited for";
            Ok(Self {
                signals: (
                    ctrl_c().context(failed)?,
                    ctrl_break().context(failed)?,
                    ctrl_close().context(failed)?,
                ),
            })
        }
    }

    /// Does `work` unless a signal comes first. The processes that it has started end when it is dropped.
    pub(crate) async fn before(
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        let mut stop = Self::listen()?;
        tokio::select! {
            done = work => done,
            requested = stop.requested() => {
                requested?;
                anyhow::bail!("stopped before it was done")
            }
        }
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
        #[cfg(windows)]
        {
            let (interrupt, ask, close) = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = ask.recv() => {}
                _ = close.recv() => {}
            }
            Ok(())
        }
    }
}
