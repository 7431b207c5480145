//! `sio azure rotate-keys`: replaces keys. At every moment the old key or the new one works, and a key
//! loses its value only after the app has shown that it works with another.
//!
//! After a failure the same command may run again from the start: no step relies on what an earlier run has done.

mod function;
mod service;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use crate::deploy::place::{Place, PlaceArgs};
use crate::deploy::proof::ProofArgs;
use crate::deploy::tool::Tools;
use crate::deploy::{self, App, hub_template};
use crate::project::Project;
use crate::terminal;

/// Replace the service's access keys and the webhook's function key, while clients stay connected.
#[derive(Debug, clap::Args)]
#[command(after_help = deploy::DIRECT_ONLY)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    /// Replace only these keys.
    #[arg(long, value_enum)]
    only: Option<Which>,
    /// A hub of the app, if not all of them.
    #[arg(long, value_name = "HUB")]
    hub: Vec<String>,
    #[command(flatten)]
    proof: ProofArgs,
    /// How many seconds to wait for Azure in each step.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
    /// How many seconds an old key keeps its value after the new one works, for what is still on its way.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    settle: u64,
    /// Print each command, with keys masked, and run none.
    #[arg(long)]
    dry_run: bool,
}

/// Why nothing needs to be repaired after a failure.
const UNCHANGED: &str = "no key and no setting was changed";

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// The service's two access keys.
    Service,
    /// The key of the function that the service posts to.
    Function,
}

/// What both procedures need.
struct Rotation<'a> {
    tools: Tools,
    place: Place,
    app: App,
    template: String,
    proof: &'a ProofArgs,
    time: Duration,
    settle: Duration,
}

/// Rotates once.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    args.proof.check()?;
    let project = Project::open(&args.project).await?;
    deploy::check(&project)?;
    let (place, tools) = Place::find(&args.place, &project.root, args.dry_run).await?;
    let rotation = Rotation {
        app: deploy::look(&project, &args.hub, &tools).await?,
        template: hub_template(&project.root)?,
        tools,
        place,
        proof: &args.proof,
        time: Duration::from_secs(args.patience),
        settle: Duration::from_secs(args.settle),
    };
    let (service, function) = (
        args.only != Some(Which::Function),
        args.only != Some(Which::Service),
    );
    // What would fail later is found before anything is changed.
    let negotiation = match service {
        true => service::look(&rotation).await.context(UNCHANGED)?,
        false => None,
    };
    if function {
        function::look(&rotation).await.context(UNCHANGED)?;
    }
    if service {
        service::rotate(&rotation, negotiation.as_deref())
            .await
            .context(
                "the service's access keys are not all replaced; run the same command again",
            )?;
    }
    if function {
        function::rotate(&rotation)
            .await
            .context("the function's key is not replaced; run the same command again")?;
    }
    Ok(())
}

impl Rotation<'_> {
    /// Waits for what is on its way with the old key.
    async fn settle(&self) {
        if self.tools.dry_run() {
            let seconds = self.settle.as_secs();
            self.tools.would(format_args!("wait {seconds} seconds"));
        } else {
            tokio::time::sleep(self.settle).await;
        }
    }

    fn done(&self, what: &str) {
        if !self.tools.dry_run() {
            terminal::under("rotate", what);
        }
    }
}
