//! `handler manifest --check`: whether a script root is that of this app.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::app::manifest::{self, Bindings, Files};
use crate::app::{Registry, host_json_problems, refuse_aliases};

/// Compares the script root with what the app needs.
///
/// # Errors
/// All differences, one line each.
pub(super) fn check(registry: &Registry, bindings: Bindings, root: &Path) -> anyhow::Result<()> {
    let mut found = differences(&manifest::files(registry, bindings)?, root)?;
    found.extend(host_json(registry, bindings, root)?);
    if !found.is_empty() {
        bail!(
            "{} does not fit the app:\n{}\nhint: `sio stage` writes the generated files",
            root.display(),
            found.join("\n")
        );
    }
    Ok(())
}

fn differences(files: &Files, root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, content) in files {
        match std::fs::read_to_string(root.join(name)) {
            Ok(there) if there == *content => {}
            Ok(_) => found.push(format!("{name} is out of date")),
            Err(_) => found.push(format!("{name} is missing")),
        }
    }
    let entries = std::fs::read_dir(root);
    for entry in entries.with_context(|| format!("{} cannot be read", root.display()))? {
        let entry = entry.with_context(|| format!("{} cannot be read", root.display()))?;
        let name = format!("{}/function.json", entry.file_name().to_string_lossy());
        if root.join(&name).is_file() && !files.contains_key(&name) {
            found.push(format!("{name} belongs to no function of the app"));
        }
    }
    Ok(found)
}

fn host_json(registry: &Registry, bindings: Bindings, root: &Path) -> anyhow::Result<Vec<String>> {
    let path = root.join("host.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(vec!["host.json is missing".to_owned()]);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    // As leniently as the host.
    let value: Value =
        json5::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    let mut found = host_json_problems(&value, registry, bindings);
    let prefix = registry.shared.settings.route_prefix_in(root)?;
    found.extend(
        refuse_aliases(registry, &prefix)
            .err()
            .map(|alias| alias.to_string()),
    );
    // Extensions may also be built beside the app instead of coming in a bundle.
    if root.join("extensions.csproj").is_file() {
        found.retain(|problem| !problem.contains("no \"extensionBundle\""));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{App, Hub};

    #[test]
    fn a_script_root_fits_or_everything_that_does_not_is_named() {
        let app = || App::new().hub(Hub::new("hub").on("chat", || async {}));
        let registry = app().registry();
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let check = |bindings| check(&registry, bindings, root.path()).map_err(|e| e.to_string());
        write("old/function.json", "{}");
        let said = check(Bindings::Direct).unwrap_err();
        for problem in [
            "socketio/function.json is missing",
            "old/function.json belongs to no function",
            "host.json is missing",
        ] {
            assert!(said.contains(problem), "{said}");
        }

        std::fs::remove_dir_all(root.path().join("old")).unwrap();
        let host = "{ 'version': '2.0', 'customHandler': { 'description': { 'defaultExecutablePath': 'handler' } }, }";
        write("host.json", host);
        for (name, content) in manifest::files(&registry, Bindings::Direct).unwrap() {
            write(&name, &content);
        }
        check(Bindings::Direct).unwrap();

        let host = host.replace(
            "'2.0',",
            "'2.0', 'extensions': { 'http': { 'routePrefix': '' } },",
        );
        write("host.json", &host);
        let page = || app().get("page", || async { "page" });
        let said = super::check(&page().registry(), Bindings::Direct, root.path());
        let said = said.unwrap_err().to_string();
        assert!(said.contains("the route prefix is \"\""), "{said}");

        std::fs::remove_dir_all(root.path().join("socketio")).unwrap();
        for (name, content) in manifest::files(&registry, Bindings::Extension).unwrap() {
            write(&name, &content);
        }
        let said = check(Bindings::Extension).unwrap_err();
        assert!(said.contains("no \"extensionBundle\""), "{said}");
        write("extensions.csproj", "<Project/>");
        check(Bindings::Extension).unwrap();
    }
}
