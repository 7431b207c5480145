//! host.json: what the host reads of it (docs/contracts/functions-host.md, "host.json").

use std::path::Path;
use std::time::Duration;

use super::error::{FileError, Source};
use super::handler_json::HandlerConfig;
use super::log_levels::LogLevels;
use super::queue_settings::QueueSettings;
use super::reader::{Reader, items};
use super::retry::RetryPolicy;
use super::variables::Variables;
use super::{overrides, unsupported};
use crate::json::Json;
use crate::routing::Template;
use crate::time_span;

/// The default of `functionTimeout`, as on every plan but the old Consumption one.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// What host.json and the settings that override it say.
#[derive(Debug, Clone)]
pub(crate) struct HostConfig {
    /// `extensions.http.routePrefix`; empty means no prefix.
    pub(crate) route_prefix: String,
    /// `extensions.http.customHeaders`: sent with every answer.
    pub(crate) custom_headers: Vec<(String, String)>,
    /// `functions`: the names of those that are loaded; all where it is absent.
    pub(crate) functions: Option<Vec<String>>,
    /// `functionTimeout`; `None` is without limit.
    pub(crate) function_timeout: Option<Duration>,
    /// `customHandler` or the older `httpWorker`.
    pub(crate) handler: Option<HandlerConfig>,
    /// `extensions.socketio.hub`
    pub(crate) socket_io_hub: Option<String>,
    /// `extensions.socketio.connectionString`, which is the name of a setting.
    pub(crate) socket_io_connection: Option<String>,
    /// `retry`, for functions without one of their own.
    pub(crate) retry: Option<RetryPolicy>,
    /// `logging.logLevel`
    pub(crate) log_levels: LogLevels,
    /// `extensions.queues`
    pub(crate) queues: QueueSettings,
    /// `watchFiles` and `watchDirectories`: names below the script root.
    pub(crate) watched: Vec<String>,
    /// `extensionBundle.id`
    pub(crate) bundle: Option<String>,
    /// Things to tell the author that do not keep the app from running.
    pub(crate) warnings: Vec<String>,
}

/// Reads host.json of a script root. A port that it asks for must be free, unless it is `held` by the handler.
pub(crate) fn read(
    root: &Path,
    variables: &Variables,
    held: Option<u16>,
) -> Result<HostConfig, FileError> {
    let file = root.join("host.json");
    let source = Source::read(&file)?.ok_or_else(|| {
        FileError::new(&file, "there is no such file").hint(
            "a function app's script root has a host.json; name the folder that holds it, \
             or write {\"version\": \"2.0\", \"customHandler\": {\"description\": {\"defaultExecutablePath\": \"handler\"}}}",
        )
    })?;
    let mut document = source.json()?;
    if !matches!(document, Json::Object(_)) {
        return Err(FileError::new(
            &file,
            format!("expected an object, found {}", document.kind()),
        ));
    }
    match document.get("version") {
        Some(Json::String(version)) if version == "2.0" => {}
        found => {
            let found = found.map_or("missing".to_owned(), Json::compact);
            return Err(source
                .about(
                    "version",
                    format!("the version is {found}, and the host reads only \"2.0\""),
                )
                .hint("write \"version\": \"2.0\""));
        }
    }
    overrides::apply(&mut document, variables.iter());
    let mut reader = Reader::new(&source);
    reader.held = held;
    reader.config(&document)
}

impl Reader<'_> {
    fn config(&self, document: &Json) -> Result<HostConfig, FileError> {
        let mut warnings: Vec<String> = unsupported::warning(document).into_iter().collect();
        let http = document
            .get("extensions")
            .and_then(|extensions| extensions.get("http"));
        let prefix = http.and_then(|http| http.get("routePrefix"));
        let route_prefix = self.route_prefix(prefix)?;
        let custom_headers = http
            .and_then(|http| http.get("customHeaders"))
            .map(Json::members)
            .unwrap_or_default()
            .map(|(name, value)| (name.clone(), value.dotnet_text()))
            .collect();
        let function_timeout = match self.text(document, "functionTimeout")? {
            None => Some(FUNCTION_TIMEOUT),
            Some(text) if text == "-1" => None,
            Some(text) => match time_span::parse(&text) {
                Some(limit) if limit >= Duration::from_secs(1) => Some(limit),
                _ => {
                    return Err(self
                        .source
                        .about("functionTimeout", format!("functionTimeout is \"{text}\""))
                        .hint("write hh:mm:ss, at least \"00:00:01\", or \"-1\" for no limit"));
                }
            },
        };
        let custom = document
            .get("customHandler")
            .filter(|section| !section.is_null());
        let legacy = document
            .get("httpWorker")
            .filter(|section| !section.is_null());
        if custom.is_some() && legacy.is_some() {
            warnings.push(
                "host.json has both customHandler and httpWorker; customHandler is used".to_owned(),
            );
        } else if legacy.is_some() {
            warnings.push(
                "host.json has the deprecated section httpWorker; rename it to customHandler"
                    .to_owned(),
            );
        }
        let handler = match custom.or(legacy) {
            None => None,
            Some(section) => Some(self.handler(section, custom.is_none(), &mut warnings)?),
        };
        let socket_io = document
            .get("extensions")
            .and_then(|extensions| extensions.get("socketio"));
        let socket_io = |name| match socket_io {
            Some(section) => Ok(self.text(section, name)?.filter(|text| !text.is_empty())),
            None => Ok(None),
        };
        let bundle = match document.get("extensionBundle") {
            Some(section) => self.text(section, "id")?,
            None => None,
        };
        Ok(HostConfig {
            route_prefix,
            custom_headers,
            functions: self.functions(document),
            function_timeout,
            handler,
            socket_io_hub: socket_io("hub")?,
            socket_io_connection: socket_io("connectionString")?,
            retry: self.retry(document.get("retry"))?,
            queues: self.queues(document)?,
            log_levels: self.log_levels(document)?,
            watched: [
                self.list(document, "watchFiles")?,
                self.list(document, "watchDirectories")?,
            ]
            .concat(),
            bundle,
            warnings,
        })
    }

    /// The functions that are listed. As the configuration of .NET drops an empty list, all are loaded with one.
    fn functions(&self, document: &Json) -> Option<Vec<String>> {
        let items = document.get("functions").and_then(items)?;
        (!items.is_empty()).then(|| items.into_iter().map(Json::dotnet_text).collect())
    }

    /// The prefix, which is a part of every route's template. Null means no prefix; the host does not start with one
    /// that makes no template.
    fn route_prefix(&self, found: Option<&Json>) -> Result<String, FileError> {
        let written = match found {
            None => return Ok("api".to_owned()),
            Some(Json::Null) => return Ok(String::new()),
            Some(several @ (Json::Array(_) | Json::Object(_))) => {
                let found = format!(
                    "extensions.http.routePrefix must be a single value, found {}",
                    several.kind()
                );
                return Err(self.source.about("routePrefix", found));
            }
            Some(scalar) => scalar.dotnet_text(),
        };
        let prefix = written.strip_prefix('/').unwrap_or(&written);
        let wrong = |what: &str| {
            let found = format!("extensions.http.routePrefix is \"{written}\": {what}");
            let hint = "write it without slashes at its ends, as in \"api\" or \"v1/{tenant}\"; the Functions host answers every request with 503 as it is";
            self.source.about("routePrefix", found).hint(hint)
        };
        if prefix.is_empty() && !written.is_empty()
            || prefix.ends_with('/')
            || prefix.contains("//")
        {
            return Err(wrong(
                "The route template separator character '/' cannot appear consecutively.",
            ));
        }
        Template::parse(prefix).map_err(|error| wrong(&error.to_string()))?;
        Ok(prefix.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str, settings: &[(&str, &str)]) -> Result<HostConfig, FileError> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("host.json"), text).unwrap();
        let mut variables = Variables::default();
        for (name, value) in settings {
            variables.set(*name, *value);
        }
        read(root.path(), &variables, None)
    }

    fn handler(section: &str) -> Result<HandlerConfig, FileError> {
        let text = format!("{{'version':'2.0','customHandler':{section}}}");
        Ok(config(&text, &[])?.handler.unwrap())
    }

    #[test]
    fn no_handler_section_is_no_error() {
        assert!(config("{'version':'2.0'}", &[]).unwrap().handler.is_none());
    }

    #[test]
    fn a_missing_description_or_executable_is_refused() {
        assert_eq!(
            handler("{}").unwrap_err().found,
            "Missing worker Description."
        );
        assert_eq!(
            handler("{'description':{'arguments':[]}}")
                .unwrap_err()
                .found,
            "WorkerDescription DefaultExecutablePath cannot be empty"
        );
    }

    #[test]
    fn an_argument_with_spaces_stays_one_element() {
        let read = handler(
            "{'description':{'defaultExecutablePath':'x','arguments':['--xTest1 --xTest2']}}",
        )
        .unwrap();
        assert_eq!(read.arguments, ["--xTest1 --xTest2"]);
        assert!(read.stderr_is_error);
        assert_eq!(read.initialization_timeout, Duration::from_secs(30));
    }

    #[test]
    fn an_impossible_port_is_refused() {
        for port in ["0", "1234567", "'x'"] {
            let error = handler(&format!(
                "{{'description':{{'defaultExecutablePath':'x'}},'port':{port}}}"
            ))
            .unwrap_err();
            assert!(error.found.starts_with("Unable to bind to port"), "{error}");
        }
    }

    #[test]
    fn another_version_is_refused_with_its_line() {
        let error = config("{\n'version': '1.0'}", &[]).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(config("{}", &[]).unwrap_err().found.contains("missing"));
    }

    #[test]
    fn time_spans_are_read_and_minus_one_is_no_limit() {
        assert_eq!(
            config("{'version':'2.0','functionTimeout':'-1'}", &[])
                .unwrap()
                .function_timeout,
            None
        );
        let error = config("{'version':'2.0','functionTimeout':'5m'}", &[]).unwrap_err();
        assert!(error.to_string().contains("hh:mm:ss"));
    }

    #[test]
    fn a_prefix_is_part_of_a_template() {
        let prefix = |text: &str| {
            let text =
                format!("{{'version':'2.0','extensions':{{'http':{{'routePrefix':{text}}}}}}}");
            config(&text, &[]).map(|config| config.route_prefix)
        };
        for (written, read) in [
            ("null", ""),
            ("''", ""),
            ("'/x'", "x"),
            ("'a/{b}'", "a/{b}"),
            ("5", "5"),
            ("true", "True"),
        ] {
            assert_eq!(prefix(written).unwrap(), read, "{written}");
        }
        for wrong in ["'/x/'", "'x/'", "'/'", "'a//b'", "'{a'", "[5]"] {
            let error = prefix(wrong).unwrap_err().to_string();
            assert!(error.contains("routePrefix"), "{wrong}: {error}");
        }
    }

    #[test]
    fn the_functions_that_are_loaded_can_be_listed() {
        let listed =
            |text: &str, settings: &[(&str, &str)]| config(text, settings).unwrap().functions;
        assert_eq!(listed("{'version':'2.0'}", &[]), None);
        let file = "{'version':'2.0','functions':['a']}";
        assert_eq!(listed(file, &[]).unwrap(), ["a"]);
        let setting = [("AzureFunctionsJobHost__functions__0", "b")];
        assert_eq!(listed(file, &setting).unwrap(), ["b"]);
        assert_eq!(listed("{'version':'2.0'}", &setting).unwrap(), ["b"]);
        assert_eq!(listed("{'version':'2.0','functions':[]}", &[]), None);
        // A list has no holes, so the numbers give the order alone.
        let settings = [
            ("AzureFunctionsJobHost__functions__10", "d"),
            ("AzureFunctionsJobHost__functions__2", "c"),
        ];
        assert_eq!(listed("{'version':'2.0'}", &settings).unwrap(), ["c", "d"]);
        assert_eq!(listed(file, &settings).unwrap(), ["a", "c", "d"]);
    }
}
