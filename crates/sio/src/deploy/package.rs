//! Building and packing: what `sio stage` does, for Azure, with everything refused that Azure could not start.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::app::App;
use super::target::Target;
use super::tool::Tools;
use crate::doctor;
use crate::project::{Binary, Bindings, Manifest, Profile, Project, Staging, executable, pack};
use crate::terminal;

/// Where the script root for Azure is made, below the project.
const OUT: &str = "target/azure";
/// The package.
pub(super) const ZIP: &str = "target/azure.zip";

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
        tools.would(format_args!(
            "cargo {build} --release --target {}",
            target.name
        ));
        tools.would(format_args!("pack {OUT} into {ZIP}"));
        return App::committed(project, hubs);
    }
    let out = project.root.join(OUT);
    if out.exists() {
        std::fs::remove_dir_all(&out)
            .with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let staged = project
        .stage(&Staging {
            root: out.clone(),
            bindings: Bindings::Direct,
            profile: Profile::Release,
            target: Some(target.name.clone()),
        })
        .await?;
    if let Some(problem) = Binary::read(&staged.binary)?.problem() {
        bail!("this handler would not start in Azure: {problem}");
    }
    let wrong = doctor::wrong_with(&out);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    let count = pack(&out, &executable(&out)?, &project.root.join(ZIP))?;
    terminal::under("pack", format_args!("{count} files into {ZIP}"));
    App::of(&staged.manifest.files, &staged.manifest.hubs, hubs)
}

/// Asks the app what it consists of, without packing it.
pub(crate) async fn look(project: &Project, hubs: &[String], tools: &Tools) -> anyhow::Result<App> {
    if tools.dry_run() {
        return App::committed(project, hubs);
    }
    let handler = project.build(Profile::Dev, None).await?;
    let manifest = Manifest::of(project, &handler, Bindings::Direct).await?;
    App::of(&manifest.files, &manifest.hubs, hubs)
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
    std::fs::write(&path, include_str!("../../templates/azure/infra/hub.bicep"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BUILT_IN.to_owned())
}
