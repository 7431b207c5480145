//! `sio completions`: what a shell needs to complete this tool's commands and options.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::terminal;

/// Print the completions for a shell, to be put where it looks for them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

/// Prints them once.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut command = crate::Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "sio", &mut script);
    terminal::data(script)
}
