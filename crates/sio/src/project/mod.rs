//! A project: a directory with `Cargo.toml`, `host.json`, `function-app/` and a handler binary.

mod binary;
mod build;
pub(crate) mod bundle;
mod manifest;
mod own_files;
mod package;
mod stage;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tokio::process::Command;

pub(crate) use binary::{Binary, NEWEST_GLIBC};
pub(crate) use build::Profile;
pub(crate) use manifest::{Bindings, Manifest};
pub(crate) use package::{executable, pack};
pub(crate) use stage::{BINARY, Staged, Staging};

/// A project on disk.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// Its directory.
    pub(crate) root: PathBuf,
    /// Name of its package.
    package: String,
    /// Name of its library, or of its package.
    library: String,
    /// Name of its handler binary.
    binary: String,
    /// Packages whose features are resolved together with it, see [`build`].
    companions: Vec<String>,
}

impl Project {
    /// Opens the project in a directory.
    pub(crate) async fn open(root: &Path) -> anyhow::Result<Self> {
        Self::read(Self::locate(root)?).await
    }

    /// The whole path of a directory that has the files of a project.
    pub(crate) fn locate(root: &Path) -> anyhow::Result<PathBuf> {
        // Windows has paths that cargo and other programs cannot work in; this never gives one of them.
        let root = dunce::canonicalize(root).with_context(|| {
            format!(
                "there is no project in {}\nhint: name the project's directory with --project DIR",
                root.display()
            )
        })?;
        for file in ["Cargo.toml", "host.json"] {
            if !root.join(file).is_file() {
                bail!(
                    "{} has no {file}, so it is not a function app project\nhint: name the project's directory with --project DIR",
                    root.display()
                );
            }
        }
        Ok(root)
    }

    /// Reads the manifest of a project whose directory was located.
    pub(crate) async fn read(root: PathBuf) -> anyhow::Result<Self> {
        let metadata = Metadata::read(&root).await?;
        let manifest = root.join("Cargo.toml");
        let package = metadata
            .packages
            .iter()
            .find(|package| {
                // Cargo may spell the same path in another way.
                let path = dunce::canonicalize(&package.manifest_path);
                path.is_ok_and(|path| path == manifest)
            })
            .with_context(|| format!("{} describes no package", manifest.display()))?;
        let companions = metadata.packages.iter().map(|package| package.name.clone());
        Ok(Self {
            binary: package.handler()?,
            library: package.library(),
            package: package.name.clone(),
            companions: companions
                .filter(|name| name == "socketio-functions-cli")
                .collect(),
            root,
        })
    }

    /// Name of its package.
    pub(crate) fn name(&self) -> &str {
        &self.package
    }

    /// The name of its library in source, which tests use.
    pub(crate) fn library(&self) -> &str {
        &self.library
    }

    /// The script root: what `func start` works in and what is deployed.
    pub(crate) fn script_root(&self) -> PathBuf {
        self.root.join("function-app")
    }

    /// The copy of the official client that npm has installed here or above, for pages or for tests.
    pub(crate) fn installed_client(&self) -> Option<PathBuf> {
        let in_package = "node_modules/socket.io-client/dist/socket.io.min.js";
        let mut candidates = self.root.ancestors().flat_map(|directory| {
            ["", "tests/clients"].map(|folder| directory.join(folder).join(in_package))
        });
        candidates.find(|path| path.is_file())
    }

    /// Whether a page of the project loads the client from its CDN.
    pub(crate) fn loads_client_from_cdn(&self) -> bool {
        let pages = std::fs::read_dir(self.script_root().join("public"));
        let mut pages = pages
            .into_iter()
            .flatten()
            .flatten()
            .map(|page| page.path());
        pages.any(|page| {
            page.extension().is_some_and(|kind| kind == "html")
                && std::fs::read_to_string(page).is_ok_and(|text| text.contains("cdn.socket.io"))
        })
    }
}

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Metadata {
    async fn read(root: &Path) -> anyhow::Result<Self> {
        let mut cargo = Command::new(build::cargo());
        cargo
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root);
        let output = build::output(&mut cargo).await?;
        if !output.status.success() {
            bail!("cargo could not read {}", root.join("Cargo.toml").display());
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata is not the expected JSON")
    }
}

impl Package {
    /// The library's name in source.
    fn library(&self) -> String {
        let is_library = |target: &&Target| target.kind.iter().any(|kind| kind.ends_with("lib"));
        let library = self.targets.iter().find(is_library);
        library
            .map_or(&self.name, |target| &target.name)
            .replace('-', "_")
    }

    /// The binary that is the handler: the one that the manifest names, the only one, or the one called `handler`.
    fn handler(&self) -> anyhow::Result<String> {
        let named = self
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.get("socketio-functions")?.get("handler")?.as_str());
        let binaries: Vec<&str> = self
            .targets
            .iter()
            .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
            .map(|target| target.name.as_str())
            .collect();
        match (named, binaries.as_slice()) {
            (Some(named), binaries) if binaries.contains(&named) => Ok(named.to_owned()),
            (Some(named), _) => bail!(
                "[package.metadata.socketio-functions] names the handler {named:?}, and package {} has no such binary",
                self.name
            ),
            (None, [only]) => Ok((*only).to_owned()),
            (None, []) => bail!("package {} has no binary to use as the handler", self.name),
            (None, binaries) if binaries.contains(&"handler") => Ok("handler".to_owned()),
            (None, binaries) => bail!(
                "package {} has several binaries ({})\nhint: say which one is the handler in Cargo.toml: [package.metadata.socketio-functions] handler = \"…\"",
                self.name,
                binaries.join(", ")
            ),
        }
    }
}
