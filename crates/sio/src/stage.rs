//! `sio stage`: completes the script root, the folder that `func start` works in and that is deployed.

use std::path::PathBuf;

use anyhow::bail;

use crate::project::{Binary, Bindings, Profile, Project, Staging, executable, pack};
use crate::terminal;

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
    /// Build the handler for another machine, such as x86_64-unknown-linux-gnu.2.28, which runs on every Functions
    /// image (needs cargo-zigbuild).
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// Pack the script root for deployment.
    #[arg(long, value_name = "FILE")]
    zip: Option<PathBuf>,
    /// Pack a binary even if it would not start in Azure, for a container of your own.
    #[arg(long, requires = "zip")]
    any_binary: bool,
}

/// Builds, stages and perhaps packs, once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let staging = Staging {
        root: args.out.unwrap_or_else(|| project.script_root()),
        bindings: args.bindings,
        profile: Profile::of(args.release),
        target: args.target,
    };
    let staged = project.stage(&staging).await?;
    terminal::tell(format_args!("staged {}", staged.root.display()));
    if staged.settings_differ {
        terminal::tell(format_args!(
            "local.settings.json in {} differs from the project's; it was not replaced",
            staged.root.display()
        ));
    }
    let Some(zip) = args.zip else { return Ok(()) };

    let problem = Binary::read(&staged.binary)?.problem();
    if let Some(problem) = problem.filter(|_| !args.any_binary) {
        bail!(
            "this handler would not start in Azure: {problem}\nhint: build it with --release --target x86_64-unknown-linux-gnu.2.28, or say --any-binary"
        );
    }
    let count = pack(&staged.root, &executable(&staged.root)?, &zip)?;
    terminal::tell(format_args!("packed {count} files into {}", zip.display()));
    Ok(())
}
