//! `sio new`: a project that builds, runs with `sio dev` and passes its own tests.

mod name;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::{azure, terminal};

/// Create a project that builds, runs and passes its own tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the package and of the directory to create.
    name: String,
    /// Where the crate comes from: a version, path=DIR or git=URL.
    #[arg(long, value_name = "SOURCE", default_value = env!("CARGO_PKG_VERSION"), value_parser = dependency)]
    dependency: Dependency,
    /// What it begins as.
    #[arg(long, value_enum, default_value_t)]
    template: Template,
    /// Add templates for Azure, as `sio azure init` does; run that for other choices than its defaults.
    #[arg(long)]
    azure: bool,
}

/// Where a new project takes this crate from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Dependency {
    Version(String),
    Path(PathBuf),
    Git(String),
}

fn dependency(text: &str) -> Result<Dependency, String> {
    match text.split_once('=') {
        Some(("path", directory)) if !directory.is_empty() => {
            Ok(Dependency::Path(directory.into()))
        }
        Some(("git", url)) if !url.is_empty() => Ok(Dependency::Git(url.to_owned())),
        None if text.starts_with(|c: char| c.is_ascii_digit()) => {
            Ok(Dependency::Version(text.to_owned()))
        }
        _ => Err("expected a version such as 0.1, path=DIR or git=URL".to_owned()),
    }
}

impl Dependency {
    /// The value in Cargo.toml, with features if there are any.
    fn toml(&self, features: &[&str]) -> anyhow::Result<String> {
        let (key, value) = match self {
            Self::Version(version) => ("version", version.clone()),
            Self::Git(url) => ("git", url.clone()),
            Self::Path(directory) => {
                let directory = dunce::canonicalize(directory)
                    .with_context(|| format!("there is no directory {}", directory.display()))?;
                ("path", directory.to_string_lossy().into_owned())
            }
        };
        // A TOML string escapes as a JSON string does.
        let mut toml = format!("{{ {key} = {}", serde_json::to_string(&value)?);
        if !features.is_empty() {
            toml.push_str(&format!(
                ", features = {}",
                serde_json::to_string(features)?
            ));
        }
        toml.push_str(" }");
        Ok(toml)
    }
}

/// What a project begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Template {
    /// People who talk to each other: a page, acknowledgements, refusals.
    #[default]
    Chat,
    /// A timer that publishes to every page.
    Ticker,
    /// One event and no page.
    Empty,
}

/// Each file of a project with its content; marks in double braces are filled in.
type Files = &'static [(&'static str, &'static str)];

macro_rules! templates {
    ($($from:literal => $to:literal,)*) => {
        &[$(($to, include_str!(concat!("../../templates/", $from)))),*]
    };
}

const COMMON: Files = templates! {
    "common/Cargo.toml.in" => "Cargo.toml",
    "common/gitignore" => ".gitignore",
    "common/host.json" => "host.json",
    "common/local.settings.json.example" => "local.settings.json.example",
    "common/src/main.rs.in" => "src/main.rs",
    "common/vscode/launch.json" => ".vscode/launch.json",
    "common/vscode/tasks.json" => ".vscode/tasks.json",
};

const CHAT: Files = templates! {
    "chat/README.md" => "README.md",
    "chat/src/lib.rs" => "src/lib.rs",
    "chat/tests/handlers.rs.in" => "tests/handlers.rs",
    "chat/tests/world.rs.in" => "tests/world.rs",
    "chat/public/index.html" => "function-app/public/index.html",
    "chat/public/chat.js" => "function-app/public/chat.js",
};

const TICKER: Files = templates! {
    "ticker/README.md" => "README.md",
    "ticker/src/lib.rs" => "src/lib.rs",
    "ticker/tests/handlers.rs.in" => "tests/handlers.rs",
    "ticker/tests/world.rs.in" => "tests/world.rs",
    "ticker/public/index.html" => "function-app/public/index.html",
    "ticker/public/ticker.js" => "function-app/public/ticker.js",
};

const EMPTY: Files = templates! {
    "empty/README.md" => "README.md",
    "empty/src/lib.rs" => "src/lib.rs",
    "empty/tests/handlers.rs.in" => "tests/handlers.rs",
    "empty/tests/world.rs.in" => "tests/world.rs",
};

impl Template {
    /// Its files.
    fn files(self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let own = match self {
            Self::Chat => CHAT,
            Self::Ticker => TICKER,
            Self::Empty => EMPTY,
        };
        COMMON.iter().chain(own)
    }
}

/// Creates the project once.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let name = args.name.as_str();
    if let Some(problem) = name::problem(name) {
        let hint = format!("hint: {:?} would do", name::suggested(name));
        bail!("{name:?} cannot be the name of a project: it {problem}\n{hint}");
    }
    let root = Path::new(name);
    if root.exists() {
        bail!("{name} exists already\nhint: choose another name, or remove it");
    }
    let values = [
        ("{{name}}", name.to_owned()),
        ("{{crate}}", name::library(name)),
        ("{{dependency}}", args.dependency.toml(&[])?),
        (
            "{{dependency-testing}}",
            args.dependency.toml(&["testing"])?,
        ),
        ("{{connection}}", connection()),
    ];
    if let Dependency::Version(version) = &args.dependency {
        // First, because the next step fails where it applies.
        terminal::under(
            "warning",
            format_args!(
                "the project needs socketio-functions {version} from crates.io; until it is published there, `sio new {name} --dependency path=DIR` names a checkout, git=URL a repository"
            ),
        );
    }
    // Half a project, as a full disk leaves it, would only be in the way of the next attempt.
    write(args, root, &values).inspect_err(|_| {
        let _ = std::fs::remove_dir_all(root);
    })?;
    terminal::tell(format_args!("created {name}; next: cd {name} && sio dev"));
    if args.azure {
        terminal::tell(format_args!(
            "for Azure: {name}/infra/README.md has the commands"
        ));
    }
    Ok(())
}

/// Writes all files of a project whose folder does not exist.
fn write(args: &Args, root: &Path, values: &[(&str, String)]) -> anyhow::Result<()> {
    for (file, template) in args.template.files() {
        let mut content = (*template).to_owned();
        for (mark, value) in values {
            content = content.replace(mark, value);
        }
        let path = root.join(file);
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)
                .with_context(|| format!("{} cannot be created", directory.display()))?;
        }
        std::fs::write(&path, content)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if args.azure {
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot find {}", root.display()))?;
        azure::init::add(&args.name, &root)?;
    }
    Ok(())
}

/// The emulator's own connection string, for the settings example.
fn connection() -> String {
    format!(
        "Endpoint=http://localhost:8080;AccessKey={};Version=1.0;",
        sio_emulator::DEVELOPMENT_KEY
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_a_version_a_path_or_a_repository() {
        let toml = |text: &str| dependency(text).unwrap().toml(&[]).unwrap();
        assert_eq!(toml("0.1"), r#"{ version = "0.1" }"#);
        assert_eq!(toml("git=https://a/b"), r#"{ git = "https://a/b" }"#);
        let path = dependency("path=.").unwrap().toml(&["testing"]).unwrap();
        let here = serde_json::to_string(&std::env::current_dir().unwrap()).unwrap();
        assert!(path.starts_with(&format!("{{ path = {here}")), "{path}");
        assert!(path.ends_with(r#", features = ["testing"] }"#), "{path}");
        for wrong in ["", "x", "path=", "svn=https://a"] {
            assert!(dependency(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_mark_in_the_templates_is_known() {
        let known = [
            "name",
            "crate",
            "dependency",
            "dependency-testing",
            "connection",
        ];
        let all = [Template::Chat, Template::Ticker, Template::Empty];
        for (file, template) in all.into_iter().flat_map(Template::files) {
            for mark in template.split("{{").skip(1) {
                let mark = mark.split("}}").next().unwrap_or_default();
                assert!(known.contains(&mark), "{file}: {mark}");
            }
        }
    }
}
