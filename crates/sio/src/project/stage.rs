//! Completing the script root: generated files, the binary with its execute bit, settings for local use.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempPath;

use super::{Bindings, Manifest, Profile, Project};

/// The binary's name in every script root, which is what host.json names.
pub(crate) const BINARY: &str = if cfg!(windows) {
    "handler.exe"
} else {
    "handler"
};

/// The binary's name for a target, or for this machine.
fn binary_for(target: Option<&str>) -> &'static str {
    match target {
        None => BINARY,
        Some(target) if target.contains("windows") => "handler.exe",
        Some(_) => "handler",
    }
}

/// A program that was replaced while it ran, where it could not be removed then.
pub(super) const REPLACED: &str = ".handler-replaced";

/// What to stage, and where.
#[derive(Debug, Clone)]
pub(crate) struct Staging {
    /// The script root to complete.
    pub(crate) root: PathBuf,
    /// Who takes the webhook.
    pub(crate) bindings: Bindings,
    /// How the handler is compiled.
    pub(crate) profile: Profile,
    /// For which machine, if not this one.
    pub(crate) target: Option<String>,
}

/// A script root that a host can run.
#[derive(Debug)]
pub(crate) struct Staged {
    /// Where it is.
    pub(crate) root: PathBuf,
    /// The handler in it.
    pub(crate) binary: PathBuf,
    /// Whether generated files are others than before, the binary left aside.
    pub(crate) changed: bool,
    /// What the app says of itself.
    pub(crate) manifest: Manifest,
}

impl Project {
    /// Builds the handler and completes a script root with it.
    pub(crate) async fn stage(&self, staging: &Staging) -> anyhow::Result<Staged> {
        // A handler for another machine cannot be asked for its manifest here, but one for this machine can, and that
        // one need not be fast.
        let here = match staging.target {
            Some(_) => Profile::Dev,
            None => staging.profile,
        };
        let mut handler = self.build(here, None).await?;
        let manifest = Manifest::of(self, &handler, staging.bindings).await?;
        if staging.target.is_some() {
            let target = staging.target.as_deref();
            handler = self.build(staging.profile, target).await?;
        }
        let out = &staging.root;
        let changed = manifest.write(out)?;
        self.copy_public(out)?;
        self.copy_settings(out)?;
        let binary = out.join(binary_for(staging.target.as_deref()));
        install(&handler, &binary)?;
        Ok(Staged {
            root: out.clone(),
            binary,
            changed,
            manifest,
        })
    }

    /// The script root for bindings: the project's own for direct mode, whose generated files are committed; for the
    /// extension one beside the build's output, so that trying it changes no committed file.
    pub(crate) fn root_for(&self, bindings: Bindings) -> PathBuf {
        match bindings {
            Bindings::Direct => self.script_root(),
            Bindings::Extension => self.root.join("target").join("function-app-extension"),
        }
    }

    /// Copies what the project keeps in its own script root, when another one is staged.
    fn copy_public(&self, out: &Path) -> anyhow::Result<()> {
        let from = self.script_root().join("public");
        let to = out.join("public");
        if !from.is_dir() || from == to {
            return Ok(());
        }
        copy_directory(&from, &to)
    }

    /// Gives the script root settings for local use, unless it has some.
    fn copy_settings(&self, out: &Path) -> anyhow::Result<()> {
        const SETTINGS: &str = "local.settings.json";
        let to = out.join(SETTINGS);
        if to.exists() {
            return Ok(());
        }
        let own = self.root.join(SETTINGS);
        let example = self.root.join("local.settings.json.example");
        let Some(from) = [own, example].into_iter().find(|path| path.is_file()) else {
            return Ok(());
        };
        copy(&from, &to)
    }
}

fn copy_directory(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("{} cannot be created", to.display()))?;
    let entries =
        std::fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("{} cannot be read", from.display()))?
            .path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_directory(&path, &target)?;
        } else {
            copy(&path, &target)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to)
        .map(|_| ())
        .with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))
}

/// Puts the binary in place by renaming, since one that runs cannot be written to.
fn install(binary: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let fresh = tempfile::Builder::new()
        .prefix(".handler-")
        .tempfile_in(folder)
        .with_context(|| format!("{} cannot be written to", folder.display()))?
        .into_temp_path();
    copy(binary, &fresh)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o755))
            .with_context(|| format!("{} cannot be made executable", fresh.display()))?;
    }
    replace(fresh, to, cfg!(windows)).with_context(|| format!("cannot replace {}", to.display()))
}

/// Puts a file in the place of a program that may be running. Unix replaces its name; Windows refuses that, but lets it be
/// renamed: it is put `aside`, and goes with the next staging after it has ended.
fn replace(fresh: TempPath, to: &Path, aside: bool) -> std::io::Result<()> {
    let replaced = to.with_file_name(REPLACED);
    if aside && to.exists() {
        if replaced.exists() {
            std::fs::remove_file(&replaced)?;
        }
        std::fs::rename(to, &replaced)?;
    }
    fresh.persist(to)?;
    if aside {
        let _ = std::fs::remove_file(&replaced);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_is_named_for_the_machine_that_runs_it() {
        assert_eq!(binary_for(None), BINARY);
        assert_eq!(binary_for(Some("x86_64-unknown-linux-gnu.2.28")), "handler");
        assert_eq!(binary_for(Some("x86_64-pc-windows-msvc")), "handler.exe");
    }

    #[test]
    fn a_program_that_cannot_be_replaced_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join(BINARY);
        for content in ["first", "second", "third"] {
            let mut fresh = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
            std::io::Write::write_all(&mut fresh, content.as_bytes()).unwrap();
            replace(fresh.into_temp_path(), &to, true).unwrap();
            assert_eq!(std::fs::read_to_string(&to).unwrap(), content);
            // As if it had been running, and so could not be removed.
            std::fs::write(folder.path().join(REPLACED), "old").unwrap();
        }
    }

    #[test]
    fn a_binary_is_installed_over_another_with_its_execute_bit() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join(BINARY));
        std::fs::write(&from, "new").unwrap();
        std::fs::write(&to, "old").unwrap();
        install(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "new");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&to).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o755);
        }
    }
}
