//! The author's own files of the script root, for another script root: `public/`, `.funcignore`, an extensions project
//! with its output, and settings for local use.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::Project;
use super::manifest::EXTENSIONS;
use crate::whole_file;

const PUBLIC: &str = "public";
pub(super) const SETTINGS: &str = "local.settings.json";

impl Project {
    /// Creates a script root, and refuses a directory where staging would destroy files that it did not make.
    pub(super) fn create_root(&self, out: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
        if self.is_own_root(out) {
            return Ok(());
        }
        let out_found = canonical(out)?;
        let public = self.script_root().join(PUBLIC);
        if public.is_dir() && out_found.starts_with(canonical(&public)?) {
            // Only an empty directory goes, such as the one that was created above.
            let _ = std::fs::remove_dir(out);
            bail!(
                "cannot stage into {}: it is inside {}, which is copied\nhint: name another directory with --out",
                out.display(),
                public.display()
            );
        }
        if self.root.starts_with(&out_found) {
            bail!(
                "cannot stage into {}: it contains the project\nhint: name another directory with --out",
                out.display()
            );
        }
        if out.join(PUBLIC).exists() && !out.join("host.json").is_file() {
            bail!(
                "cannot stage into {}: it has a directory `public`, which staging replaces, and no host.json, so it is not a script root\nhint: name an empty directory with --out",
                out.display()
            );
        }
        Ok(())
    }

    /// Copies the author's own files, if another script root than the project's is staged.
    pub(super) fn copy_own_files(&self, out: &Path) -> anyhow::Result<()> {
        if self.is_own_root(out) {
            return Ok(());
        }
        let own = self.script_root();
        mirror(&own.join(PUBLIC), &out.join(PUBLIC))?;
        for name in [".funcignore", EXTENSIONS] {
            if own.join(name).is_file() {
                copy(&own.join(name), &out.join(name))?;
            }
        }
        // `func extensions install` builds into `bin`; another script root may have a `bin` of its own.
        if own.join(EXTENSIONS).is_file() {
            mirror(&own.join("bin"), &out.join("bin"))?;
        }
        Ok(())
    }

    /// Gives the script root settings for local use, unless it has some. Returns whether those that it has differ from
    /// the project's: an author may have changed either, so they stay.
    pub(super) fn copy_settings(&self, out: &Path) -> anyhow::Result<bool> {
        let to = out.join(SETTINGS);
        let own = self.root.join(SETTINGS);
        if to.exists() {
            return Ok(own.is_file() && read(&own)? != read(&to)?);
        }
        let example = self.root.join("local.settings.json.example");
        if let Some(from) = [own, example].into_iter().find(|path| path.is_file()) {
            copy(&from, &to)?;
        }
        Ok(false)
    }

    /// Whether a directory is the project's own script root, however its path is written.
    fn is_own_root(&self, out: &Path) -> bool {
        let own = dunce::canonicalize(self.script_root());
        own.is_ok_and(|own| dunce::canonicalize(out).is_ok_and(|out| own == out))
    }
}

/// Makes `to` a copy of the directory `from`: what `from` does not have is removed. Files are copied before others are
/// removed, so that a host which serves `to` finds them all the time.
fn mirror(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.is_dir() {
        return remove(to);
    }
    // A link may lead back to the source; copying would then empty it.
    if to.exists() && canonical(from)? == canonical(to)? {
        return Ok(());
    }
    if std::fs::symlink_metadata(to).is_ok_and(|found| !found.is_dir()) {
        remove(to)?;
    }
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for name in names_in(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            mirror(&from, &to)?;
        } else {
            copy(&from, &to)?;
        }
    }
    for name in names_in(to)? {
        if !from.join(&name).exists() {
            remove(&to.join(&name))?;
        }
    }
    Ok(())
}

fn names_in(directory: &Path) -> anyhow::Result<Vec<std::ffi::OsString>> {
    let context = || format!("cannot read {}", directory.display());
    let entries = std::fs::read_dir(directory).with_context(context)?;
    let names = entries.map(|entry| Ok(entry.with_context(context)?.file_name()));
    names.collect()
}

/// Copies a file. A directory in its place is removed first.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.is_dir() {
        remove(to)?;
    }
    whole_file::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Removes a file, a link or a directory with what is in it, if it exists.
fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn canonical(path: &Path) -> anyhow::Result<std::path::PathBuf> {
    dunce::canonicalize(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_mirror_has_what_its_source_has_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        write(&from.join("a/b.html"), "new");
        write(&from.join("file"), "file");
        write(&to.join("a/b.html"), "old");
        write(&to.join("a/gone.html"), "old");
        write(&to.join("gone/x"), "old");
        write(&to.join("file/x"), "a directory before");
        mirror(&from, &to).unwrap();
        let text = |name: &str| std::fs::read_to_string(to.join(name)).ok();
        assert_eq!(text("a/b.html").as_deref(), Some("new"));
        assert_eq!(text("file").as_deref(), Some("file"));
        assert!(!to.join("a/gone.html").exists() && !to.join("gone").exists());
        std::fs::remove_dir_all(&from).unwrap();
        mirror(&from, &to).unwrap();
        assert!(!to.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_to_the_source_do_not_empty_it() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        write(&from.join("a/b"), "kept");
        write(&from.join("c"), "kept");
        std::fs::create_dir(&to).unwrap();
        symlink(from.join("a"), to.join("a")).unwrap();
        symlink(from.join("c"), to.join("c")).unwrap();
        mirror(&from, &to).unwrap();
        mirror(&from, &from).unwrap();
        for path in [from.join("a/b"), from.join("c"), to.join("a/b")] {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        }
    }
}
