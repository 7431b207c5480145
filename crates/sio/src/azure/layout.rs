//! Where a project lies in its repository, as far as its files for Azure depend on it.

use std::path::{Path, PathBuf};

/// A project in its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The project's name in Azure and for azd.
    pub(super) name: String,
    /// Its directory.
    pub(super) root: PathBuf,
    /// The repository's directory, where GitHub looks for workflows.
    pub(super) repository: PathBuf,
    /// The project's directory from there, with slashes; `.` if they are the same.
    pub(super) folder: String,
}

impl Layout {
    /// Looks at the project of a package. Without a repository around it, the project will be one.
    pub(crate) fn of(package: &str, root: &Path) -> Self {
        let mut above = root.ancestors();
        let repository = above.find(|directory| directory.join(".git").exists());
        let repository = repository.unwrap_or(root);
        let below = root.strip_prefix(repository).unwrap_or(Path::new(""));
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        Self {
            name: package.to_ascii_lowercase().replace('_', "-"),
            root: root.to_owned(),
            repository: repository.to_owned(),
            folder: if parts.is_empty() {
                ".".to_owned()
            } else {
                parts.join("/")
            },
        }
    }

    /// The workflow's name: several projects of a repository have one each.
    pub(super) fn workflow(&self) -> String {
        match self.folder.rsplit('/').next() {
            Some(".") | None => "deploy".to_owned(),
            Some(folder) => format!("deploy-{folder}"),
        }
    }

    /// The project's directory in front of a path.
    pub(super) fn prefix(&self) -> String {
        match self.folder.as_str() {
            "." => String::new(),
            folder => format!("{folder}/"),
        }
    }

    /// Whether the repository has a workflow of tests that others may call.
    pub(super) fn has_test_workflow(&self) -> bool {
        let path = self.repository.join(".github/workflows/test.yml");
        std::fs::read_to_string(path).is_ok_and(|text| text.contains("workflow_call:"))
    }

    /// What `cargo install` needs to be told to get this tool: its package, or its directory in its own repository.
    pub(super) fn tool(&self) -> &'static str {
        if self.repository.join("crates/sio/Cargo.toml").is_file() {
            "--path \"$GITHUB_WORKSPACE/crates/sio\""
        } else {
            env!("CARGO_PKG_NAME")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_knows_its_place_in_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("apps/my_chat");
        std::fs::create_dir_all(&root).unwrap();
        let alone = Layout::of("My_chat", &root);
        assert_eq!(
            (alone.name.as_str(), alone.folder.as_str()),
            ("my-chat", ".")
        );
        assert_eq!(alone.workflow(), "deploy");

        std::fs::create_dir(folder.path().join(".git")).unwrap();
        let inside = Layout::of("my_chat", &root);
        assert_eq!(inside.folder, "apps/my_chat");
        assert_eq!(inside.prefix(), "apps/my_chat/");
        assert_eq!(inside.workflow(), "deploy-my_chat");
        assert_eq!(inside.tool(), env!("CARGO_PKG_NAME"));
        assert!(!inside.has_test_workflow());
    }
}
