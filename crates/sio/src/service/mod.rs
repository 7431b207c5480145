//! Talking to a service from a terminal: tokens for clients, and the words of the output binding.
//!
//! One command a file; which service, hub and namespace is the same question for all of them and answered here.

pub(crate) mod act;
pub(crate) mod negotiate;
pub(crate) mod send;

use anyhow::Context as _;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::{HubName, Namespace};
use socketio_functions::Client;
use socketio_functions::settings::Settings;

/// Which service, and where in it.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The hub.
    #[arg(long, value_name = "HUB")]
    hub: HubName,
    /// The namespace.
    #[arg(long, value_name = "NAMESPACE", default_value = "/")]
    namespace: Namespace,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Which service.
#[derive(Debug, clap::Args)]
pub(crate) struct ServiceArgs {
    /// The service's connection string [default: the emulator's, on port 8080].
    #[arg(long, value_name = "STRING", env = Settings::CONNECTION, hide_env_values = true)]
    connection: Option<String>,
}

impl ServiceArgs {
    /// The service's address and key.
    pub(crate) fn parsed(&self) -> anyhow::Result<ConnectionString> {
        ConnectionString::parse(&self.connection()).with_context(|| {
            format!(
                "--connection (or {connection}) is not a connection string",
                connection = Settings::CONNECTION
            )
        })
    }

    /// The connection string that was given, or the emulator's.
    fn connection(&self) -> String {
        let emulator = || {
            format!(
                "Endpoint=http://localhost:8080;AccessKey={};",
                sio_emulator::DEVELOPMENT_KEY
            )
        };
        self.connection.clone().unwrap_or_else(emulator)
    }
}

impl Place {
    /// A client of the service, in the hub and the namespace.
    fn client(&self) -> anyhow::Result<Client> {
        let connection = self.service.connection();
        ConnectionString::parse(&connection).with_context(|| {
            format!(
                "--connection (or {connection}) is not a connection string",
                connection = Settings::CONNECTION
            )
        })?;
        let settings = Settings::new().with(Settings::CONNECTION, connection);
        let client = Client::new(&settings, self.hub.as_str())?;
        Ok(client.namespace(self.namespace.as_str()))
    }
}

/// What to try when a service refuses a call.
const HINT: &str =
    "hint: does the service run, and is this its connection string? `sio emulator` prints its own";
