//! `sio types`: the typed contract of a project, in TypeScript.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::project::{Profile, Project};

/// Print the typed contract as TypeScript declarations.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

/// Lets the handler print it.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let handler = project.build(Profile::Dev, None).await?;
    let status = Command::new(&handler)
        .arg("types")
        .stdin(Stdio::null())
        .status()
        .await
        .with_context(|| format!("{} cannot be run", handler.display()))?;
    if !status.success() {
        bail!("the app has mistakes, see above");
    }
    Ok(())
}
