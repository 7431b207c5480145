//! What is published: which files, under which names, in which version; and what a deployed handler is made of.
//!
//! `tests/packages.sh` compiles the packages.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a package may hold besides what cargo puts into each. Everything else would be downloaded by people who never
/// open it.
const ALLOWED: [&str; 7] = [
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "src/",
    "docs/",
    "examples/",
    "templates/",
];

/// What cargo puts into each package.
const ADDED_BY_CARGO: [&str; 4] = [
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
];

/// What cargo prints, in this repository and without a network.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A package that is published, as its manifest describes it.
struct Package(Value);

impl Package {
    /// All of them.
    fn published() -> Vec<Self> {
        let text = cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"]);
        let mut metadata: Value = serde_json::from_str(&text).unwrap();
        let packages = metadata["packages"].as_array_mut().unwrap();
        let published: Vec<_> = std::mem::take(packages)
            .into_iter()
            .filter(|package| package["publish"].is_null())
            .map(Self)
            .collect();
        assert!(published.len() > 5, "{} are not all", published.len());
        published
    }

    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.text("name")
    }

    fn directory(&self) -> PathBuf {
        Path::new(self.text("manifest_path"))
            .parent()
            .unwrap()
            .to_owned()
    }

    fn list(&self, key: &str) -> Vec<&str> {
        let values = self.0[key].as_array().unwrap().iter();
        values.map(|value| value.as_str().unwrap()).collect()
    }

    /// The files that its package would hold.
    fn files(&self) -> Vec<String> {
        let text = cargo(&["package", "--list", "--allow-dirty", "-p", self.name()]);
        text.lines().map(|line| line.replace('\\', "/")).collect()
    }
}

#[test]
fn every_package_says_what_it_is() {
    let license = std::fs::read_to_string("LICENSE").unwrap();
    for package in Package::published() {
        let name = package.name();
        assert_eq!(package.text("license"), "MIT", "{name}");
        let description = package.text("description");
        assert!(!description.is_empty() && description.len() < 200, "{name}");
        assert!(package.text("repository").starts_with("https://"), "{name}");
        let keywords = package.list("keywords");
        assert!((1..=5).contains(&keywords.len()), "{name}: {keywords:?}");
        assert!(keywords.iter().all(|word| word.len() <= 20), "{name}");
        let categories = package.list("categories");
        assert!((1..=5).contains(&categories.len()), "{name}");
        let shipped = std::fs::read_to_string(package.directory().join("LICENSE"));
        assert_eq!(shipped.unwrap(), license, "{name}");
        let readme = std::fs::read_to_string(package.directory().join("README.md")).unwrap();
        assert!(readme.starts_with(&format!("# {name}\n")), "{name}");
    }
}

#[test]
fn packages_contain_only_sources_docs_and_examples() {
    for package in Package::published() {
        let name = package.name();
        let files = package.files();
        for needed in ["README.md", "LICENSE"] {
            assert!(files.iter().any(|file| file == needed), "{name}: {needed}");
        }
        assert!(files.iter().any(|file| file.starts_with("src/")), "{name}");
        for file in &files {
            let is_allowed = |entry: &&str| match entry.ends_with('/') {
                true => file.starts_with(*entry),
                false => file == *entry,
            };
            assert!(
                ALLOWED.iter().chain(&ADDED_BY_CARGO).any(is_allowed),
                "{name} would ship {file}; see include in its Cargo.toml"
            );
            let is_picture = [".png", ".svg", ".gif"]
                .iter()
                .any(|end| file.ends_with(end));
            assert!(!is_picture, "{name} would ship the picture {file}");
        }
    }
}

#[test]
fn packages_are_published_in_one_version_and_need_each_other_in_it() {
    let packages = Package::published();
    let version = env!("CARGO_PKG_VERSION");
    for package in &packages {
        assert_eq!(package.text("version"), version, "{}", package.name());
        for dependency in package.0["dependencies"].as_array().unwrap() {
            // A package's dependency on itself, for its own tests, has no version and is not published.
            let is_ours = |other: &Package| dependency["name"] == other.name();
            if dependency["name"] != package.name() && packages.iter().any(is_ours) {
                assert_eq!(
                    dependency["req"],
                    format!("={version}"),
                    "{} needs {}",
                    package.name(),
                    dependency["name"]
                );
            }
        }
    }
}

#[test]
fn the_npm_package_has_the_same_version() {
    let text = std::fs::read_to_string("npm/cli/package.json").unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    let license = std::fs::read_to_string("npm/cli/LICENSE").unwrap();
    assert_eq!(license, std::fs::read_to_string("LICENSE").unwrap());
}

/// Names and versions of all packages in a deployed handler, whatever this machine is.
fn handler_dependencies() -> Vec<String> {
    let text = cargo(&[
        "tree",
        "--package",
        "socketio-functions",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--locked",
    ]);
    let mut packages: Vec<String> = text
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    packages.sort();
    packages.dedup();
    packages
}

#[test]
fn a_deployed_handler_contains_neither_stand_in() {
    for package in handler_dependencies() {
        for stand_in in [
            "sio-emulator ",
            "sio-host ",
            "socketio-functions-cli ",
            "tempfile ",
        ] {
            assert!(!package.starts_with(stand_in), "{package}");
        }
    }
}

#[test]
fn a_handler_has_one_tls_stack_and_one_version_of_each_large_package() {
    let packages = handler_dependencies();
    let count = |name: &str| {
        let prefix = format!("{name} v");
        packages
            .iter()
            .filter(|package| package.starts_with(&prefix))
            .count()
    };
    for name in [
        "reqwest",
        "hyper",
        "http",
        "rustls",
        "aws-lc-rs",
        "tokio",
        "warp",
    ] {
        assert_eq!(count(name), 1, "{name}");
    }
    for name in ["openssl-sys", "native-tls", "ring"] {
        assert_eq!(count(name), 0, "{name}");
    }
}
