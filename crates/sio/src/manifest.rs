//! `sio manifest`: prints the generated files of a project, or checks those that are committed.

use std::path::PathBuf;

use anyhow::bail;

use crate::project::{Bindings, Manifest, Profile, Project};
use crate::terminal;

/// Print the generated files, or check them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Compare with the script root instead of printing; fails if anything differs.
    #[arg(long)]
    check: bool,
    /// Who takes the webhook and runs the outputs.
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
}

/// Prints or checks once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let handler = project.build(Profile::Dev, None).await?;
    let manifest = Manifest::of(&project, &handler, args.bindings).await?;
    if args.check {
        let differences = manifest.differences(&project.script_root())?;
        if differences.is_empty() {
            terminal::tell(format_args!(
                "{} is up to date",
                project.script_root().display()
            ));
            return Ok(());
        }
        bail!("{}\nhint: run `sio stage`", differences.join("\n"));
    }
    let text = serde_json::to_string_pretty(&manifest.files)?;
    terminal::data(text + "\n")
}
