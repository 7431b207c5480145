//! The zip file that is deployed: everything in the script root but what stays on the developer's machine.
//!
//! Source: docs/contracts/functions-host.md, "Publishing". The handler's entry is named exactly as host.json names it
//! and carries the execute bit; other tools forget one or the other, and the host then says "permission denied".

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ignore::WalkBuilder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::own_files::SETTINGS;
use crate::whole_file::TEMPORARY;

/// What never leaves the machine, besides temporary handlers: settings with secrets, and tools' own files.
const ALWAYS_LEFT_OUT: [&str; 6] = [
    SETTINGS,
    ".git",
    ".vscode",
    ".funcignore",
    ".gitignore",
    "project.lock.json",
];

/// Packs a script root and returns how many files went in. `.funcignore` there leaves more out, in gitignore's syntax.
///
/// # Errors
/// `executable`, as host.json names it, is not among the files; then nothing is written.
pub(crate) fn pack(root: &Path, executable: &str, zip: &Path) -> anyhow::Result<usize> {
    let mut files = files(root)?;
    // A package does not contain itself.
    let own = zip.canonicalize().ok();
    files.retain(|path| own.is_none() || path.canonicalize().ok() != own);
    if !files
        .iter()
        .any(|path| name_below(root, path) == executable)
    {
        bail!(
            "host.json names the executable {executable:?}, and {} has no file of exactly that name\nhint: set customHandler.description.defaultExecutablePath to the plain name \"handler\", without \"./\"",
            root.display()
        );
    }
    // It gets its name when it is whole, so that a full disk leaves no half of it behind.
    let draft = zip.with_extension("zip.part");
    let packed = write(root, executable, &files, &draft)
        .and_then(|()| Ok(std::fs::rename(&draft, zip)?))
        .with_context(|| format!("{} cannot be written", zip.display()));
    if packed.is_err() {
        // What was written of it may not exist.
        let _ = std::fs::remove_file(&draft);
    }
    packed.map(|()| files.len())
}

fn write(root: &Path, executable: &str, files: &[PathBuf], zip: &Path) -> anyhow::Result<()> {
    let file = File::create(zip)?;
    let mut writer = ZipWriter::new(file);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for path in files {
        let name = name_below(root, path);
        let mode = if name == executable { 0o755 } else { 0o644 };
        writer.start_file(&name, options.unix_permissions(mode))?;
        let mut source =
            File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        io::copy(&mut source, &mut writer)?;
    }
    writer.finish()?;
    Ok(())
}

/// What host.json of a script root names as its executable.
pub(crate) fn executable(root: &Path) -> anyhow::Result<String> {
    let path = root.join("host.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let host: serde_json::Value =
        json5::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    let named = host["customHandler"]["description"]["defaultExecutablePath"].as_str();
    let named = named.with_context(|| {
        format!(
            "{} names no executable\nhint: set customHandler.description.defaultExecutablePath to \"handler\"",
            path.display()
        )
    })?;
    Ok(named.to_owned())
}

/// A file's name in the package.
fn name_below(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn files(root: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false)
        .add_custom_ignore_filename(".funcignore")
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            let left_out = entry.depth() == 1 && ALWAYS_LEFT_OUT.contains(&&*name);
            !left_out && !name.starts_with(TEMPORARY)
        });
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = entry.with_context(|| format!("{} cannot be read", root.display()))?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_modes_and_leaves_secrets_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("app");
        std::fs::create_dir_all(root.join("public")).unwrap();
        for (name, content) in [
            ("host.json", "{}"),
            ("handler", "elf"),
            (".handler-replaced", "elf"),
            (".handler-Ab12Cd", "part of an elf"),
            ("local.settings.json", "secret"),
            (".funcignore", "*.md\n"),
            ("README.md", "x"),
            ("public/index.html", "x"),
        ] {
            std::fs::write(root.join(name), content).unwrap();
        }
        let zip = folder.path().join("app.zip");
        assert_eq!(pack(&root, "handler", &zip).unwrap(), 3);
        let mut archive = zip::ZipArchive::new(File::open(&zip).unwrap()).unwrap();
        assert_eq!(archive.len(), 3);
        let mode = archive.by_name("handler").unwrap().unix_mode().unwrap();
        assert_eq!(mode & 0o777, 0o755);
        let mode = archive
            .by_name("public/index.html")
            .unwrap()
            .unix_mode()
            .unwrap();
        assert_eq!(mode & 0o777, 0o644);
        // Twice, and into itself.
        let inside = root.join("app.zip");
        for _ in 0..2 {
            assert_eq!(pack(&root, "handler", &inside).unwrap(), 3);
        }
        std::fs::remove_file(&zip).unwrap();
        assert!(pack(&root, "./handler", &zip).is_err());
        assert!(!zip.exists());
    }

    #[test]
    fn the_executable_is_what_host_json_says() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(folder.path().join("host.json"), text).unwrap();
        write("{ customHandler: { description: { defaultExecutablePath: './handler' } } }");
        assert_eq!(executable(folder.path()).unwrap(), "./handler");
        write("{}");
        let error = executable(folder.path()).unwrap_err().to_string();
        assert!(error.contains("names no executable"), "{error}");
    }
}
