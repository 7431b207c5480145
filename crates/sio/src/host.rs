//! `sio host`: the Functions host alone, for any custom handler.

/// Start the host stand-in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the host until it is told to stop.
pub(crate) async fn run(_: Args) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
