//! The staged functions: what switches some of them off, and what their triggers need.

use std::path::Path;

use serde_json::Value;

use super::Finding;

/// Triggers that the Functions host runs with the help of a storage account.
const NEED_STORAGE: [&str; 3] = ["timertrigger", "queuetrigger", "blobtrigger"];

/// A staged function.
#[derive(Debug)]
struct Function {
    name: String,
    /// The types of its bindings, in lower case.
    types: Vec<String>,
}

/// Looks at the functions of a script root, with its host.json and its local settings.
pub(super) fn examine(script_root: &Path, host: &Value, settings: &Value) -> Vec<Finding> {
    let functions = functions(script_root);
    let mut findings = switched_off(&functions, host, settings);
    findings.extend(storage(&functions, settings));
    findings
}

fn functions(script_root: &Path) -> Vec<Function> {
    let entries = std::fs::read_dir(script_root)
        .into_iter()
        .flatten()
        .flatten();
    let read = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path().join("function.json")).ok()?;
        let function: Value = serde_json::from_str(&text).ok()?;
        let bindings = function["bindings"].as_array()?.iter();
        Some(Function {
            name: entry.file_name().to_string_lossy().into_owned(),
            types: bindings
                .filter_map(|binding| Some(binding["type"].as_str()?.to_lowercase()))
                .collect(),
        })
    };
    let mut functions: Vec<Function> = entries.filter_map(read).collect();
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    functions
}

/// `functions` in host.json names the only ones that run, and `AzureWebJobs.NAME.Disabled` switches one off.
fn switched_off(functions: &[Function], host: &Value, settings: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    // An empty list counts as none.
    let only = host["functions"].as_array();
    if let Some(only) = only.filter(|only| !only.is_empty()) {
        let runs = |name: &str| {
            only.iter()
                .filter_map(Value::as_str)
                .any(|listed| listed.eq_ignore_ascii_case(name))
        };
        for function in functions.iter().filter(|function| !runs(&function.name)) {
            findings.push(Finding::bad(
                format!(
                    "{} does not run: \"functions\" in host.json does not list it",
                    function.name
                ),
                "add it to that list, or remove the list",
            ));
        }
    }
    let values = settings["Values"].as_object();
    for function in functions {
        let names = [
            format!("AzureWebJobs.{}.Disabled", function.name),
            format!("AzureWebJobs_{}_Disabled", function.name),
        ];
        let set = |name: &String| {
            let value = values.and_then(|values| values.get(name));
            value.map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
        };
        let found = names.iter().find_map(|name| Some((name, set(name)?)));
        if let Some((name, value)) = found
            && matches!(value.to_ascii_lowercase().as_str(), "true" | "1")
        {
            findings.push(Finding::bad(
                format!(
                    "{} does not run: local.settings.json has {name}={value}",
                    function.name
                ),
                format!("remove {name}"),
            ));
        }
    }
    findings
}

/// Under `func` a timer or queue needs a storage account; `sio dev` needs none.
fn storage(functions: &[Function], settings: &Value) -> Option<Finding> {
    let needs = |function: &&Function| {
        let mut types = function.types.iter();
        types.any(|found| NEED_STORAGE.contains(&found.as_str()))
    };
    let named: Vec<&str> = functions
        .iter()
        .filter(needs)
        .map(|function| &*function.name)
        .collect();
    if named.is_empty() {
        return None;
    }
    let set = std::env::var("AzureWebJobsStorage").ok();
    let in_file = crate::local_settings::value(settings, "AzureWebJobsStorage");
    if set.is_some_and(|set| !set.is_empty()) || in_file.is_some() {
        return None;
    }
    Some(Finding::note(
        format!(
            "{} cannot run under func: AzureWebJobsStorage is missing",
            named.join(", ")
        ),
        "`sio dev` needs none; for func set it to UseDevelopmentStorage=true in local.settings.json and start Azurite",
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn function(name: &str, kind: &str) -> Function {
        Function {
            name: name.to_owned(),
            types: vec![kind.to_owned()],
        }
    }

    fn texts(findings: &[Finding]) -> Vec<&str> {
        findings
            .iter()
            .map(|finding| finding.text.as_str())
            .collect()
    }

    #[test]
    fn what_switches_a_function_off_is_named() {
        let functions = [
            function("socketio", "httptrigger"),
            function("tick", "timertrigger"),
        ];
        let host = json!({ "functions": ["Socketio"] });
        assert_eq!(
            texts(&switched_off(&functions, &host, &Value::Null)),
            ["tick does not run: \"functions\" in host.json does not list it"]
        );
        let settings = json!({ "Values": { "AzureWebJobs.tick.Disabled": "true", "AzureWebJobs.socketio.Disabled": "false" } });
        assert_eq!(
            texts(&switched_off(&functions, &Value::Null, &settings)),
            ["tick does not run: local.settings.json has AzureWebJobs.tick.Disabled=true"]
        );
        assert!(switched_off(&functions, &Value::Null, &Value::Null).is_empty());
    }

    #[test]
    fn a_timer_needs_storage_under_func() {
        let functions = [function("tick", "timertrigger")];
        assert!(storage(&functions, &Value::Null).is_some());
        let settings = json!({ "Values": { "AzureWebJobsStorage": "UseDevelopmentStorage=true" } });
        assert!(storage(&functions, &settings).is_none());
        assert!(storage(&[function("socketio", "httptrigger")], &Value::Null).is_none());
    }
}
