//! What can be wrong with a setting.

use std::path::PathBuf;

use sio_protocol::connection_string::ConnectionStringError;

use super::Settings;

/// A setting is missing or wrong. The text names it and says what to do; it never shows a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no such setting.
    #[error(
        "the setting {name} is missing: put the connection string of your service there, in local.settings.json or in the app settings (`sio emulator` prints one for local use)"
    )]
    NoConnection {
        /// The setting's name.
        name: String,
    },
    /// A hub is registered without a name, and the setting that would have one is missing.
    #[error(
        "the setting {hub} is missing: a hub is registered as `Hub::new(\"\")`, and takes its name from there", hub = Settings::HUB)]
    NoHub,
    /// The setting is not a connection string.
    #[error("the setting {name} is not a connection string: {problem}")]
    Connection {
        /// The setting's name.
        name: String,
        /// What is wrong with it; part of the text, so it is not a source as well.
        problem: ConnectionStringError,
    },
    /// The connection is described by its parts, which stand for an identity instead of a key.
    #[error("the connection {name} by identity: {problem}")]
    Identity {
        /// The setting's name without the part.
        name: String,
        /// What is wrong, with the part's name.
        problem: String,
    },
    /// The caller of the webhook is described in part only.
    #[error("the setting {name} {problem}; {webhook_caller} is set, so it is needed", webhook_caller = Settings::WEBHOOK_CALLER)]
    Caller {
        /// The setting's name.
        name: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// The webhook could admit either no caller or every caller.
    #[error(
        "the connection {name} has no access key, so the service does not sign what it posts, and every caller could post: set {webhook_caller} to the client or object id of the service's identity and {webhook_audience} to the audience of its tokens, or give the connection a key", webhook_caller = Settings::WEBHOOK_CALLER, webhook_audience = Settings::WEBHOOK_AUDIENCE)]
    NoCaller {
        /// The connection's name.
        name: String,
    },
    /// What is to be logged is not understood.
    #[error(
        "the setting {log} is {found:?}, expected a level such as \"info\", or levels by target such as \"info,socketio_functions=debug\": {problem}", log = Settings::LOG)]
    Log {
        /// What stands there.
        found: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An invalid origin.
    #[error(
        "the setting {allowed_origins} has {found:?}, expected hosts such as \"chat.example\", separated by commas", allowed_origins = Settings::ALLOWED_ORIGINS)]
    Origin {
        /// What stands there.
        found: String,
    },
    /// A port that is not a number from 1 to 65535.
    #[error("the setting {name} is {found:?}, expected a port from 1 to 65535")]
    Port {
        /// The setting's name.
        name: &'static str,
        /// What stands there.
        found: String,
    },
    /// A time that is not a positive number of seconds, or is too long.
    #[error(
        "the setting {name} is {found:?}, expected a positive number of seconds, 230 at most: the platform waits no longer for an answer"
    )]
    Seconds {
        /// The setting's name.
        name: &'static str,
        /// What stands there.
        found: String,
    },
    /// An invalid function timeout.
    #[error(
        "functionTimeout is {found:?}, expected \"hh:mm:ss\" or \"-1\" in host.json or in {function_timeout}", function_timeout = Settings::FUNCTION_TIMEOUT)]
    Timeout {
        /// What stands there.
        found: String,
    },
    /// Requests could not be told from invocations.
    #[error(
        "host.json has the section \"httpWorker\", with which every request looks like an invocation by the host; write \"customHandler\" in its place, as `sio stage` does"
    )]
    HttpWorker,
    /// A route prefix cannot be used.
    #[error(
        "extensions.http.routePrefix is {found:?}: write it without parameters and without slashes at its ends, as in \"api\" or \"v1/api\""
    )]
    RoutePrefix {
        /// What host.json or the override says.
        found: String,
    },
    /// host.json is there but cannot be read.
    #[error("{path} cannot be read: {problem}")]
    HostJson {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}
