//! The generated files of a project: every `function.json`, and the copy of `host.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use super::{Project, bundle};
use crate::{terminal, whole_file};

/// How long a handler may take to print its manifest, which it has in memory.
const PATIENCE: Duration = Duration::from_secs(20);

/// The bundle that has the Socket.IO bindings; the general one has not.
const PREVIEW_BUNDLE: &str = "Microsoft.Azure.Functions.ExtensionBundle.Preview";

/// Who takes the webhook and runs the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Bindings {
    /// The app's own HTTP function and REST client.
    #[default]
    Direct,
    /// Microsoft's Socket.IO extension.
    Extension,
}

impl Bindings {
    /// How the command line calls them.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Extension => "extension",
        }
    }
}

/// The generated files by their paths below the script root.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) files: BTreeMap<String, String>,
    /// The app's hubs.
    #[serde(default)]
    pub(crate) hubs: Vec<String>,
    /// Its events by hub and namespace.
    #[serde(default)]
    pub(crate) events: Vec<Value>,
}

/// The project of extensions that are built beside the app.
pub(super) const EXTENSIONS: &str = "extensions.csproj";

impl Manifest {
    /// Asks a handler for its files. `root` is where host.json is.
    pub(crate) async fn asked(
        handler: &Path,
        bindings: Bindings,
        root: &Path,
    ) -> anyhow::Result<Self> {
        let question = ["manifest", "--bindings", bindings.name()];
        let output = asked(handler, root, &question).await?;
        serde_json::from_slice(&output).with_context(|| {
            format!(
                "{} does not print a manifest; does its main call `App::main`?",
                handler.display()
            )
        })
    }

    /// Asks a handler for its files and adds the project's host.json.
    pub(crate) async fn of(
        project: &Project,
        handler: &Path,
        bindings: Bindings,
    ) -> anyhow::Result<Self> {
        let mut manifest = Self::asked(handler, bindings, &project.root).await?;
        let path = project.root.join("host.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        // The host reads it leniently; what even that does not accept must not replace a copy that worked.
        let parsed =
            json5::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
        let host = match bindings {
            Bindings::Direct => text,
            Bindings::Extension => {
                let host = with_bundle(text, parsed);
                // An app may bring its extensions along, in the place of a bundle.
                if !project.script_root().join(EXTENSIONS).is_file()
                    && let Ok(written) = json5::from_str(&host)
                    && let Some(problem) = bundle::problem(&written)
                {
                    bail!("{}: {problem}\nhint: {}", path.display(), bundle::ADVICE);
                }
                host
            }
        };
        manifest.files.insert("host.json".to_owned(), host);
        manifest
            .fits(handler, bindings, &project.script_root())
            .await?;
        Ok(manifest)
    }

    /// Asks the handler whether a script root with these files fits it, before any file of the real one is changed: what
    /// it needs of host.json, it knows best.
    async fn fits(&self, handler: &Path, bindings: Bindings, root: &Path) -> anyhow::Result<()> {
        let trial = tempfile::tempdir().context("no temporary folder can be made")?;
        self.write(trial.path())?;
        if root.join(EXTENSIONS).is_file() {
            std::fs::write(trial.path().join(EXTENSIONS), "")
                .context("no temporary file can be written")?;
        }
        let folder = trial.path().to_string_lossy();
        let check = [
            "manifest",
            "--check",
            "--bindings",
            bindings.name(),
            "--root",
            &folder,
        ];
        asked(handler, trial.path(), &check).await.map(drop)
    }

    /// The differences between these files and those in a directory, one sentence each.
    pub(crate) fn differences(&self, directory: &Path) -> anyhow::Result<Vec<String>> {
        let mut differences = Vec::new();
        for (name, content) in &self.files {
            match std::fs::read_to_string(directory.join(name)) {
                Ok(found) if found == *content => {}
                Ok(_) => differences.push(format!("{name} is out of date")),
                Err(_) => differences.push(format!("{name} is missing")),
            }
        }
        for name in functions_in(directory)? {
            if !self.files.contains_key(&name) {
                differences.push(format!("{name} belongs to no function of the app"));
            }
        }
        Ok(differences)
    }

    /// Writes the files and removes functions that the app no longer has; says which. Tells whether anything changed.
    pub(crate) fn write(&self, directory: &Path) -> anyhow::Result<bool> {
        let mut changed = false;
        for name in functions_in(directory)? {
            if !self.files.contains_key(&name) {
                changed = true;
                let path = directory.join(&name);
                terminal::tell(format_args!(
                    "removing {}: no function of the app",
                    path.display()
                ));
                std::fs::remove_file(&path)
                    .with_context(|| format!("{} cannot be removed", path.display()))?;
                if let Some(folder) = path.parent() {
                    // A folder with other files stays.
                    let _ = std::fs::remove_dir(folder);
                }
            }
        }
        for (name, content) in &self.files {
            let path = directory.join(name);
            // A file that is already right keeps its time, so that nothing restarts because of it.
            if std::fs::read_to_string(&path).is_ok_and(|found| found == *content) {
                continue;
            }
            changed = true;
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("{} cannot be created", folder.display()))?;
            }
            whole_file::write(&path, content)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(changed)
    }
}

/// What a handler prints when it is asked something about itself. `root` is where host.json is, whose route prefix must
/// fit the routes.
async fn asked(handler: &Path, root: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let asked = Command::new(handler)
        .args(arguments)
        .env("FUNCTIONS_APP_ROOT_PATH", root)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, asked)
        .await
        .ok()
        .with_context(|| {
            format!(
                "{} did not answer `{}` within {PATIENCE:?}\nhint: its main must be `app().main()`",
                handler.display(),
                arguments.join(" ")
            )
        })?
        .with_context(|| format!("{} cannot be run", handler.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // The folder is temporary, and what is missing there is not one of the project's files.
        let ours = |line: &&str| {
            !line.contains(" does not fit the app") && !line.starts_with("hint: `sio stage`")
        };
        // The handler's own line says the same once more where its `main` returns the error.
        let lines = said.lines().filter(|line| !line.starts_with("Error: "));
        let lines = lines.map(|line| line.trim_start_matches("ERROR: "));
        let said: Vec<&str> = lines.filter(ours).collect();
        bail!("the app has mistakes:\n{}", said.join("\n"));
    }
    Ok(output.stdout)
}

/// Every `NAME/function.json` in a directory.
fn functions_in(directory: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", directory.display()));
        }
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("{} cannot be read", directory.display()))?;
        if entry.path().join("function.json").is_file() {
            names.push(format!(
                "{}/function.json",
                entry.file_name().to_string_lossy()
            ));
        }
    }
    names.sort();
    Ok(names)
}

/// host.json with the Preview bundle, unless it names a bundle itself.
fn with_bundle(text: String, mut host: serde_json::Map<String, serde_json::Value>) -> String {
    if host.contains_key("extensionBundle") {
        return text;
    }
    let bundle = serde_json::json!({ "id": PREVIEW_BUNDLE, "version": "[4.*, 5.0.0)" });
    host.insert("extensionBundle".to_owned(), bundle);
    format!("{:#}\n", serde_json::Value::Object(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &[(&str, &str)]) -> Manifest {
        let files = files.iter();
        Manifest {
            hubs: Vec::new(),
            events: Vec::new(),
            files: files
                .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn writing_leaves_no_difference_and_no_stale_function() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let first = manifest(&[("a/function.json", "1"), ("host.json", "{}")]);
        first.write(path).unwrap();
        assert!(first.differences(path).unwrap().is_empty());

        let second = manifest(&[("b/function.json", "2"), ("host.json", "{ }")]);
        let differences = second.differences(path).unwrap();
        assert_eq!(
            differences,
            [
                "b/function.json is missing",
                "host.json is out of date",
                "a/function.json belongs to no function of the app"
            ]
        );
        second.write(path).unwrap();
        assert!(second.differences(path).unwrap().is_empty());
        assert!(!path.join("a").exists());
    }

    #[test]
    fn the_preview_bundle_is_added_unless_one_is_named() {
        let with_bundle = |text: &str| with_bundle(text.to_owned(), json5::from_str(text).unwrap());
        let added = with_bundle("{ /* lenient */ \"version\": \"2.0\", }");
        assert!(added.contains(PREVIEW_BUNDLE));
        let own = r#"{"extensionBundle":{"id":"x"}}"#;
        assert_eq!(with_bundle(own), own);
    }
}
