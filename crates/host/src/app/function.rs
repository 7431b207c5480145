//! Functions and their bindings, as function.json describes them.

use std::path::{Path, PathBuf};

use super::bindings::{self, Binding, Direction};
use super::error::{FileError, Source};
use super::handler_json::RouteConfig;
use super::http_route::HttpRoute;
use super::reader::Reader;
use super::retry::RetryPolicy;
use super::socketio_binding;
use super::variables::Variables;
use crate::json::Json;
use crate::timer::{TimerConfig, Zone};

/// One function of the app.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Its function.json; none for a route of host.json.
    pub(crate) file: Option<PathBuf>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) disabled: bool,
    /// What function.json says in `disabled`, which has no effect; `None` if it is not disabled by that either.
    pub(crate) says_disabled: Option<String>,
    /// How it is reached over HTTP, if its trigger is an `httpTrigger`.
    pub(crate) http: Option<HttpRoute>,
    /// When it fires, if its trigger is a `timerTrigger`.
    pub(crate) timer: Option<TimerConfig>,
    /// `retry`
    pub(crate) retry: Option<RetryPolicy>,
}

impl Function {
    /// The binding that triggers it; every loaded function has exactly one.
    pub(crate) fn trigger(&self) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.is_trigger())
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Binding> {
        self.bindings
            .iter()
            .filter(|binding| binding.direction != Direction::Out)
    }

    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Binding> {
        self.bindings
            .iter()
            .filter(|binding| binding.direction != Direction::In)
    }

    /// The binding named `$return`.
    pub(crate) fn return_binding(&self) -> Option<&Binding> {
        self.outputs().find(|binding| binding.name == "$return")
    }

    /// Exactly one input, an `httpTrigger`, and exactly one output, an `http` (docs/contracts/functions-host.md,
    /// "Terms").
    pub(crate) fn is_plain_http(&self) -> bool {
        let mut inputs = self.inputs();
        let mut outputs = self.outputs();
        inputs
            .next()
            .is_some_and(|binding| binding.is_kind("httpTrigger"))
            && inputs.next().is_none()
            && outputs
                .next()
                .is_some_and(|binding| binding.is_kind("http"))
            && outputs.next().is_none()
    }
}

/// Is this a name that the host accepts for a function?
pub(crate) fn is_function_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !name.eq_ignore_ascii_case("host")
}

/// What a function's `disabled` says, if an author may take the function for disabled by it.
fn said_disabled(value: &Json) -> Option<String> {
    let is_enabled = match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.eq_ignore_ascii_case("false"),
        _ => false,
    };
    (!is_enabled).then(|| value.compact())
}

/// Reads the function.json of one folder.
pub(crate) fn read(
    folder: &Path,
    name: &str,
    variables: &Variables,
    zone: &Zone,
    prefix: &str,
) -> Result<Function, FileError> {
    let file = folder.join("function.json");
    if !is_function_name(name) {
        return Err(
            FileError::new(&file, format!("'{name}' is not a valid function name.")).hint(
                "a name starts with a letter and has letters, digits, _ and -; it is not \"host\"",
            ),
        );
    }
    let source =
        Source::read(&file)?.ok_or_else(|| FileError::new(&file, "there is no such file"))?;
    let mut document = source.json()?;
    bindings::resolve(&mut document, variables, &source)?;
    let bindings = bindings::read(&document, &source)?;
    let setting = format!("AzureWebJobs.{name}.Disabled");
    let names = [setting.replace('.', "_"), setting];
    let disabled = names.iter().any(|name| {
        let value = variables.configured(name);
        value.is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    });
    if let Some(Json::String(script)) = document.get_exact("scriptFile")
        && !script.is_empty()
        && !folder.join(script).exists()
    {
        return Err(source
            .about("scriptFile", format!("Invalid script file name configuration. The 'scriptFile' property is set to a file that does not exist: {script}"))
            .hint("a custom handler needs no scriptFile; remove it"));
    }
    for binding in &bindings {
        socketio_binding::check(binding).map_err(|problem| {
            source
                .about(&problem.near, problem.found)
                .hint(problem.hint)
        })?;
    }
    let mut function = Function {
        name: name.to_owned(),
        file: Some(file),
        bindings,
        disabled,
        says_disabled: document.get_exact("disabled").and_then(said_disabled),
        http: None,
        timer: None,
        retry: Reader::new(&source).retry(document.get_exact("retry"))?,
    };
    if let Some(trigger) = function
        .trigger()
        .filter(|trigger| trigger.is_kind("timerTrigger"))
    {
        let schedule = trigger.text("schedule").unwrap_or_default();
        let timer = TimerConfig::new(
            schedule,
            zone,
            trigger.switch("runOnStartup").unwrap_or(false),
            trigger.switch("useMonitor").unwrap_or(true),
        );
        let timer = timer.map_err(|what| {
            source
                .about("schedule", what)
                .hint("write six fields, as in \"0 */5 * * * *\" for every five minutes, or an interval, as in \"00:05:00\"")
        })?;
        function.timer = Some(timer);
    }
    let list = document.get_exact("bindings");
    let trigger = match list {
        Some(Json::Array(items)) => items.iter().find(|item| {
            item.get("type")
                .and_then(Json::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("httpTrigger"))
        }),
        _ => None,
    };
    if let Some(trigger) = trigger {
        function.http = Some(HttpRoute::read(name, trigger, prefix, &source)?);
    }
    Ok(function)
}

/// Makes the function of a route of host.json (docs/contracts/functions-host.md, "Functions without function.json").
pub(crate) fn from_route(
    index: usize,
    route: &RouteConfig,
    prefix: &str,
    host_json: &Path,
) -> Result<Function, FileError> {
    let name = format!("http-handler{}", index + 1);
    let wrong = |found: String| {
        FileError::new(
            host_json,
            format!("customHandler.http.routes[{index}]: {found}"),
        )
    };
    let http = HttpRoute::configured(&route.route, &route.level, prefix).map_err(wrong)?;
    let binding = |name: &str, kind: &str, direction| Binding {
        name: name.to_owned(),
        kind: kind.to_owned(),
        direction,
        binary: false,
        properties: Json::empty(),
    };
    Ok(Function {
        name,
        file: None,
        bindings: vec![
            binding("req", "httpTrigger", Direction::In),
            binding("res", "http", Direction::Out),
        ],
        disabled: false,
        says_disabled: None,
        http: Some(http),
        timer: None,
        retry: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(name: &str, text: &str) -> Result<Function, FileError> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("function.json"), text).unwrap();
        let mut variables = Variables::default();
        variables.set("Queue", "jobs");
        read(root.path(), name, &variables, &Zone::default(), "api")
    }

    fn plain(bindings: &str) -> bool {
        load("f", &format!("{{'bindings':[{bindings}]}}"))
            .unwrap()
            .is_plain_http()
    }

    #[test]
    fn names_that_are_refused() {
        for name in [
            "host",
            "-function",
            "_function",
            "function test",
            "function.test",
            "function0.1",
        ] {
            let error = load(name, "{}").unwrap_err();
            assert_eq!(
                error.found,
                format!("'{name}' is not a valid function name.")
            );
        }
    }

    #[test]
    fn what_a_plain_http_function_is() {
        let trigger = "{'type':'HTTPTRIGGER','direction':'in','name':'req'}";
        let queue = "{'type':'queue','direction':'out','name':'q'}";
        assert!(plain(&format!(
            "{trigger},{{'type':'http','direction':'out','name':'res'}}"
        )));
        assert!(plain(&format!(
            "{trigger},{{'type':'http','direction':'out','name':'$return'}}"
        )));
        assert!(!plain(trigger));
        assert!(!plain(&format!("{trigger},{queue}")));
        assert!(!plain(&format!(
            "{trigger},{{'type':'http','direction':'out','name':'res'}},{queue}"
        )));
        assert!(!plain(&format!(
            "{trigger},{{'type':'queue','direction':'in','name':'i'}},{{'type':'http','direction':'out','name':'res'}}"
        )));
    }

    #[test]
    fn built_in_routes_are_refused() {
        for route in ["admin/foo/bar", "/runtime/foo/bar", "Administer"] {
            let error = load(
                "f",
                &format!(
                    "{{'bindings':[{{'type':'httpTrigger','name':'req','route':'{route}'}}]}}"
                ),
            )
            .unwrap_err();
            assert_eq!(
                error.found,
                "The specified route conflicts with one or more built in routes."
            );
        }
    }

    #[test]
    fn wrong_bindings_are_refused_in_the_words_of_the_host() {
        let cases = [
            ("{'bindings':[]}", "At least one binding"),
            (
                "{'bindings':[{'type':'queue','direction':'out','name':'q'}]}",
                "No trigger binding",
            ),
            (
                "{'bindings':[{'type':'httpTrigger','name':'a'},{'type':'timerTrigger','name':'b'}]}",
                "Multiple trigger bindings",
            ),
            (
                "{'bindings':[{'type':'httpTrigger','name':'a'},{'type':'http','direction':'out','name':'A'}]}",
                "Multiple bindings with name",
            ),
            (
                "{'bindings':[{'type':'httpTrigger','name':'$return'}]}",
                "The binding name $return is invalid",
            ),
            (
                "{'bindings':[{'type':'socketioTrigger','name':'a','eventName':'x'}]}",
                "Can't figure out which ctor to call",
            ),
            (
                "{'bindings':[{'type':'socketioTrigger','name':'a','hub':'','eventName':'x','parameterNames':['b','A']}]}",
                "parameterNames contains \"A\", which is the name of the trigger",
            ),
            (
                "{'bindings':[{'type':'socketioTrigger','name':'a','hub':'','eventName':'x','parameterNames':['b','B']}]}",
                "parameterNames contains \"B\" more than once",
            ),
            (
                "{'bindings':[{'type':'socketioTrigger','name':'a','hub':'','eventName':'x','parameterNames':['b',1]}]}",
                "parameterNames contains a number, expected strings",
            ),
            (
                "{'bindings':[{'type':'socketioTrigger','name':'a','hub':'','eventName':'x','parameterNames':'b'}]}",
                "parameterNames is a string, expected an array of strings",
            ),
            (
                "{'bindings':[\n{'type':'socketIOTrigger','name':'a','eventName':'x'}]}",
                "the socketiotrigger has no hub",
            ),
            (
                "{'bindings':[\n{'type':'socketioTrigger','name':'a','hub':5,'eventName':'x'}]}",
                "hub is a number, expected a string",
            ),
            (
                "{'bindings':[\n{'type':'socketioTrigger','name':'a','hub':'','eventName':null}]}",
                "eventName is null, expected a string",
            ),
            (
                "{'bindings':[{'type':'timerTrigger','name':'a','schedule':'often'}]}",
                "The schedule expression was not recognized",
            ),
            (
                "{'bindings':[{'type':'queueTrigger','name':'a','queueName':'%Nope%'}]}",
                "'%Nope%' does not resolve",
            ),
            (
                "{'Bindings':[{'type':'httpTrigger','name':'a'}]}",
                "At least one binding",
            ),
            (
                "{'scriptFile':'run.py','bindings':[{'type':'httpTrigger','name':'a'}]}",
                "does not exist: run.py",
            ),
            (
                "{'bindings':[{'type':'httpTrigger','name':'a','authLevel':'anon'}]}",
                "Error converting value \"anon\"",
            ),
        ];
        for (text, expected) in cases {
            let error = load("f", text).unwrap_err();
            assert!(error.found.contains(expected), "{error}");
            if text.contains("[\n") {
                assert!(error.to_string().contains(":2: "), "{error}");
            }
        }
        load(
            "f",
            "{'bindings':[{'type':'queueTrigger','name':'a','queueName':'%Queue%'}]}",
        )
        .unwrap();
    }

    #[test]
    fn only_an_app_setting_disables_and_a_route_is_taken_as_written() {
        let function = load(
            "f",
            "{'disabled':true,'bindings':[{'type':'httpTrigger','name':'a','route':'%Nope%','authLevel':0}]}",
        )
        .unwrap();
        assert!(!function.disabled && function.says_disabled.is_some());
        let http = function.http.unwrap();
        assert_eq!(
            (http.path().as_str(), http.level.as_str()),
            ("/api/%Nope%", "anonymous")
        );
    }

    #[test]
    fn whatever_may_be_taken_for_disabled_is_told() {
        let told = |text: &str| said_disabled(&Json::lenient(text).unwrap());
        for text in ["true", "\"true\"", "1", "\"%X%\""] {
            assert_eq!(told(text).as_deref(), Some(text));
        }
        for text in ["false", "\"False\"", "null"] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
