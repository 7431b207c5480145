//! `sio stage`: completes the script root, the folder that `func start` works in and that is deployed.

use std::path::PathBuf;

use crate::project::{Bindings, Profile, Project, Staging};

/// Complete the script root: host.json, function.json files, the binary with its execute bit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The script root to complete [default: function-app in the project].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Who takes the webhook and runs the outputs.
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
    /// Build the handler with optimizations.
    #[arg(long)]
    release: bool,
}

/// Builds and stages once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let staging = Staging {
        root: args.out.unwrap_or_else(|| project.script_root()),
        bindings: args.bindings,
        profile: Profile::of(args.release),
    };
    let staged = project.stage(&staging).await?;
    eprintln!("staged {}", staged.root.display());
    Ok(())
}
