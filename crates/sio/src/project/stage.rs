//! Completing the script root: generated files, the binary with its execute bit, settings for local use.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempPath;

use super::{Bindings, Manifest, Profile, Project};
use crate::whole_file::TEMPORARY;

/// The handler's file name on this machine. host.json names `handler` everywhere.
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

/// The old handler, renamed because Windows cannot delete a running program.
const REPLACED: &str = ".handler-replaced";

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
    /// Whether any generated file changed; the binary does not count.
    pub(crate) changed: bool,
    /// Whether the script root has settings for local use that differ from the project's. They were not replaced.
    pub(crate) settings_differ: bool,
}

/// A handler that has been asked what the app consists of.
#[derive(Debug)]
pub(crate) struct Described {
    handler: PathBuf,
    /// What the app says of itself.
    pub(crate) manifest: Manifest,
}

impl Project {
    /// Builds the handler and completes a script root with it.
    pub(crate) async fn stage(&self, staging: &Staging) -> anyhow::Result<Staged> {
        let described = self.describe(staging).await?;
        self.complete(staging, described).await
    }

    /// Builds a handler for this machine and asks it. Changes nothing in the script root, but creates it.
    pub(crate) async fn describe(&self, staging: &Staging) -> anyhow::Result<Described> {
        self.create_root(&staging.root)?;
        // A handler for another machine cannot be asked for its manifest here, but one for this machine can, and that
        // one need not be fast.
        let here = match staging.target {
            Some(_) => Profile::Dev,
            None => staging.profile,
        };
        let handler = self.build(here, None).await?;
        let manifest = Manifest::of(self, &handler, staging.bindings).await?;
        Ok(Described { handler, manifest })
    }

    /// Builds for another machine, if that is asked for, and completes the script root.
    pub(crate) async fn complete(
        &self,
        staging: &Staging,
        described: Described,
    ) -> anyhow::Result<Staged> {
        let out = &staging.root;
        let Described {
            mut handler,
            manifest,
        } = described;
        if staging.target.is_some() {
            let target = staging.target.as_deref();
            handler = self.build(staging.profile, target).await?;
        }
        let changed = manifest.write(out)?;
        self.copy_own_files(out)?;
        let settings_differ = self.copy_settings(out)?;
        let binary = out.join(binary_for(staging.target.as_deref()));
        install(&handler, &binary)?;
        Ok(Staged {
            root: out.clone(),
            binary,
            changed,
            settings_differ,
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
}

/// Puts the binary in place by renaming, since one that runs cannot be written to.
fn install(binary: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let fresh = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(folder)
        .with_context(|| format!("cannot write to {}", folder.display()))?
        .into_temp_path();
    std::fs::copy(binary, &fresh)
        .with_context(|| format!("cannot copy {} to {}", binary.display(), fresh.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o755))
            .with_context(|| format!("cannot make {} executable", fresh.display()))?;
    }
    replace(fresh, to, cfg!(windows)).with_context(|| format!("cannot replace {}", to.display()))
}

/// Puts a file in the place of a program that may be running. Unix replaces its name; Windows refuses that, but lets it be
/// renamed: it is put `aside`, and removed by the next staging after it has ended.
fn replace(fresh: TempPath, to: &Path, aside: bool) -> std::io::Result<()> {
    let replaced = to.with_file_name(REPLACED);
    let is_aside = aside && put_aside(to, &replaced)?;
    if let Err(error) = fresh.persist(to) {
        if is_aside {
            // The old program is better than none; the first error says what failed.
            let _ = std::fs::rename(&replaced, to);
        }
        return Err(error.error);
    }
    if aside {
        let _ = std::fs::remove_file(&replaced);
    }
    Ok(())
}

/// Renames a program, if it exists, over one that was put aside before.
fn put_aside(to: &Path, replaced: &Path) -> std::io::Result<bool> {
    if !to.exists() {
        return Ok(false);
    }
    if replaced.exists() {
        std::fs::remove_file(replaced)?;
    }
    std::fs::rename(to, replaced)?;
    Ok(true)
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

    fn fresh(folder: &Path, content: &str) -> TempPath {
        let mut fresh = tempfile::NamedTempFile::new_in(folder).unwrap();
        std::io::Write::write_all(&mut fresh, content.as_bytes()).unwrap();
        fresh.into_temp_path()
    }

    #[test]
    fn a_program_that_cannot_be_replaced_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let (to, replaced) = (folder.path().join(BINARY), folder.path().join(REPLACED));
        assert!(!put_aside(&to, &replaced).unwrap());
        for content in ["first", "second"] {
            std::fs::write(&to, content).unwrap();
            assert!(put_aside(&to, &replaced).unwrap());
            assert_eq!(std::fs::read_to_string(&replaced).unwrap(), content);
            assert!(!to.exists());
        }
        replace(fresh(folder.path(), "third"), &to, true).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "third");
        assert!(!replaced.exists());
    }

    #[test]
    fn a_program_that_was_put_aside_returns_if_its_successor_cannot_take_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join(BINARY);
        std::fs::write(&to, "old").unwrap();
        let lost = fresh(folder.path(), "new");
        std::fs::remove_file(&lost).unwrap();
        assert!(replace(lost, &to, true).is_err());
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
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
