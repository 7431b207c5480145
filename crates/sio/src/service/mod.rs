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
        self.service.parsed()?;
        let settings = Settings::new().with(Settings::CONNECTION, self.service.connection());
        let client = Client::new(&settings, self.hub.as_str())?;
        Ok(client.namespace(self.namespace.as_str()))
    }
}

/// The id of a socket, or a room, that stands alone on the command line. Random ids may begin with a hyphen; a word that
/// does is more likely a misspelt option, and must not be taken for an id.
fn id(text: &str) -> Result<String, String> {
    match text.strip_prefix("--") {
        Some(word) if word.chars().all(|c| c.is_ascii_lowercase() || c == '-') => {
            Err("unknown option".to_owned())
        }
        _ => Ok(text.to_owned()),
    }
}

/// What to try when a service refuses a call.
const HINT: &str =
    "hint: does the service run, and is this its connection string? `sio emulator` prints its own";

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::{act, send};

    fn parse<T: Args + clap::FromArgMatches>(args: &str) -> Result<T, clap::Error> {
        let command = T::augment_args(clap::Command::new("sio"));
        let words = ["sio", "--hub", "hub"].into_iter().chain(args.split(' '));
        T::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    /// One random id in sixty-four begins with a hyphen.
    #[test]
    fn an_id_may_begin_with_a_hyphen() {
        for id in ["-zXq_0", "-hub", "-Vx", "--Zq0", "-"] {
            let moved = [format!("{id} den"), format!("{id} {id}")];
            for args in moved {
                parse::<act::RoomArgs>(&args).unwrap_or_else(|error| panic!("{args}: {error}"));
            }
            parse::<act::DisconnectArgs>(id).unwrap_or_else(|error| panic!("{id}: {error}"));
            for option in ["--socket", "--room", "--except", "--user"] {
                let args = format!("{option} {id} news []");
                parse::<send::Args>(&args).unwrap_or_else(|error| panic!("{args}: {error}"));
            }
        }
    }

    #[test]
    fn a_misspelt_option_is_not_taken_for_an_id() {
        let error = parse::<act::DisconnectArgs>("--room den --clos").unwrap_err();
        assert!(error.to_string().contains("unknown option"), "{error}");
        parse::<act::DisconnectArgs>("--room den --close").unwrap();
    }
}
