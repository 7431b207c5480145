//! `sio deploy`: builds, publishes, tells the service where the webhook is, and proves that a client gets through.
//!
//! One step a file. Every command of another tool is one that a person may type instead, and `--dry-run` prints them.

mod app;
mod package;
pub(crate) mod patience;
pub(crate) mod place;
pub(crate) mod proof;
mod publish;
mod target;
pub(crate) mod tool;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use crate::project::Project;
use crate::terminal;
use place::{Place, PlaceArgs};
use proof::ProofArgs;
use target::{Target, Toolchain};
use tool::Tools;

pub(crate) use app::App;
pub(crate) use package::{check, hub_template, look};
pub(crate) use publish::{DEFAULT_KEY, register};

/// What these commands do not do; a line of their help.
pub(crate) const DIRECT_ONLY: &str = "For direct bindings only. With Microsoft's extension, publish what `sio stage --bindings extension --zip FILE` packs.";

/// Build and publish into resources that exist, set the service's event handler, and prove that a client gets through.
#[derive(Debug, clap::Args)]
#[command(after_help = DIRECT_ONLY)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    /// A hub of the app, if not all of them.
    #[arg(long, value_name = "HUB")]
    hub: Vec<String>,
    /// Build for this target [default: what this machine can build and Azure can start].
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// Build and pack target/azure.zip, and publish nothing.
    #[arg(long, conflicts_with_all = ["published", "probe"])]
    pack: bool,
    /// The package is published already: set the event handler, and prove. Builds only for this machine, to ask the
    /// handler for its functions and hubs.
    #[arg(long)]
    published: bool,
    #[command(flatten)]
    proof: ProofArgs,
    /// How many seconds to wait for Azure in each step.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
    /// Print each command, with keys masked, and run none.
    #[arg(long)]
    dry_run: bool,
}

/// Deploys once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    args.proof.check()?;
    let project = Project::open(&args.project).await?;
    check(&project).context("step check failed")?;
    let time = Duration::from_secs(args.patience);
    // What is missing on this machine, or of a sign-in, is said before the build.
    let target = match args.published {
        true => None,
        false => {
            let target = Toolchain::look().await.choose(args.target.as_deref());
            Some(match target {
                Ok(target) => {
                    terminal::under(
                        "check",
                        format_args!("builds for {}: {}", target.name, target.reason),
                    );
                    target
                }
                Err(problem) if args.dry_run => {
                    terminal::under("check", problem);
                    Target::wished(args.target.as_deref())
                }
                Err(problem) => {
                    return Err(anyhow::Error::msg(problem)).context("step check failed");
                }
            })
        }
    };
    if args.pack {
        let tools = Tools::new(args.dry_run, None, &project.root);
        if let Some(target) = &target {
            package::make(&project, target, &args.hub, &tools)
                .await
                .context("step build failed")?;
        }
        return Ok(());
    }
    let (place, tools) = Place::find(&args.place, &project.root, args.dry_run)
        .await
        .context("step check failed")?;
    terminal::under(
        "check",
        format_args!(
            "app {}, service {}, resource group {}",
            place.app, place.service, place.group
        ),
    );
    let app = match &target {
        Some(target) => package::make(&project, target, &args.hub, &tools)
            .await
            .context("step build failed")?,
        None => package::look(&project, &args.hub, &tools)
            .await
            .context("step build failed")?,
    };
    if !args.published {
        terminal::under("publish", format_args!("into {}", place.app));
        publish::publish(&tools, &place)
            .await
            .context("step publish failed")?;
    }
    publish::listed(&tools, &place, &app, time)
        .await
        .context("step wait failed")?;
    let template = hub_template(&project.root)?;
    for hub in &app.hubs {
        register(&tools, &place, &app, hub, &template, DEFAULT_KEY, time)
            .await
            .context("step register failed")?;
    }
    for hub in &app.hubs {
        proof::prove(&tools, &place, &app, hub, &args.proof, time)
            .await
            .context("step prove failed")?;
    }
    if !tools.dry_run() {
        terminal::tell(format_args!("deployed: {}", place.url));
    }
    Ok(())
}
