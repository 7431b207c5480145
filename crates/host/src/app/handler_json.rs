//! The section `customHandler` of host.json (docs/contracts/functions-host.md, "customHandler schema").

use std::time::Duration;

use super::error::FileError;
use super::reader::Reader;
use crate::json::Json;
use crate::time_span;

/// The default of `customHandler.initializationTimeout`.
const INITIALIZATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The section `customHandler`.
#[derive(Debug, Clone)]
pub(crate) struct HandlerConfig {
    pub(crate) executable: String,
    pub(crate) worker_path: Option<String>,
    pub(crate) worker_directory: Option<String>,
    pub(crate) working_directory: Option<String>,
    pub(crate) arguments: Vec<String>,
    pub(crate) worker_arguments: Vec<String>,
    /// `useStdErrorStreamForErrorsOnly`
    pub(crate) stderr_is_error: bool,
    pub(crate) forwarding: bool,
    pub(crate) proxying: bool,
    pub(crate) initialization_timeout: Duration,
    pub(crate) port: Option<u16>,
    /// Only `httpWorker` is there: requests are forwarded, and go to `/{function}`.
    pub(crate) legacy: bool,
    /// `http.routes`: functions without function.json.
    pub(crate) routes: Vec<RouteConfig>,
}

/// One element of `customHandler.http.routes`.
#[derive(Debug, Clone)]
pub(crate) struct RouteConfig {
    pub(crate) route: String,
    pub(crate) level: String,
}

impl Reader<'_> {
    /// Reads the section, or the older `httpWorker`.
    pub(super) fn handler(
        &self,
        section: &Json,
        legacy: bool,
        warnings: &mut Vec<String>,
    ) -> Result<HandlerConfig, FileError> {
        let name = if legacy {
            "httpWorker"
        } else {
            "customHandler"
        };
        if !matches!(section, Json::Object(_)) {
            return Err(self.source.about(
                name,
                format!("{name} must be an object, found {}", section.kind()),
            ));
        }
        let description = section
            .get("description")
            .filter(|found| matches!(found, Json::Object(_)));
        let description = description.ok_or_else(|| {
            self.source
                .about(name, "Missing worker Description.")
                .hint(format!(
                    "add \"description\": {{\"defaultExecutablePath\": \"handler\"}} to {name}"
                ))
        })?;
        let executable = self
            .text(description, "defaultExecutablePath")?
            .unwrap_or_default();
        if executable.trim().is_empty() {
            return Err(self
                .source
                .about(
                    "description",
                    "WorkerDescription DefaultExecutablePath cannot be empty",
                )
                .hint("name the program: \"defaultExecutablePath\": \"handler\""));
        }
        if let Some(kind) = self.text(section, "type")? {
            match kind.to_ascii_lowercase().as_str() {
                "http" => {}
                "none" => warnings.push(
                    "customHandler.type \"none\" is not possible; \"http\" is used".to_owned(),
                ),
                _ => {
                    return Err(self
                        .source
                        .about("type", format!("customHandler.type is \"{kind}\""))
                        .hint("the only type is \"http\""));
                }
            }
        }
        let initialization_timeout = match self.text(section, "initializationTimeout")? {
            None => INITIALIZATION_TIMEOUT,
            Some(text) => time_span::parse(&text).ok_or_else(|| {
                self.source
                    .about(
                        "initializationTimeout",
                        format!("initializationTimeout is \"{text}\""),
                    )
                    .hint("write hh:mm:ss, as in \"00:00:30\"")
            })?,
        };
        let http = section.get("http");
        let level = match http {
            Some(http) => self
                .text(http, "defaultAuthorizationLevel")?
                .unwrap_or_else(|| "function".to_owned()),
            None => "function".to_owned(),
        };
        let routes = match http.and_then(|http| http.get("routes")) {
            Some(Json::Array(routes)) => routes
                .iter()
                .map(|route| {
                    Ok(RouteConfig {
                        route: self.text(route, "route")?.unwrap_or_default(),
                        level: self
                            .text(route, "authorizationLevel")?
                            .unwrap_or_else(|| level.clone()),
                    })
                })
                .collect::<Result<_, FileError>>()?,
            _ => Vec::new(),
        };
        Ok(HandlerConfig {
            executable,
            worker_path: self.text(description, "defaultWorkerPath")?,
            worker_directory: self
                .text(description, "workerDirectory")?
                .filter(|text| !text.is_empty()),
            working_directory: self
                .text(description, "workingDirectory")?
                .filter(|text| !text.is_empty()),
            arguments: self.list(description, "arguments")?,
            worker_arguments: self.list(description, "workerArguments")?,
            stderr_is_error: self
                .switch(description, "useStdErrorStreamForErrorsOnly")?
                .unwrap_or(true),
            forwarding: self
                .switch(section, "enableForwardingHttpRequest")?
                .unwrap_or(legacy),
            proxying: self
                .switch(section, "enableProxyingHttpRequest")?
                .unwrap_or(false),
            initialization_timeout,
            port: self.port(section)?,
            legacy,
            routes,
        })
    }
}
