//! What `--fix` mends: what is safe, and can be undone.

use std::path::Path;

use anyhow::Context as _;

use crate::project::BINARY;
use crate::{terminal, whole_file};

/// Mends what is missing in a project and its script root, and says each thing that it did.
///
/// # Errors
/// A file cannot be written.
pub(super) fn apply(project: &Path, root: &Path) -> anyhow::Result<()> {
    settings(project, root)?;
    execute_bit(&root.join(BINARY))
}

/// Local settings from their example, unless they exist.
fn settings(project: &Path, script_root: &Path) -> anyhow::Result<()> {
    let to = script_root.join("local.settings.json");
    let example = project.join("local.settings.json.example");
    if to.exists() || !example.is_file() || !script_root.is_dir() {
        return Ok(());
    }
    whole_file::copy(&example, &to).with_context(|| format!("cannot write {}", to.display()))?;
    terminal::tell(format_args!(
        "fixed  {} is made from its example",
        to.display()
    ));
    Ok(())
}

#[cfg(unix)]
fn execute_bit(binary: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(found) = std::fs::metadata(binary) else {
        return Ok(());
    };
    if found.permissions().mode() & 0o111 == 0 {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(binary, mode)
            .with_context(|| format!("cannot make {} executable", binary.display()))?;
        terminal::tell(format_args!("fixed  {} is executable", binary.display()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn execute_bit(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_made_from_their_example_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("function-app");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(folder.path().join("local.settings.json.example"), "{}").unwrap();
        settings(folder.path(), &root).unwrap();
        let made = root.join("local.settings.json");
        assert_eq!(std::fs::read_to_string(&made).unwrap(), "{}");
        std::fs::write(&made, "own").unwrap();
        settings(folder.path(), &root).unwrap();
        assert_eq!(std::fs::read_to_string(&made).unwrap(), "own");
    }
}
