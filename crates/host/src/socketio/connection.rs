//! Which service: connection settings and hubs (extension contract, "Settings", "Connection-string grammar", "Hub").

use sio_protocol::connection_string::{ConnectionString, Endpoint};
use sio_protocol::signature::Signer;

use crate::app::Variables;

/// The setting that must exist, whatever other connections the bindings name.
pub(crate) const DEFAULT: &str = "WebPubSubForSocketIOConnectionString";

/// A service that a binding names.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    service: ConnectionString,
    signer: Signer,
}

/// A connection's settings cannot be used. No text shows a key.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error(
        "SocketIO connection string '{0}' does not exist. Please set either '{0}' to use access key based connection. Or set `{0}:credential`, `{0}:clientId` and `{0}:endpoint` to use identity-based connection.\nhint: put \"{0}\": \"Endpoint=http://localhost:8080;AccessKey=…;Version=1.0;\" into local.settings.json under Values; `sio emulator` prints the one of the emulator"
    )]
    Missing(String),
    #[error(
        "SocketIO connection should have an '{0}:endpoint' propert when it uses identity-based authentication, or it should set `{0}` setting to use access key based authentication."
    )]
    NoEndpoint(String),
    #[error(
        "the connection '{0}' is identity-based ({0}__endpoint), and this stand-in has no identity\nhint: on this machine set {0} to a connection string with an access key, such as the one that `sio emulator` prints; leave the identity to the app settings in Azure"
    )]
    Identity(String),
    #[error("the connection string in {name}: {what}")]
    Malformed { name: String, what: String },
}

impl Connection {
    /// Looks a connection up by the name of its setting.
    pub(crate) fn find(variables: &Variables, name: &str) -> Result<Self, ConnectionError> {
        let keys = [
            format!("ConnectionStrings:AzureWebJobs{name}"),
            format!("AzureWebJobs{name}"),
            format!("ConnectionStrings:{name}"),
            name.to_owned(),
        ];
        let found = keys
            .iter()
            .find(|key| variables.configured(key).is_some() || variables.has_section(key))
            .ok_or_else(|| ConnectionError::Missing(name.to_owned()))?;
        let value = variables.configured(found).unwrap_or_default();
        if value.trim().is_empty() {
            let endpoint = variables.configured(&format!("{found}:endpoint"));
            return Err(match endpoint.map(str::trim) {
                None | Some("") => ConnectionError::NoEndpoint(name.to_owned()),
                Some(_) => ConnectionError::Identity(name.to_owned()),
            });
        }
        let malformed = |error: &dyn std::fmt::Display| ConnectionError::Malformed {
            name: name.to_owned(),
            what: error.to_string(),
        };
        let service = ConnectionString::parse(value).map_err(|error| malformed(&error))?;
        Ok(Self {
            signer: Signer::new(service.access_key()),
            service,
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        self.service.endpoint()
    }

    /// Do not log it.
    pub(crate) fn key(&self) -> &str {
        self.service.access_key()
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(settings: &[(&str, &str)]) -> Result<Connection, ConnectionError> {
        let mut variables = Variables::default();
        for (name, value) in settings {
            variables.set(*name, *value);
        }
        Connection::find(&variables, "Conn")
    }

    #[test]
    fn a_setting_is_found_under_each_of_its_names() {
        for name in [
            "Conn",
            "CONN",
            "AzureWebJobsConn",
            "ConnectionStrings:Conn",
            "ConnectionStrings__AzureWebJobsConn",
        ] {
            let connection = found(&[(name, "Endpoint=http://localhost;Port=8080;AccessKey=K")]);
            assert_eq!(
                connection.unwrap().endpoint().to_string(),
                "http://localhost:8080"
            );
        }
    }

    #[test]
    fn b17_b18_what_is_missing_is_said_without_a_key() {
        let error = |settings: &[(&str, &str)]| found(settings).unwrap_err().to_string();
        assert!(error(&[]).starts_with("SocketIO connection string 'Conn' does not exist."));
        assert!(
            error(&[("Conn__credential", "managedidentity")]).contains("'Conn:endpoint' propert")
        );
        assert!(error(&[("Conn__endpoint", "https://a")]).contains("identity-based"));
        assert!(!error(&[("Conn", "AccessKey=secret")]).contains("secret"));
    }
}
