//! What is staged: host.json, the functions, the binary.

use std::path::Path;

use serde_json::Value;

use crate::project::bundle;
use crate::project::{BINARY, Binary};

use super::{Finding, Level};

/// Bindings that only the Preview bundle has.
const SOCKET_IO: [&str; 3] = ["socketiotrigger", "socketionegotiation", "socketio"];

/// Looks at a script root that a command, `stage`, completes.
pub(super) fn examine(script_root: &Path, stage: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let host = read(&script_root.join("host.json"));
    let types = binding_types(script_root);
    if types.is_empty() {
        findings.push(Finding::bad(
            format!("{} has no function", script_root.display()),
            stage,
        ));
    } else {
        findings.push(Finding::good(format!(
            "functions are staged in {}",
            script_root.display()
        )));
    }
    match host {
        Err(problem) => findings.push(Finding::bad(problem, stage)),
        Ok(host) => {
            findings.push(executable(&host));
            let bundle = bindings(&host, &types);
            // What is wrong with it is more than that it is unknown.
            if bundle.level != Level::Bad {
                findings.extend(unknown(&host));
            }
            findings.push(bundle);
            findings.push(handing_over(&host));
        }
    }
    findings.push(binary(&script_root.join(BINARY), stage));
    findings
}

/// Looks at host.json alone, where the author writes it.
pub(super) fn host_json(path: &Path) -> Finding {
    match read(path) {
        Ok(host) => executable(&host),
        Err(problem) => Finding::bad(problem, "correct host.json"),
    }
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    json5::from_str(&text).map_err(|error| format!("{} is not JSON: {error}", path.display()))
}

/// The types of all bindings, in lower case.
fn binding_types(script_root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(script_root)
        .into_iter()
        .flatten()
        .flatten();
    let functions = entries.filter_map(|entry| read(&entry.path().join("function.json")).ok());
    functions
        .flat_map(|function| function["bindings"].as_array().cloned().unwrap_or_default())
        .filter_map(|binding| Some(binding["type"].as_str()?.to_lowercase()))
        .collect()
}

/// What host.json names on every system, since Azure runs the handler on Linux; Windows finds it with its suffix.
const EXECUTABLE: &str = "handler";

fn executable(host: &Value) -> Finding {
    let path = &host["customHandler"]["description"]["defaultExecutablePath"];
    match path.as_str() {
        Some(name) if name == EXECUTABLE => Finding::good(format!("host.json starts {name:?}")),
        Some(other) => Finding::bad(
            format!("host.json starts {other:?}, and the staged binary is {EXECUTABLE:?}"),
            format!(
                "set customHandler.description.defaultExecutablePath to {EXECUTABLE:?}, without \"./\""
            ),
        ),
        None => Finding::bad(
            "host.json names no executable",
            format!("set customHandler.description.defaultExecutablePath to {EXECUTABLE:?}"),
        ),
    }
}

fn bindings(host: &Value, types: &[String]) -> Finding {
    let needed = types
        .iter()
        .any(|found| SOCKET_IO.contains(&found.as_str()));
    if !needed {
        return Finding::good("no extension bundle is needed");
    }
    match bundle::problem(host) {
        None => Finding::good("the extension bundle has the Socket.IO bindings"),
        Some(problem) => Finding::bad(
            format!("the functions use Microsoft's Socket.IO bindings: {problem}"),
            bundle::ADVICE,
        ),
    }
}

fn unknown(host: &Value) -> Option<Finding> {
    let found = bundle::unknown(host)?;
    Some(Finding::note(
        found,
        "check the range for a mistake, or see whether Microsoft has released a newer bundle since",
    ))
}

fn handing_over(host: &Value) -> Finding {
    if host["customHandler"]["enableProxyingHttpRequest"] == Value::Bool(true) {
        return Finding::good("requests are proxied, with any body");
    }
    Finding::note(
        "requests are not proxied: bodies without a length are lost, or answered with 500 where requests are forwarded, and responses of bytes are lost",
        "set customHandler.enableProxyingHttpRequest to true in host.json",
    )
}

fn binary(path: &Path, stage: &str) -> Finding {
    let shown = path.display();
    let binary = match Binary::read(path) {
        Ok(binary) => binary,
        Err(_) => {
            return Finding::bad(format!("no handler is staged at {shown}"), stage);
        }
    };
    if !is_executable(path) {
        return Finding::bad(
            format!("{shown} has no execute bit"),
            format!("chmod +x {shown}"),
        );
    }
    match binary.problem() {
        None => Finding::good("the handler would start in Azure"),
        Some(problem) => Finding::note(
            format!("the handler would not start in Azure: {problem}"),
            "for deployment: sio stage --release --target x86_64-unknown-linux-gnu.2.28 --zip app.zip",
        ),
    }
}

#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

/// Windows has no execute bit: a file's name says whether it is a program.
#[cfg(not(unix))]
pub(super) fn is_executable(_: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_script_root_is_sent_to_be_staged() {
        let folder = tempfile::tempdir().unwrap();
        let findings = examine(folder.path(), "sio stage");
        assert!(findings.iter().all(|finding| finding.level == Level::Bad));
        assert!(
            findings
                .iter()
                .all(|finding| finding.remedy.contains("sio stage"))
        );
    }

    #[test]
    fn the_general_bundle_has_no_socket_io() {
        let types = ["socketiotrigger".to_owned()];
        let id = |id: &str| json!({ "extensionBundle": { "id": id, "version": "[4.*, 5.0.0)" } });
        let general = id("Microsoft.Azure.Functions.ExtensionBundle");
        assert_eq!(bindings(&general, &types).level, Level::Bad);
        assert_eq!(bindings(&json!({}), &types).level, Level::Bad);
        assert_eq!(bindings(&json!({}), &[]).level, Level::Good);
        let preview = id("Microsoft.Azure.Functions.ExtensionBundle.Preview");
        assert_eq!(bindings(&preview, &types).level, Level::Good);
    }

    #[test]
    fn a_bundle_of_the_future_is_a_note() {
        let host = |version: &str| json!({ "extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle", "version": version } });
        let found = unknown(&host("[5.*, 6.0.0)")).unwrap();
        assert_eq!(found.level, Level::Note);
        assert!(found.text.contains("known in August 2026"), "{found}");
        assert_eq!(unknown(&host("[4.*, 5.0.0)")), None);
        assert_eq!(unknown(&json!({})), None);
    }

    #[test]
    fn a_dotted_executable_is_wrong() {
        let named = |name: &str| json!({ "customHandler": { "description": { "defaultExecutablePath": name } } });
        assert_eq!(executable(&named(EXECUTABLE)).level, Level::Good);
        assert_eq!(executable(&named("./handler")).level, Level::Bad);
        assert_eq!(executable(&json!({})).level, Level::Bad);
    }
}
