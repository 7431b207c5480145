//! `sio azure`: what a project needs to run in Azure, and keeping it running there.
//!
//! [`init`] writes templates, [`rotate`] replaces keys. Publishing is `sio deploy`.

mod choices;
mod explain;
pub(crate) mod init;
mod layout;
mod render;
mod rotate;

use clap::Subcommand;

/// Bring a project into Azure, and replace its keys there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    RotateKeys(Box<rotate::Args>),
}

/// Runs one of the commands.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Init(args) => init::run(&args).await,
        Command::RotateKeys(args) => rotate::run(*args).await,
    }
}
