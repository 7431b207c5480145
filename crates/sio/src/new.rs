//! `sio new`: a project that builds, runs with `sio dev` and passes its own tests.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::{azure, terminal};

/// Create a project: a small chat to change into whatever you want.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the package and of the directory to create.
    name: String,
    /// Where the crate comes from: a version, path=DIR or git=URL.
    #[arg(long, value_name = "SOURCE", default_value = env!("CARGO_PKG_VERSION"), value_parser = dependency)]
    dependency: Dependency,
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

macro_rules! templates {
    ($($from:literal => $to:literal,)*) => {
        &[$(($to, include_str!(concat!("../templates/project/", $from)))),*]
    };
}

/// Each file of a project with its content; marks in double braces are filled in.
const TEMPLATES: &[(&str, &str)] = templates! {
    "Cargo.toml.in" => "Cargo.toml",
    "README.md" => "README.md",
    "gitignore" => ".gitignore",
    "host.json" => "host.json",
    "local.settings.json.example" => "local.settings.json.example",
    "src/lib.rs" => "src/lib.rs",
    "src/main.rs.in" => "src/main.rs",
    "tests/chat.rs.in" => "tests/chat.rs",
    "function-app/public/index.html" => "function-app/public/index.html",
    "function-app/public/chat.js" => "function-app/public/chat.js",
};

/// Creates the project once.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let name = args.name.as_str();
    if let Some(problem) = illegal(name) {
        bail!("{name:?} cannot be the name of a package: it {problem}");
    }
    let root = Path::new(name);
    if root.exists() {
        bail!("{name} exists already\nhint: choose another name, or remove it");
    }
    let values = [
        ("{{name}}", name.to_owned()),
        ("{{crate}}", name.replace('-', "_")),
        ("{{dependency}}", args.dependency.toml(&[])?),
        (
            "{{dependency-testing}}",
            args.dependency.toml(&["testing"])?,
        ),
        ("{{connection}}", connection()),
    ];
    for (file, template) in TEMPLATES {
        let mut content = (*template).to_owned();
        for (mark, value) in &values {
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
            .with_context(|| format!("cannot find {name}"))?;
        azure::init::add(name, &root)?;
    }
    terminal::tell(format_args!("created {name}; next: cd {name} && sio dev"));
    Ok(())
}

/// The emulator's own connection string, for the settings example.
fn connection() -> String {
    format!(
        "Endpoint=http://localhost:8080;AccessKey={};Version=1.0;",
        sio_emulator::DEVELOPMENT_KEY
    )
}

/// Why cargo would not take a package of this name, or the code not compile.
fn illegal(name: &str) -> Option<&'static str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Some("does not begin with a letter")
    } else if !name.chars().all(legal) {
        Some("has a character other than letters, digits, - and _")
    } else if matches!(
        name,
        "test" | "core" | "std" | "handler" | "socketio-functions" | "socketio_functions"
    ) {
        Some("is taken by Rust, by the handler's binary or by this crate")
    } else {
        None
    }
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
    fn names_that_do_not_build_are_refused() {
        assert_eq!(illegal("my-chat"), None);
        for name in ["", "1chat", "my chat", "../x", "test", "handler"] {
            assert!(illegal(name).is_some(), "{name}");
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
        for (file, template) in TEMPLATES {
            for mark in template.split("{{").skip(1) {
                let mark = mark.split("}}").next().unwrap_or_default();
                assert!(known.contains(&mark), "{file}: {mark}");
            }
        }
    }
}
