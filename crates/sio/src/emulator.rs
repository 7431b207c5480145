//! `sio emulator`: the service alone, for any function app in any language.

/// Start the service emulator.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the emulator until it is told to stop.
pub(crate) async fn run(_: Args) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
