//! The webhook: header names, event types and the JSON bodies of system events.
//!
//! Source: docs/contracts/service.md, "Request headers" and "Request bodies".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Header names, in the lower case that HTTP libraries compare by.
pub mod header {
    /// Engine.IO session, the input of the signature.
    pub const CONNECTION_ID: &str = "ce-connectionid";
    /// Hub of the connection.
    pub const HUB: &str = "ce-hub";
    /// Event name; for user events equal to the first element of the payload.
    pub const EVENT_NAME: &str = "ce-eventname";
    /// Counts the events of a connection from 0; the same when an event is sent again.
    pub const ID: &str = "ce-id";
    /// Namespace of the socket.
    pub const NAMESPACE: &str = "ce-namespace";
    /// Digests over the connection id, see [`crate::signature`].
    pub const SIGNATURE: &str = "ce-signature";
    /// Socket of the event.
    pub const SOCKET_ID: &str = "ce-socketid";
    /// `/hubs/{hub}/client/{connectionId}`.
    pub const SOURCE: &str = "ce-source";
    /// Always `1.0`.
    pub const SPEC_VERSION: &str = "ce-specversion";
    /// UTC with second precision.
    pub const TIME: &str = "ce-time";
    /// `azure.webpubsub.sys.…` or `azure.webpubsub.user.…`.
    pub const TYPE: &str = "ce-type";
    /// User of the connection; absent on anonymous ones.
    pub const USER_ID: &str = "ce-userid";
    /// Version of the service's webhook, `1.0`.
    pub const SERVICE_VERSION: &str = "ce-awpsversion";
    /// Host name of the service, without scheme and port.
    pub const REQUEST_ORIGIN: &str = "webhook-request-origin";
    /// The answer to it: that host, or `*`.
    pub const ALLOWED_ORIGIN: &str = "webhook-allowed-origin";
}

/// What begins the type of an event that the service itself made.
pub const SYSTEM_PREFIX: &str = "azure.webpubsub.sys.";

/// What begins the type of an event that a client emitted.
pub const USER_PREFIX: &str = "azure.webpubsub.user.";

/// The events that the service makes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemEvent {
    /// A client asks to join a namespace; the answer decides.
    Connect,
    /// It has joined; the answer is not awaited.
    Connected,
    /// It has left; the answer is not awaited.
    Disconnected,
}

impl SystemEvent {
    /// The event's name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
        }
    }

    /// Reads a name, ignoring case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Connect, Self::Connected, Self::Disconnected]
            .into_iter()
            .find(|event| event.name().eq_ignore_ascii_case(name))
    }
}

/// Whether a `ce-type` is that of a system event. The prefix decides, whatever its case; the name is in `ce-eventName`.
#[must_use]
pub fn is_system(ce_type: &str) -> bool {
    ce_type
        .get(..SYSTEM_PREFIX.len())
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(SYSTEM_PREFIX))
}

/// Names with all their values, as the connect body carries claims, query and headers.
pub type Values = BTreeMap<String, Vec<String>>;

/// The body of `connect`. Members that are missing or `null` read as empty, and so does `null` inside of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectBody {
    /// Claims of the access token, under the token's own names.
    #[serde(deserialize_with = "values")]
    pub claims: Values,
    /// Query of the opening request, without the token.
    #[serde(deserialize_with = "values")]
    pub query: Values,
    /// Headers of the opening request, without credentials.
    #[serde(deserialize_with = "values")]
    pub headers: Values,
    /// Certificates that the client presented. One of which the service knows nothing may be `null`, and is left out.
    #[serde(deserialize_with = "without_nulls")]
    pub client_certificates: Vec<ClientCertificate>,
    /// Always empty for Socket.IO, yet the Functions extension insists on the member.
    #[serde(deserialize_with = "without_nulls")]
    pub subprotocols: Vec<String>,
}

/// A certificate that a client presented.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCertificate {
    /// SHA-1 thumbprint. The Functions extension spells the member with a capital letter.
    #[serde(alias = "Thumbprint", default)]
    pub thumbprint: Option<String>,
    /// The certificate itself, where the service passes it on.
    #[serde(default)]
    pub content: Option<String>,
}

/// The body of `disconnected`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DisconnectedBody {
    /// Why the socket left; empty when the client closed it in the normal way.
    #[serde(deserialize_with = "null_is_default")]
    pub reason: String,
}

fn null_is_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: serde::Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A list without its nulls.
fn without_nulls<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    let list: Vec<Option<T>> = null_is_default(deserializer)?;
    Ok(list.into_iter().flatten().collect())
}

fn values<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(transparent)]
    struct List(#[serde(deserialize_with = "without_nulls")] Vec<String>);

    let values: BTreeMap<String, List> = null_is_default(deserializer)?;
    let lists = values.into_iter().map(|(name, List(list))| (name, list));
    Ok(lists.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_of_the_type_decides_ignoring_case() {
        assert!(is_system("azure.webpubsub.sys.connect"));
        assert!(is_system("AZURE.WEBPUBSUB.SYS.x"));
        assert!(!is_system("azure.webpubsub.user.connected"));
        assert!(!is_system(""));
    }

    #[test]
    fn a_connect_body_has_all_five_members_and_reads_back_without_them() {
        let text = serde_json::to_string(&ConnectBody::default()).unwrap();
        for member in [
            "claims",
            "query",
            "headers",
            "clientCertificates",
            "subprotocols",
        ] {
            assert!(text.contains(member), "{text}");
        }
        let body: ConnectBody = serde_json::from_str(r#"{"claims":null}"#).unwrap();
        assert_eq!(body, ConnectBody::default());
    }

    #[test]
    fn nulls_in_a_connect_body_are_nothing() {
        let text = r#"{"claims":{"sub":["ada",null]},"query":{"a":null,"b":[null]},"clientCertificates":[null,{"Thumbprint":"x"}]}"#;
        let body: ConnectBody = serde_json::from_str(text).unwrap();
        assert_eq!(body.claims["sub"], ["ada"]);
        assert!(body.query["a"].is_empty() && body.query["b"].is_empty());
        assert_eq!(body.client_certificates.len(), 1);
        assert_eq!(body.client_certificates[0].thumbprint.as_deref(), Some("x"));
    }

    #[test]
    fn a_missing_reason_is_empty() {
        for text in ["{}", r#"{"reason":null}"#, r#"{"reason":""}"#] {
            let body: DisconnectedBody = serde_json::from_str(text).unwrap();
            assert_eq!(body.reason, "");
        }
    }
}
