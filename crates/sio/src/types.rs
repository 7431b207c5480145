//! `sio types`: the typed contract of a project, in TypeScript.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::project::{Profile, Project};
use crate::terminal;

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
    let running = Command::new(&handler)
        .arg("types")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let printed = match running {
        Ok(child) => child.wait_with_output().await,
        Err(error) => Err(error),
    };
    let printed = printed.with_context(|| format!("{} cannot be run", handler.display()))?;
    if !printed.status.success() {
        bail!("the app has mistakes, see above");
    }
    terminal::data(printed.stdout)
}
