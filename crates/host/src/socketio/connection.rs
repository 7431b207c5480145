//! Which service: connection settings and hubs (docs/contracts/socketio-extension.md, "Settings", "Connection-string
//! grammar", "Hub").

use std::fmt;

use sio_protocol::connection_string::{ConnectionString, Endpoint};
use sio_protocol::signature::Signer;
use sio_protocol::token::{NewClaims, sign};

use super::identity::{Identity, Tokens};
use crate::app::Variables;

/// The setting that must exist, whatever other connections the bindings name.
pub(crate) const DEFAULT: &str = "WebPubSubForSocketIOConnectionString";

/// Seconds for which a request's token holds.
const LIFETIME: i64 = 300;

/// A service that a binding names.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    endpoint: Endpoint,
    proof: Proof,
}

/// What proves to the service who asks, and to us who posts.
#[derive(Clone)]
enum Proof {
    Key { key: String, signer: Box<Signer> },
    Identity { identity: Identity, tokens: Tokens },
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { .. } => f.write_str("Key(…)"),
            Self::Identity { identity, .. } => identity.fmt(f),
        }
    }
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
        "the connection '{0}' is identity-based ({0}__endpoint), and this host was given no source of tokens\nhint: `sio host` has one; without it set {0} to a connection string with an access key, such as the one that `sio emulator` prints"
    )]
    Identity(String),
    #[error(
        "the connection '{0}' sends the token of an identity, and its endpoint is http://, where everyone on the way can read it\nhint: write {0}__endpoint with https://, as the service has it"
    )]
    Readable(String),
    #[error("the connection string in {name}: {what}")]
    Malformed { name: String, what: String },
}

impl Connection {
    /// Looks a connection up by the name of its setting. One by identity needs a source of tokens.
    pub(crate) fn find(
        variables: &Variables,
        name: &str,
        tokens: Option<&Tokens>,
    ) -> Result<Self, ConnectionError> {
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
        let malformed = |error: &dyn std::fmt::Display| ConnectionError::Malformed {
            name: name.to_owned(),
            what: error.to_string(),
        };
        if !value.trim().is_empty() {
            let service = ConnectionString::parse(value).map_err(|error| malformed(&error))?;
            let key = service.access_key().to_owned();
            return Ok(Self {
                endpoint: service.endpoint().clone(),
                proof: Proof::Key {
                    signer: Box::new(Signer::new(&key)),
                    key,
                },
            });
        }
        let endpoint = variables.configured(&format!("{found}:endpoint"));
        let endpoint = endpoint.map(str::trim).filter(|text| !text.is_empty());
        let endpoint = endpoint.ok_or_else(|| ConnectionError::NoEndpoint(name.to_owned()))?;
        let tokens = tokens.ok_or_else(|| ConnectionError::Identity(name.to_owned()))?;
        let endpoint = Endpoint::parse(endpoint).map_err(|error| malformed(&error))?;
        if !endpoint.is_loopback() && !endpoint.to_string().starts_with("https://") {
            return Err(ConnectionError::Readable(name.to_owned()));
        }
        Ok(Self {
            endpoint,
            proof: Proof::Identity {
                identity: Identity {
                    connection: name.to_owned(),
                    settings: variables.section(found),
                },
                tokens: tokens.clone(),
            },
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The access key, if it is that which signs. Do not log it.
    pub(super) fn key(&self) -> Option<&str> {
        match &self.proof {
            Proof::Key { key, .. } => Some(key),
            Proof::Identity { .. } => None,
        }
    }

    /// The token for a request to this URL (docs/contracts/socketio-extension.md, "Authorization of REST calls").
    pub(super) async fn token(&self, url: &str, now: i64) -> Result<String, String> {
        match &self.proof {
            Proof::Key { key, .. } => {
                let claims = NewClaims::new(url, now, LIFETIME);
                sign(key, &claims).map_err(|error| error.to_string())
            }
            Proof::Identity { identity, tokens } => tokens.of(identity).await,
        }
    }

    /// Is an event of this connection id signed as it must be? Without a key the extension looks at no signature.
    pub(super) fn is_signed(&self, signature: &str, id: &str) -> bool {
        match &self.proof {
            Proof::Key { signer, .. } => signer.verify(signature, id),
            Proof::Identity { .. } => true,
        }
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
        Connection::find(&variables, "Conn", None)
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
    fn an_error_names_what_is_missing_and_shows_no_key() {
        let error = |settings: &[(&str, &str)]| found(settings).unwrap_err().to_string();
        assert!(error(&[]).starts_with("SocketIO connection string 'Conn' does not exist."));
        assert!(
            error(&[("Conn__credential", "managedidentity")]).contains("'Conn:endpoint' propert")
        );
        assert!(error(&[("Conn__endpoint", "https://a")]).contains("identity-based"));
        let tokens = Tokens::new(|_| async { Ok(String::new()) });
        let identity = |endpoint: &str| {
            let mut variables = Variables::default();
            variables.set("Conn__endpoint", endpoint);
            variables.set("Conn__clientSecret", "secret");
            Connection::find(&variables, "Conn", Some(&tokens))
        };
        // Without a key, the endpoint's host is that of the origin.
        for (endpoint, host) in [
            ("http://localhost:8080/", "localhost"),
            ("https://abc.com/", "abc.com"),
        ] {
            let found = identity(endpoint).unwrap();
            assert_eq!((found.endpoint().host(), found.key()), (host, None));
            let shown = format!("{found:?}");
            assert!(
                shown.contains("clientsecret") && !shown.contains("\"secret"),
                "{shown}"
            );
        }
        let error_text = identity("http://abc.com").unwrap_err().to_string();
        assert!(error_text.contains("https://"), "{error_text}");
        assert!(!error(&[("Conn", "AccessKey=secret")]).contains("secret"));
    }
}
