//! The zip file that is deployed: everything in the script root but what stays on the developer's machine.
//!
//! Source: host contract, "Publishing". The handler's entry is named exactly as host.json names it and carries the
//! execute bit; other tools forget one or the other, and the host then says "permission denied".

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use ignore::WalkBuilder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What never leaves the machine: settings with secrets, and tools' own files.
const ALWAYS_LEFT_OUT: [&str; 6] = [
    "local.settings.json",
    ".git",
    ".vscode",
    ".funcignore",
    ".gitignore",
    "project.lock.json",
];

/// Packs a script root and returns how many files went in. `.funcignore` there leaves more out, in gitignore's syntax.
pub(crate) fn pack(root: &Path, executable: &str, zip: &Path) -> anyhow::Result<usize> {
    let file = File::create(zip).with_context(|| format!("{} cannot be written", zip.display()))?;
    let mut writer = ZipWriter::new(file);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut count = 0;
    let mut has_executable = false;
    for path in files(root)? {
        let below = path.strip_prefix(root).unwrap_or(&path);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let name = parts.join("/");
        let is_executable = name == executable;
        has_executable |= is_executable;
        let mode = if is_executable { 0o755 } else { 0o644 };
        writer.start_file(&name, options.unix_permissions(mode))?;
        let mut source =
            File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        io::copy(&mut source, &mut writer)?;
        count += 1;
    }
    writer
        .finish()
        .with_context(|| format!("{} cannot be finished", zip.display()))?;
    if !has_executable {
        bail!(
            "host.json names the executable {executable:?}, and {} has no such file\nhint: customHandler.description.defaultExecutablePath must be the plain name \"handler\"",
            root.display()
        );
    }
    Ok(count)
}

fn files(root: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false)
        .add_custom_ignore_filename(".funcignore")
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() != 1 || !ALWAYS_LEFT_OUT.contains(&name.as_ref())
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
        assert!(pack(&root, "./handler", &zip).is_err());
    }
}
