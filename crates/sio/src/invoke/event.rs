//! The webhook's request for an event of a client that does not exist.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sio_protocol::cloud_events::{SYSTEM_PREFIX, SystemEvent, USER_PREFIX, header};
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::{EventName, HubName, NameError, Namespace};
use sio_protocol::signature::{self, Signer};
use sio_protocol::socket::{Kind, Packet};
use sio_trace::TraceId;

/// The connection of the client. The signature is over it, so any will do.
const CONNECTION: &str = "sio-invoke";

/// The client's socket.
const SOCKET: &str = "sio-invoke-socket";

/// What an event is called.
#[derive(Debug, Clone)]
pub(super) enum Name {
    /// One of the service's own.
    System(SystemEvent),
    /// A client's.
    User(EventName),
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match SystemEvent::from_name(text).filter(|event| event.name() == text) {
            Some(event) => Ok(Self::System(event)),
            None => text.parse().map(Self::User),
        }
    }
}

/// An event.
pub(super) struct Event {
    pub(super) hub: HubName,
    pub(super) namespace: Namespace,
    pub(super) user: Option<String>,
    pub(super) name: Name,
    pub(super) arguments: Vec<Value>,
}

impl Event {
    /// Whether it is one of the service's own.
    pub(super) fn is_system(&self) -> bool {
        matches!(self.name, Name::System(_))
    }

    /// The payload: that of a client's event, whose sender waits for an acknowledgement, or what the service says.
    pub(super) fn payload(&self) -> String {
        let name = match &self.name {
            Name::User(name) => name,
            Name::System(SystemEvent::Connect) => {
                let lists = json!({
                    "claims": {}, "query": {}, "headers": {}, "subprotocols": [], "clientCertificates": [],
                });
                return lists.to_string();
            }
            Name::System(SystemEvent::Disconnected) => {
                let reason = self.arguments.first().and_then(Value::as_str);
                return json!({ "reason": reason.unwrap_or_default() }).to_string();
            }
            Name::System(SystemEvent::Connected) => return "{}".to_owned(),
        };
        let mut data = vec![Value::from(name.as_str())];
        data.extend_from_slice(&self.arguments);
        let data = Value::Array(data).to_string();
        let packet = Packet {
            kind: Kind::Event,
            attachments: 0,
            namespace: self.namespace.as_str(),
            ack_id: Some("0"),
            data: &data,
        };
        packet.encode()
    }

    /// The headers, signed with the service's key.
    ///
    /// # Errors
    /// A name cannot stand in a header.
    pub(super) fn headers(&self, connection: &ConnectionString) -> anyhow::Result<HeaderMap> {
        let (name, kind, content_type) = match &self.name {
            Name::User(name) => (name.as_str(), USER_PREFIX, "text/plain"),
            Name::System(event) => (event.name(), SYSTEM_PREFIX, "application/json"),
        };
        let signature = signature::header(&[Signer::new(connection.access_key())], CONNECTION);
        let mut all = vec![
            (
                header::REQUEST_ORIGIN,
                connection.endpoint().host().to_owned(),
            ),
            (header::SPEC_VERSION, "1.0".to_owned()),
            (header::SERVICE_VERSION, "1.0".to_owned()),
            (header::TYPE, format!("{kind}{name}")),
            (
                header::SOURCE,
                format!("/hubs/{}/client/{CONNECTION}", self.hub),
            ),
            (header::ID, "1".to_owned()),
            (header::TIME, now()),
            (header::SIGNATURE, signature),
            (header::CONNECTION_ID, CONNECTION.to_owned()),
            (header::HUB, self.hub.to_string()),
            (header::EVENT_NAME, name.to_owned()),
            (header::NAMESPACE, self.namespace.to_string()),
            (header::SOCKET_ID, SOCKET.to_owned()),
        ];
        if let Some(user) = &self.user {
            all.push((header::USER_ID, user.clone()));
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (name, value) in all {
            let value = HeaderValue::from_bytes(value.as_bytes())
                .with_context(|| format!("the header {name} cannot carry {value:?}"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

/// A trace that nothing else has.
pub(super) fn new_trace() -> TraceId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    TraceId::new(now << 32 | u128::from(std::process::id()))
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_what_the_service_would_send() {
        let event = Event {
            hub: HubName::new("hub").unwrap(),
            namespace: Namespace::new("/ns").unwrap(),
            user: Some("ada".to_owned()),
            name: "say".parse().unwrap(),
            arguments: vec![json!("hi")],
        };
        assert_eq!(event.payload(), r#"42/ns,0["say","hi"]"#);
        let connection =
            ConnectionString::parse("Endpoint=http://localhost:8080;AccessKey=k;").unwrap();
        let headers = event.headers(&connection).unwrap();
        assert_eq!(headers[header::TYPE], "azure.webpubsub.user.say");
        assert_eq!(headers[header::USER_ID], "ada");
        let signature = headers[header::SIGNATURE].to_str().unwrap();
        assert!(Signer::new("k").verify(signature, CONNECTION));
        let connect = Event {
            name: "connect".parse().unwrap(),
            ..event
        };
        assert!(connect.payload().starts_with(r#"{"claims":{}"#));
        let headers = connect.headers(&connection).unwrap();
        assert_eq!(headers[header::TYPE], "azure.webpubsub.sys.connect");
        assert_eq!(headers[CONTENT_TYPE], "application/json");
    }
}
