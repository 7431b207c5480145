//! Keys of host.json that have no effect here.

use crate::json::Json;

/// The keys that are read, in lower case, or that change nothing an app could see. `*` is every key below.
const SUPPORTED: &[&str] = &[
    "$schema",
    "customhandler.*",
    "extensionbundle.*",
    "extensions.http.customheaders.*",
    "extensions.http.routeprefix",
    "extensions.queues.batchsize",
    "extensions.queues.maxdequeuecount",
    "extensions.queues.newbatchthreshold",
    "extensions.queues.visibilitytimeout",
    "extensions.socketio.connectionstring",
    "extensions.socketio.hub",
    "functions.*",
    "functiontimeout",
    "httpworker.*",
    "logging.*",
    "retry.*",
    "version",
    "watchdirectories.*",
    "watchfiles.*",
];

/// One warning that names them all; `None` without one.
pub(super) fn warning(document: &Json) -> Option<String> {
    let mut found = Vec::new();
    collect(document, "", &mut found);
    let names = found.join(", ");
    (!found.is_empty()).then(|| {
        format!(
            "host.json has keys that have no effect here, though they have one in Azure: {names}"
        )
    })
}

fn collect(section: &Json, path: &str, found: &mut Vec<String>) {
    for (name, value) in section.members() {
        let path = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        let key = path.to_ascii_lowercase();
        let inside = format!("{key}.");
        if SUPPORTED.contains(&key.as_str()) || SUPPORTED.contains(&format!("{inside}*").as_str()) {
            continue;
        }
        let is_section = SUPPORTED.iter().any(|known| known.starts_with(&inside));
        match value {
            Json::Object(_) if is_section => collect(value, &path, found),
            _ => found.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_without_an_effect_is_named_once() {
        let of = |text: &str| warning(&Json::lenient(text).unwrap());
        let warning = of(
            "{'version':'2.0','Extensions':{'http':{'routePrefix':'','maxOutstandingRequests':5},'serviceBus':{'a':{}}},'singleton':{'x':1},'logging':{'logLevel':{}}}",
        );
        let warning = warning.unwrap();
        assert!(
            warning.ends_with(
                ": Extensions.http.maxOutstandingRequests, Extensions.serviceBus, singleton"
            ),
            "{warning}"
        );
        assert_eq!(
            of("{'version':'2.0','functions':['a'],'customHandler':{'description':{'x':1}}}"),
            None
        );
    }
}
