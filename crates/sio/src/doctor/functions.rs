//! The staged functions: what switches some of them off, and what their triggers need.

use std::path::Path;

use serde_json::Value;

use super::Finding;
use super::sources::Sources;

/// Triggers that the Functions host runs with the help of a storage account.
const NEED_STORAGE: [&str; 3] = ["timertrigger", "queuetrigger", "blobtrigger"];

/// A staged function.
#[derive(Debug)]
struct Function {
    name: String,
    /// The types of its bindings, in lower case.
    types: Vec<String>,
}

/// Looks at the functions of a script root, with its host.json and its settings.
pub(super) fn examine(script_root: &Path, host: &Value, settings: &Sources) -> Vec<Finding> {
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
        // As the host reads it: with comments, and behind a byte order mark.
        let function: Value = json5::from_str(text.trim_start_matches('\u{feff}')).ok()?;
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

/// How the settings begin that override items of host.json's list `functions`, as `func start --functions` sets them.
const LISTED: &str = "AzureFunctionsJobHost__functions__";

/// The functions that alone run, and what lists them. An empty list counts as none.
fn listed<'a>(host: &'a Value, settings: &'a Sources) -> Option<(Vec<&'a str>, &'static str)> {
    let index = |name: &str| -> Option<usize> {
        let name = name.replace(':', "__");
        let (head, index) = name.split_at_checked(LISTED.len())?;
        head.eq_ignore_ascii_case(LISTED)
            .then(|| index.parse().ok())?
    };
    let set = settings.all();
    let set = set.filter_map(|setting| Some((index(setting.name)?, setting.value)));
    let mut set: Vec<(usize, &str)> = set.collect();
    set.sort_unstable_by_key(|(index, _)| *index);
    let place = match set.is_empty() {
        true => "\"functions\" in host.json",
        false => "the setting AzureFunctionsJobHost__functions__N",
    };
    let list = host["functions"].as_array().into_iter().flatten();
    let mut list: Vec<&str> = list.filter_map(Value::as_str).collect();
    for (index, name) in set {
        match list.get_mut(index) {
            Some(item) => *item = name,
            None => list.push(name),
        }
    }
    (!list.is_empty()).then_some((list, place))
}

/// `functions` in host.json names the only ones that run, and `AzureWebJobs.NAME.Disabled` switches one off.
fn switched_off(functions: &[Function], host: &Value, settings: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((only, list)) = listed(host, settings) {
        let runs = |name: &str| only.iter().any(|listed| listed.eq_ignore_ascii_case(name));
        for function in functions.iter().filter(|function| !runs(&function.name)) {
            findings.push(Finding::bad(
                format!("{} does not run: {list} does not list it", function.name),
                "add it to that list, or remove the list",
            ));
        }
    }
    for function in functions {
        let names = [
            format!("AzureWebJobs.{}.Disabled", function.name),
            format!("AzureWebJobs_{}_Disabled", function.name),
        ];
        let found = names.iter().find_map(|name| settings.find(name));
        if let Some(found) = found
            && matches!(found.value.to_ascii_lowercase().as_str(), "true" | "1")
        {
            findings.push(Finding::bad(
                format!(
                    "{} does not run: {} has {}={}",
                    function.name, found.place, found.name, found.value
                ),
                format!("remove {}", found.name),
            ));
        }
    }
    findings
}

/// What names a storage account: a connection string, or an address that is reached by identity.
const STORAGE: [&str; 4] = [
    "AzureWebJobsStorage",
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__queueServiceUri",
];

/// Under `func` a timer or queue needs a storage account; `sio dev` needs none.
fn storage(functions: &[Function], settings: &Sources) -> Option<Finding> {
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
    if STORAGE.iter().any(|name| settings.find(name).is_some()) {
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
        let none = Sources::default();
        assert_eq!(
            texts(&switched_off(&functions, &host, &none)),
            ["tick does not run: \"functions\" in host.json does not list it"]
        );
        let settings = json!({ "Values": { "AzureWebJobs.tick.Disabled": "true", "AzureWebJobs.socketio.Disabled": "false" } });
        assert_eq!(
            texts(&switched_off(&functions, &Value::Null, &in_file(&settings))),
            ["tick does not run: local.settings.json has AzureWebJobs.tick.Disabled=true"]
        );
        assert!(switched_off(&functions, &Value::Null, &none).is_empty());
    }

    fn in_file(settings: &Value) -> Sources {
        Sources::new([], settings)
    }

    #[test]
    fn the_environment_switches_a_function_off_too() {
        let functions = [
            function("index", "httptrigger"),
            function("tick", "timertrigger"),
        ];
        let settings = json!({ "Values": { "AzureFunctionsJobHost__functions__1": "tick" } });
        let found = |name: &str, value: &str| {
            let variable = (name.to_owned(), value.to_owned());
            let sources = Sources::new([variable], &settings);
            let host = json!({ "functions": ["index", "other"] });
            texts(&switched_off(&functions, &host, &sources)).join("\n")
        };
        assert_eq!(
            found("AzureWebJobs.index.Disabled", "true"),
            "index does not run: the environment has AzureWebJobs.index.Disabled=true"
        );
        assert_eq!(found("AzureWebJobs.index.Disabled", "false"), "");
        assert_eq!(
            found("azurefunctionsjobhost:functions:1", "other"),
            "tick does not run: the setting AzureFunctionsJobHost__functions__N does not list it"
        );
    }

    #[test]
    fn a_timer_needs_storage_under_func() {
        let functions = [function("tick", "timertrigger")];
        assert!(storage(&functions, &Sources::default()).is_some());
        for name in STORAGE {
            let settings = json!({ "Values": { name: "value" } });
            assert!(storage(&functions, &in_file(&settings)).is_none(), "{name}");
        }
        let without = [function("socketio", "httptrigger")];
        assert!(storage(&without, &Sources::default()).is_none());
    }
}
