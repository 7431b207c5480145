//! Building and packing: what `sio stage` does, for Azure, with everything refused that Azure could not start.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::app::App;
use super::target::Target;
use super::tool::Tools;
use crate::doctor;
use crate::project::{
    Binary, Bindings, Manifest, Profile, Project, Staging, bundle, executable, pack,
};
use crate::{terminal, whole_file};

/// Where the script root for Azure is made, below the project.
const OUT: &str = "target/azure";
/// The package.
pub(super) const ZIP: &str = "target/azure.zip";

/// The first build, which a dry run does without.
const ASK: &str = "cargo build, to ask the handler for its functions and hubs";

/// Builds and packs, and returns what the app consists of.
pub(super) async fn make(
    project: &Project,
    target: &Target,
    hubs: &[String],
    tools: &Tools,
) -> anyhow::Result<App> {
    if tools.dry_run() {
        let versioned = target.name.contains("-gnu.");
        let build = if versioned { "zigbuild" } else { "build" };
        tools.would(ASK);
        tools.would(format_args!(
            "cargo {build} --release --target {}",
            target.name
        ));
        tools.would(format_args!("pack {OUT} into {ZIP}"));
        return App::committed(project, hubs);
    }
    let staging = Staging {
        root: project.root.join(OUT),
        bindings: Bindings::Direct,
        profile: Profile::Release,
        target: Some(target.name.clone()),
    };
    let out = &staging.root;
    if out.exists() {
        std::fs::remove_dir_all(out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    // What the functions and hubs say comes before the long build.
    let described = project.describe(&staging).await?;
    let app = App::of(&described.manifest.files, &described.manifest.hubs, hubs)?;
    named(&app)?;
    described.manifest.write(out)?;
    right(&doctor::wrong_with_functions(out))?;
    let staged = project.complete(&staging, described).await?;
    if let Some(problem) = Binary::read(&staged.binary)?.problem() {
        bail!("this handler would not start in Azure: {problem}");
    }
    right(&doctor::wrong_with(out))?;
    let count = pack(out, &executable(out)?, &project.root.join(ZIP))?;
    terminal::under("pack", format_args!("{count} files into {ZIP}"));
    Ok(app)
}

/// Refuses a project that Azure could not run, or would run in another way than its author, before anything is built.
pub(crate) fn check(project: &Project) -> anyhow::Result<()> {
    let host = project.root.join("host.json");
    right(&doctor::wrong_with_host_json(&host))?;
    let text = std::fs::read_to_string(&host)
        .with_context(|| format!("cannot read {}", host.display()))?;
    let value =
        json5::from_str(&text).with_context(|| format!("{} is not JSON", host.display()))?;
    if bundle::problem(&value).is_none() {
        bail!(
            "{} has an extension bundle with Microsoft's Socket.IO bindings, and this command knows direct bindings only\nhint: remove \"extensionBundle\" to use direct bindings, or publish what sio stage --bindings extension --release --target x86_64-unknown-linux-gnu.2.28 --zip app.zip packs, with az functionapp deployment source config-zip",
            host.display()
        );
    }
    Ok(())
}

fn right(wrong: &[String]) -> anyhow::Result<()> {
    match wrong.is_empty() {
        true => Ok(()),
        false => bail!("{}", wrong.join("\n")),
    }
}

/// Without a hub the service would post to nothing, and a new key would not reach its URL.
fn named(app: &App) -> anyhow::Result<()> {
    match app.hubs.is_empty() {
        true => bail!("the app names no hub\nhint: name it with --hub HUB"),
        false => Ok(()),
    }
}

/// Asks the app what it consists of, without packing it.
pub(crate) async fn look(project: &Project, hubs: &[String], tools: &Tools) -> anyhow::Result<App> {
    if tools.dry_run() {
        tools.would(ASK);
        return App::committed(project, hubs);
    }
    let handler = project.build(Profile::Dev, None).await?;
    let manifest = Manifest::of(project, &handler, Bindings::Direct).await?;
    let app = App::of(&manifest.files, &manifest.hubs, hubs)?;
    named(&app)?;
    Ok(app)
}

/// The template of the event handler, relative to the project: its own, or the one that is built in.
pub(crate) fn hub_template(root: &Path) -> anyhow::Result<String> {
    const OWN: &str = "infra/hub.bicep";
    const BUILT_IN: &str = "target/hub.bicep";
    if root.join(OWN).is_file() {
        return Ok(OWN.to_owned());
    }
    let path = root.join(BUILT_IN);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    whole_file::write(&path, include_str!("../../templates/azure/infra/hub.bicep"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BUILT_IN.to_owned())
}
