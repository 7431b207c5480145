//! Files that are written whole or not at all: a full disk leaves what was there before.

use std::io;
use std::path::{Path, PathBuf};

/// How the names of files begin that are written beside their place. A tool that was killed leaves one.
pub(crate) const TEMPORARY: &str = ".handler-";

/// Writes a file, which keeps its permissions if it existed.
///
/// # Errors
/// Its folder is missing, or it cannot be written; then it is as it was.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    // A link stays a link.
    let path = dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    beside(&path, |draft| {
        std::fs::write(draft, content)?;
        match std::fs::metadata(&path) {
            Ok(found) => std::fs::set_permissions(draft, found.permissions()),
            Err(_) => Ok(()),
        }
    })
}

/// Copies a file with its permissions. A link in its place is replaced.
///
/// # Errors
/// One of the files cannot be read or written; then the copy is as it was.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    beside(to, |draft| std::fs::copy(from, draft).map(drop))
}

/// Lets a file be made under another name, and gives it its own once it is whole.
fn beside(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let draft = draft(path);
    let made = make(&draft).and_then(|()| std::fs::rename(&draft, path));
    made.inspect_err(|_| {
        let _ = std::fs::remove_file(&draft);
    })
}

fn draft(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a folder, by name.
    fn files(folder: &Path) -> Vec<(String, String)> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn a_file_that_cannot_be_made_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, "old").unwrap();
        let full = |draft: &Path| {
            std::fs::write(draft, "ne")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        beside(&path, full).unwrap_err();
        copy(&folder.path().join("missing"), &path).unwrap_err();
        assert_eq!(files(folder.path()), [("a".to_owned(), "old".to_owned())]);
        write(&path, "new").unwrap();
        copy(&path, &folder.path().join("b")).unwrap();
        let [a, b] = &files(folder.path())[..] else {
            panic!("two files");
        };
        assert_eq!((&*a.1, &*b.1), ("new", "new"));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
        symlink(&path, &link).unwrap();
        write(&link, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
