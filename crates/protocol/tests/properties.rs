//! What holds for every input: what was written reads back, and no input makes a parser panic.

#![expect(
    clippy::unwrap_used,
    reason = "a property that does not hold says where"
)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sio_protocol::cloud_events::{ConnectBody, DisconnectedBody};
use sio_protocol::connection_string::{ConnectionString, Endpoint};
use sio_protocol::engine;
use sio_protocol::group::{self, Group};
use sio_protocol::names::{EventName, HubName, Namespace, Room};
use sio_protocol::signature::Signer;
use sio_protocol::socket::{self, Kind};
use sio_protocol::token::{self, CLOCK_SKEW, NewClaims};
use sio_protocol::{audience, filter};

const KINDS: [Kind; 7] = [
    Kind::Connect,
    Kind::Disconnect,
    Kind::Event,
    Kind::Ack,
    Kind::ConnectError,
    Kind::BinaryEvent,
    Kind::BinaryAck,
];

/// A hub's name.
fn hub() -> impl Strategy<Value = HubName> {
    "[A-Za-z][A-Za-z0-9_]{0,20}".prop_map(|name| HubName::new(name).unwrap())
}

/// An address as people write it.
fn address() -> impl Strategy<Value = String> {
    "https?://[a-z][a-z0-9-]{0,10}[a-z0-9](\\.example)?(:[1-9][0-9]{0,3})?(/[a-z]{1,5})?/{0,2}"
}

/// Text that looks enough like a packet to get past the first check.
fn packet_like() -> impl Strategy<Value = String> {
    "[0-9bx]?[0-9]{0,20}-?(/[a-z\\PC]{0,5},?)?[0-9]{0,3}(\\PC|[\\[\\]{}\",:]){0,20}"
}

proptest! {
    #[test]
    fn an_engine_packet_reads_back(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        for packet in [
            engine::Packet::Open(&text),
            engine::Packet::Close,
            engine::Packet::Ping(&text),
            engine::Packet::Pong(&text),
            engine::Packet::Message(&text),
            engine::Packet::Upgrade,
            engine::Packet::Noop,
            engine::Packet::Binary(bytes.clone()),
        ] {
            let written = packet.encode();
            prop_assert_eq!(engine::Packet::decode(&written), Ok(packet));
        }
    }

    #[test]
    fn a_payload_splits_into_its_packets(texts in prop::collection::vec("[^\u{1e}]{0,20}", 1..5)) {
        let payload = texts.join(&engine::SEPARATOR.to_string());
        let parts: Vec<&str> = engine::split(&payload).collect();
        prop_assert_eq!(parts, texts);
    }

    #[test]
    fn a_message_with_attachments_splits_into_them(
        blobs in prop::collection::vec(any::<Vec<u8>>(), 1..4),
    ) {
        let mut text = String::new();
        socket::write_header(&mut text, Kind::BinaryEvent, blobs.len(), "/", None);
        text.push_str(r#"["e"]"#);
        socket::write_attachments(&mut text, &blobs);
        let mut parts = engine::split(&text);
        let head = parts.next().unwrap();
        let packet = socket::Packet::parse(&head[1..]).unwrap();
        prop_assert_eq!(packet.attachments, blobs.len());
        let read: Vec<_> = parts.map(|part| engine::Packet::decode(part).unwrap()).collect();
        let written: Vec<_> = blobs.into_iter().map(engine::Packet::Binary).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn a_socket_packet_reads_back(
        kind in prop::sample::select(KINDS.to_vec()),
        attachments in 1_usize..1000,
        namespace in "/([^,]{0,10})",
        ack_id in prop::option::of("0|[1-9][0-9]{0,39}"),
        data in prop::option::of("[\\[{\"](\\PC){0,20}"),
    ) {
        let packet = socket::Packet {
            kind,
            attachments: if kind.is_binary() { attachments } else { 0 },
            namespace: &namespace,
            ack_id: ack_id.as_deref(),
            data: data.as_deref().unwrap_or_default(),
        };
        let text = packet.encode();
        let Ok(engine::Packet::Message(message)) = engine::Packet::decode(&text) else {
            return Err(TestCaseError::fail("no message"));
        };
        prop_assert_eq!(socket::Packet::parse(message), Ok(packet));
    }

    #[test]
    fn an_event_reads_back(name in any::<String>(), arguments in prop::collection::vec(any::<String>(), 0..4)) {
        let mut list = vec![Value::from(name.clone())];
        list.extend(arguments.iter().cloned().map(Value::from));
        let text = format!("2{}", Value::Array(list));
        let event = socket::Packet::parse(&text).unwrap().event();
        match EventName::new(name.as_str()) {
            Ok(_) => {
                let event = event.unwrap();
                prop_assert_eq!(event.name.as_ref(), name);
                let read: Vec<String> = event
                    .arguments
                    .iter()
                    .map(|raw| serde_json::from_str(raw.get()).unwrap())
                    .collect();
                prop_assert_eq!(read, arguments);
            }
            // A name that no handler may have may be refused or not, but not misread.
            Err(_) => if let Ok(event) = event {
                prop_assert_eq!(event.name.as_ref(), name);
            },
        }
    }

    #[test]
    fn no_text_makes_a_parser_of_packets_panic(text in prop_oneof![any::<String>(), packet_like()]) {
        let _ = engine::Packet::decode(&text);
        if let Ok(packet) = socket::Packet::parse(&text) {
            let _ = packet.event();
            prop_assert!(!packet.encode().is_empty());
        }
        let _ = serde_json::from_str::<engine::Handshake>(&text);
    }

    #[test]
    fn a_group_reads_back(namespace in any::<String>(), room in any::<String>()) {
        let group = Group::encode(&namespace, &room);
        // It needs no escaping anywhere.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '~' | '-' | '_');
        prop_assert!(group.as_str().chars().all(plain), "{}", group);
        let room = (!room.is_empty()).then_some(room);
        prop_assert_eq!(group::decode(group.as_str()), Some((namespace, room)));
    }

    #[test]
    fn no_name_of_a_group_panics(name in prop_oneof![any::<String>(), "0~[A-Za-z0-9+/=_~-]{0,20}"]) {
        if let Some((namespace, room)) = group::decode(&name) {
            let again = Group::encode(&namespace, room.as_deref().unwrap_or_default());
            prop_assert_eq!(group::decode(again.as_str()), Some((namespace, room)));
        }
    }

    #[test]
    fn a_name_is_kept_as_it_is_or_refused(text in any::<String>()) {
        for kept in [
            HubName::new(text.as_str()).map(|name| name.to_string()),
            Namespace::new(text.as_str()).map(|name| name.to_string()),
            Room::new(text.as_str()).map(|name| name.to_string()),
            EventName::new(text.as_str()).map(|name| name.to_string()),
        ].into_iter().flatten() {
            prop_assert_eq!(kept, text.as_str());
        }
    }

    #[test]
    fn a_literal_of_a_filter_ends_where_it_should(text in any::<String>()) {
        let literal = filter::literal(&text);
        let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
        // Every quote is doubled, so none of them ends the literal early.
        prop_assert_eq!(inner.matches('\'').count(), 2 * text.matches('\'').count());
        prop_assert_eq!(inner.replace("''", "'"), text);
    }

    #[test]
    fn a_connection_string_reads_back(address in address(), key in "[!-:<-~][ -:<-~]{0,40}[!-:<-~]") {
        let endpoint = Endpoint::parse(&address).unwrap();
        let written = ConnectionString::new(endpoint.clone(), key.as_str());
        let read = ConnectionString::parse(&written.reveal()).unwrap();
        prop_assert_eq!(read.access_key(), key);
        prop_assert_eq!(read.endpoint().to_string(), endpoint.to_string());
        prop_assert_eq!(&Endpoint::parse(&endpoint.to_string()).unwrap(), &endpoint);
    }

    #[test]
    fn no_connection_string_panics_or_is_told_with_its_key(
        text in any::<String>(),
        pieces in prop::collection::vec("(Endpoint|Port|Version|x)=[ -:<-~]{0,12}", 0..4),
    ) {
        let _ = Endpoint::parse(&text);
        let _ = ConnectionString::parse(&text);
        let secret = "sécrèt";
        let whole = format!("AccessKey={secret};{};AccessKey={secret}", pieces.join(";"));
        if let Err(error) = ConnectionString::parse(&whole) {
            prop_assert!(!error.to_string().contains(secret), "{}", error);
        }
        let whole = format!("AccessKey={secret};{}", pieces.join(";"));
        match ConnectionString::parse(&whole) {
            Ok(read) => {
                let shown = format!("{read:?}");
                prop_assert!(!shown.contains(secret), "{}", shown);
            }
            Err(error) => prop_assert!(!error.to_string().contains(secret), "{}", error),
        }
    }

    #[test]
    fn a_clients_audience_is_that_of_its_hub_alone(address in address(), hub in hub(), other in hub()) {
        let text = audience::client(&address, &hub);
        prop_assert!(audience::is_client(&text, &[&address], &hub), "{}", text);
        prop_assert!(audience::is_client(&text.to_ascii_uppercase(), &[&address], &hub));
        let same = hub.as_str().eq_ignore_ascii_case(other.as_str());
        prop_assert_eq!(audience::is_client(&text, &[&address], &other), same);
    }

    #[test]
    fn a_calls_audience_is_that_of_its_path(address in address(), path in "(/[a-z:~]{1,6}){1,4}", query in "[a-z=&]{0,9}") {
        let url = format!("{}{path}", address.trim_end_matches('/'));
        let with_query = format!("{url}?{query}");
        let with_more = format!("{url}x");
        prop_assert!(audience::is_rest(&url, &[&address], &path));
        prop_assert!(audience::is_rest(&with_query, &[&address], &path));
        prop_assert!(!audience::is_rest(&with_more, &[&address], &path));
    }

    #[test]
    fn no_audience_panics(text in any::<String>(), endpoint in any::<String>(), hub in hub()) {
        let _ = audience::is_client(&text, &[&endpoint], &hub);
        let _ = audience::is_rest(&text, &[&endpoint], &text);
    }

    #[test]
    fn a_token_says_what_was_signed(
        key in any::<String>(),
        user in "\\PC{1,20}",
        aud in any::<String>(),
        now in 0_i64..=i64::from(u32::MAX),
        lifetime in 0_i64..=86_400,
    ) {
        let claims = NewClaims::new(&aud, now, lifetime).user(Some(&user));
        let signed = token::sign(&key, &claims).unwrap();
        let read = token::verify(&signed, &[&key], now, |found| found == aud).unwrap();
        prop_assert_eq!(read.user(), Some(user.as_str()));
        let other = format!("{key}x");
        prop_assert!(token::verify(&signed, &[&other], now, |_| true).is_err());
        let late = now + lifetime + CLOCK_SKEW + 1;
        prop_assert!(token::verify(&signed, &[&key], late, |_| true).is_err());
        prop_assert!(token::verify(&signed, &[&key], now, |_| false).is_err());
    }

    #[test]
    fn no_token_panics_whatever_its_times(
        text in any::<String>(),
        exp in any::<i64>(),
        nbf in prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from)],
        now in any::<i64>(),
    ) {
        prop_assert!(token::verify(&text, &["key"], now, |_| true).is_err());
        let signed = token::sign("key", &json!({ "aud": "a", "exp": exp, "nbf": nbf })).unwrap();
        let _ = token::verify(&signed, &["key"], now, |_| true);
        let _ = NewClaims::new("a", now, exp);
    }

    #[test]
    fn a_signature_is_of_its_key_and_connection_alone(key in any::<String>(), id in any::<String>(), other in any::<String>()) {
        let signer = Signer::new(&key);
        let header = signer.sign(&id);
        prop_assert!(signer.verify(&header, &id));
        let after_another = format!("sha256=0,{header}");
        prop_assert!(signer.verify(&after_another, &id));
        prop_assert_eq!(signer.verify(&header, &other), id == other);
        prop_assert!(!signer.verify(&other, &id));
        let another = Signer::new(&format!("{key}x"));
        prop_assert!(!another.verify(&header, &id));
    }

    #[test]
    fn the_bodies_of_system_events_read_back(
        names in prop::collection::vec((any::<String>(), prop::collection::vec(any::<String>(), 0..3)), 0..4),
        reason in any::<String>(),
    ) {
        let values: std::collections::BTreeMap<_, _> = names.into_iter().collect();
        let body = ConnectBody {
            claims: values.clone(),
            query: values.clone(),
            headers: values,
            ..ConnectBody::default()
        };
        let text = serde_json::to_string(&body).unwrap();
        prop_assert_eq!(serde_json::from_str::<ConnectBody>(&text).unwrap(), body);
        let body = DisconnectedBody { reason: reason.clone() };
        let text = serde_json::to_string(&body).unwrap();
        prop_assert_eq!(serde_json::from_str::<DisconnectedBody>(&text).unwrap(), body);
        // Unknown members are ignored.
        let more = Map::from_iter([(reason, Value::Null)]);
        let text = Value::Object(more).to_string();
        prop_assert!(serde_json::from_str::<ConnectBody>(&text).is_ok());
    }
}
