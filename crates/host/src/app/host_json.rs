//! host.json: what the host reads of it (host contract, "host.json").

use std::path::Path;
use std::time::Duration;

use super::error::{FileError, Source};
use super::handler_json::HandlerConfig;
use super::log_levels::LogLevels;
use super::queue_settings::QueueSettings;
use super::reader::Reader;
use super::retry::RetryPolicy;
use super::throttles::Throttles;
use super::variables::Variables;
use super::{overrides, profile};
use crate::json::Json;
use crate::time_span;

/// `functionTimeout` where host.json has none, as on every plan but the old Consumption one.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// What host.json and the settings that override it say.
#[derive(Debug, Clone)]
pub(crate) struct HostConfig {
    /// `extensions.http.routePrefix`, without slashes at its ends.
    pub(crate) route_prefix: String,
    /// `extensions.http.customHeaders`: sent with every answer.
    pub(crate) custom_headers: Vec<(String, String)>,
    /// `extensions.http`: how many requests at once.
    pub(crate) throttles: Throttles,
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
    profile::apply(&mut document, &source)?;
    let mut reader = Reader::new(&source);
    reader.held = held;
    reader.config(&document)
}

impl Reader<'_> {
    fn config(&self, document: &Json) -> Result<HostConfig, FileError> {
        let mut warnings = Vec::new();
        let http = document
            .get("extensions")
            .and_then(|extensions| extensions.get("http"));
        let prefix = http.and_then(|http| http.get("routePrefix"));
        let route_prefix = match prefix {
            None | Some(Json::Null) => "api".to_owned(),
            Some(Json::String(prefix)) => prefix.trim_matches('/').to_owned(),
            Some(other) => {
                return Err(self.source.about(
                    "routePrefix",
                    format!(
                        "extensions.http.routePrefix must be a string, found {}",
                        other.kind()
                    ),
                ));
            }
        };
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
            throttles: self.throttles(http)?,
            function_timeout,
            handler,
            socket_io_hub: socket_io("hub")?,
            socket_io_connection: socket_io("connectionString")?,
            retry: self.retry(document)?,
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
    fn v093_no_handler_section_is_no_error() {
        assert!(config("{'version':'2.0'}", &[]).unwrap().handler.is_none());
    }

    #[test]
    fn v095_v096_a_missing_description_or_executable_is_refused() {
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
    fn v100_an_argument_with_spaces_stays_one_element() {
        let read = handler(
            "{'description':{'defaultExecutablePath':'x','arguments':['--xTest1 --xTest2']}}",
        )
        .unwrap();
        assert_eq!(read.arguments, ["--xTest1 --xTest2"]);
        assert!(read.stderr_is_error);
        assert_eq!(read.initialization_timeout, Duration::from_secs(30));
    }

    #[test]
    fn v125_an_impossible_port_is_refused() {
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
    fn v171_a_profile_sets_four_things() {
        let read = config(
            "{'version':'2.0','customHandler':{'description':{'defaultExecutablePath':'x'}}}",
            &[(
                "AzureFunctionsJobHost__configurationProfile",
                "Web-App-Custom-Handler",
            )],
        )
        .unwrap();
        assert_eq!(read.route_prefix, "");
        let handler = read.handler.unwrap();
        assert!(handler.proxying);
        assert_eq!(handler.routes[0].route, "{*route}");
    }

    #[test]
    fn v172_an_unknown_profile_is_refused() {
        let error = config("{'version':'2.0','configurationProfile':'foo'}", &[]).unwrap_err();
        assert!(
            error
                .found
                .contains("'mcp-custom-handler', 'web-app-custom-handler'")
        );
    }

    #[test]
    fn v174_an_explicit_value_wins_over_the_profile() {
        let read = config(
            "{'version':'2.0','configurationProfile':'mcp-custom-handler','extensions':{'http':{'routePrefix':'v1'}},'customHandler':{'description':{'defaultExecutablePath':'x'}}}",
            &[],
        )
        .unwrap();
        assert_eq!(read.route_prefix, "v1");
    }

    #[test]
    fn limits_of_requests_are_numbers_or_minus_one() {
        let limits = |text: &str| {
            let text = format!("{{'version':'2.0','extensions':{{'http':{text}}}}}");
            Ok::<_, FileError>(config(&text, &[])?.throttles)
        };
        let read = limits("{'maxOutstandingRequests':'20','maxConcurrentRequests':-1}").unwrap();
        assert_eq!((read.outstanding, read.concurrent), (Some(20), None));
        assert_eq!(limits("{}").unwrap(), Throttles::default());
        for wrong in ["0", "'many'", "-2"] {
            let error = limits(&format!("{{'maxConcurrentRequests':{wrong}}}")).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("maxConcurrentRequests is"), "{text}");
            assert!(text.contains("-1 for no limit"), "{text}");
        }
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
}
