//! The script root of an app in a [`World`](super::World).

use std::io::Result;
use std::path::Path;

use serde_json::{Value, json};

use crate::app::manifest::{Bindings, Files};

/// What a project's script root may hold that no other one needs: what is generated, and what is staged.
const LEFT_BEHIND: [&str; 4] = [
    "function.json",
    "local.settings.json",
    "handler",
    "handler.exe",
];

/// Puts into a script root what a project keeps in its own, if there is one, and a host.json.
pub(super) fn prepare(root: &Path, project: Option<&Path>, bindings: Bindings) -> Result<()> {
    if let Some(project) = project {
        copy(project, root)?;
    }
    let host_json = root.join("host.json");
    if host_json.exists() {
        return Ok(());
    }
    std::fs::write(host_json, format!("{:#}\n", default_host_json(bindings)))
}

/// Adds the generated files.
pub(super) fn generate(root: &Path, files: &Files) -> Result<()> {
    for (name, content) in files {
        let path = root.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)?;
    }
    Ok(())
}

/// As new projects have it.
fn default_host_json(bindings: Bindings) -> Value {
    let mut host_json = json!({
        "version": "2.0",
        "customHandler": {
            "description": { "defaultExecutablePath": "handler" },
            "enableForwardingHttpRequest": true,
            "enableProxyingHttpRequest": true,
        },
    });
    if bindings == Bindings::Extension {
        host_json["extensionBundle"] = json!({
            "id": "Microsoft.Azure.Functions.ExtensionBundle.Preview",
            "version": "[4.*, 5.0.0)",
        });
    }
    host_json
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else if LEFT_BEHIND.iter().all(|left| name != *left) {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
