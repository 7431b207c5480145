//! `sio azure init`: writes infra/, azure.yaml and a GitHub workflow into a project.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::choices::{Auth, Choices};
use super::explain;
use super::layout::Layout;
use super::render::Marks;
use crate::project::Project;
use crate::{terminal, whole_file};

/// Write templates for Azure into a project: infra/ (Bicep), azure.yaml (azd) and a GitHub workflow.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    choices: Choices,
    /// Replace files that were changed, or written for other choices.
    #[arg(long)]
    force: bool,
    /// Say what would be made, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/azure/", $name)))),*]
    };
}

/// Each file of a project for Azure, but for the workflow, whose place depends on the repository.
const TEMPLATES: &[(&str, &str)] = templates![
    "azure.yaml",
    "infra/README.md",
    "infra/bicepconfig.json",
    "infra/compile.sh",
    "infra/hub.bicep",
    "infra/main.bicep",
    "infra/main.parameters.json",
    "infra/modules/app.bicep",
    "infra/modules/identities.bicep",
    "infra/modules/monitoring.bicep",
    "infra/modules/registration.bicep",
    "infra/modules/service.bicep",
    "infra/modules/settings.bicep",
    "infra/modules/storage.bicep",
];
const WORKFLOW: &str = include_str!("../../templates/azure/workflow.yml");
/// Only for apps with a registration.
const REGISTRATION: &str = "infra/modules/registration.bicep";
/// The one file that is run.
const SCRIPT: &str = "compile.sh";

/// Says what will be made, then writes.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let layout = Layout::of(project.name(), &project.root);
    for line in explain::lines(args.choices) {
        terminal::tell(line);
    }
    if args.dry_run {
        let plan = Plan::of(&layout, args.choices, args.force)?;
        for (path, _) in &plan.files {
            terminal::tell(format_args!("would write {}", shown(&layout, path)));
        }
        if let Some(stale) = &plan.stale {
            terminal::tell(format_args!("would remove {}", shown(&layout, stale)));
        }
        return Ok(());
    }
    write(&layout, args.choices, args.force)?;
    terminal::tell(format_args!(
        "wrote infra/, azure.yaml and {}; nothing exists in Azure yet\nnext: read infra/README.md, then\n  az login\n  az deployment sub create --name {name} --location REGION --template-file infra/main.bicep \\\n    --parameters environmentName={name} location=REGION\n  sio deploy --deployment {name}",
        shown(&layout, &workflow_path(&layout)),
        name = layout.name
    ));
    Ok(())
}

/// Adds the default templates to a new project.
pub(crate) fn add(package: &str, root: &Path) -> anyhow::Result<()> {
    let layout = Layout::of(package, root);
    let choices = Choices::default();
    for line in explain::lines(choices) {
        terminal::tell(line);
    }
    write(&layout, choices, false)
}

/// What will be done to the project's files.
struct Plan {
    files: Vec<(PathBuf, String)>,
    /// A file of other choices, which goes.
    stale: Option<PathBuf>,
}

impl Plan {
    /// Refuses if a file exists with other content and may not be replaced.
    fn of(layout: &Layout, choices: Choices, force: bool) -> anyhow::Result<Self> {
        let files = files(layout, choices);
        let differs = |(path, content): &&(PathBuf, String)| {
            std::fs::read_to_string(path).map_or(path.exists(), |found| found != *content)
        };
        let taken: Vec<_> = files.iter().filter(differs).collect();
        if !taken.is_empty() && !force {
            let names = taken
                .iter()
                .map(|(path, _)| format!("\n  {}", shown(layout, path)));
            bail!(
                "these files exist with other content:{}\nhint: --force replaces them",
                names.collect::<String>()
            );
        }
        // A registration's template that the choices no longer want would be compiled without its extension.
        let stale = layout.root.join(REGISTRATION);
        let stale = (!choices.registration() && stale.is_file()).then_some(stale);
        if let Some(stale) = stale.as_ref().filter(|_| !force) {
            bail!(
                "{} belongs to other choices\nhint: --force removes it",
                shown(layout, stale)
            );
        }
        Ok(Self { files, stale })
    }
}

/// Writes the files, or none if one exists with other content and may not be replaced.
pub(crate) fn write(layout: &Layout, choices: Choices, force: bool) -> anyhow::Result<()> {
    let plan = Plan::of(layout, choices, force)?;
    if let Some(stale) = &plan.stale {
        std::fs::remove_file(stale)
            .with_context(|| format!("cannot remove {}", stale.display()))?;
    }
    for (path, content) in &plan.files {
        write_file(path, content)?;
    }
    Ok(())
}

fn write_file(path: &Path, content: &str) -> anyhow::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
    }
    whole_file::write(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    #[cfg(unix)]
    if path.file_name().is_some_and(|name| name == SCRIPT) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
            .with_context(|| format!("cannot make {} executable", path.display()))?;
    }
    Ok(())
}

/// A path as the project sees it. The workflow may be in a folder above.
fn shown(layout: &Layout, path: &Path) -> String {
    if let Ok(below) = path.strip_prefix(&layout.root) {
        return below.display().to_string();
    }
    let Ok(below) = path.strip_prefix(&layout.repository) else {
        return path.display().to_string();
    };
    let up = Path::new(&layout.folder).iter().map(|_| "..");
    up.collect::<PathBuf>().join(below).display().to_string()
}

fn workflow_path(layout: &Layout) -> PathBuf {
    let name = format!("{}.yml", layout.workflow());
    layout.repository.join(".github/workflows").join(name)
}

/// Every file with its content.
fn files(layout: &Layout, choices: Choices) -> Vec<(PathBuf, String)> {
    let marks = Marks::default()
        .value("name", &layout.name)
        .value("workflow", layout.workflow())
        .value("folder", &layout.folder)
        .value("prefix", layout.prefix())
        .value("tool", layout.tool())
        .value("plan", choices.plan.name())
        .value("sku", choices.service.name())
        .value("key", (choices.auth == Auth::Key).to_string())
        .value("easy-auth", choices.easy_auth.to_string())
        .value("explained", explain::markdown(choices))
        .flag("registration", choices.registration())
        .flag("identity", choices.auth == Auth::Identity)
        .flag("test-workflow", layout.has_test_workflow());
    let wanted = |name: &str| name != REGISTRATION || choices.registration();
    let mut files: Vec<_> = TEMPLATES
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, template)| (layout.root.join(name), marks.fill(template)))
        .collect();
    files.push((workflow_path(layout), marks.fill(WORKFLOW)));
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::choices::{Plan, Tier};

    /// The projects of this repository that are deployed, each with what was chosen for it.
    const OURS: [(&str, &str, Choices); 2] = [
        (
            "socketio-functions",
            ".",
            Choices {
                auth: Auth::Key,
                plan: Plan::Flex,
                service: Tier::Free,
                easy_auth: false,
            },
        ),
        (
            "identity-quickstart",
            "samples/identity-quickstart",
            Choices {
                auth: Auth::Identity,
                plan: Plan::Flex,
                service: Tier::Free,
                easy_auth: true,
            },
        ),
    ];

    #[test]
    fn this_repository_has_what_the_templates_make() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let repository = repository.canonicalize().unwrap();
        for (package, folder, choices) in OURS {
            let root = repository.join(folder).canonicalize().unwrap();
            let layout = Layout::of(package, &root);
            if std::env::var_os("UPDATE").is_some() {
                write(&layout, choices, true).unwrap();
            }
            for (path, content) in files(&layout, choices) {
                let found = std::fs::read_to_string(&path).unwrap_or_default();
                assert!(
                    found == content,
                    "{} is out of date; UPDATE=1 rewrites it",
                    path.display()
                );
            }
        }
    }

    #[test]
    fn every_mark_is_known_for_every_choice() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::of("chat", folder.path());
        for auth in [Auth::Key, Auth::Identity] {
            for easy_auth in [false, true] {
                let choices = Choices {
                    auth,
                    easy_auth,
                    ..Choices::default()
                };
                for (path, content) in files(&layout, choices) {
                    assert!(!content.contains("[["), "{}:\n{content}", path.display());
                }
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_shown_from_the_projects_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("apps/chat");
        std::fs::create_dir_all(folder.path().join(".git")).unwrap();
        let layout = Layout::of("chat", &root);
        assert_eq!(
            shown(&layout, &workflow_path(&layout)),
            "../../.github/workflows/deploy-chat.yml"
        );
        assert_eq!(shown(&layout, &root.join("azure.yaml")), "azure.yaml");
    }

    #[test]
    fn a_file_of_somebody_else_stays_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::of("chat", folder.path());
        let own = folder.path().join("azure.yaml");
        std::fs::write(&own, "mine").unwrap();
        let error = write(&layout, Choices::default(), false).unwrap_err();
        assert!(error.to_string().contains("azure.yaml"), "{error}");
        assert!(!folder.path().join("infra").exists());
        write(&layout, Choices::default(), true).unwrap();
        assert!(
            std::fs::read_to_string(&own)
                .unwrap()
                .contains("name: chat")
        );
        // The same again changes nothing, and other choices are not mixed in.
        write(&layout, Choices::default(), false).unwrap();
        let identity = Choices {
            auth: Auth::Identity,
            ..Choices::default()
        };
        write(&layout, identity, true).unwrap();
        assert!(write(&layout, Choices::default(), false).is_err());
        write(&layout, Choices::default(), true).unwrap();
        assert!(!folder.path().join(REGISTRATION).exists());
    }
}
