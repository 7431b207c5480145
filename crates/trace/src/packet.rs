//! Arguments of events and acknowledgements, read from payloads for people.

use serde_json::Value;
use serde_json::value::RawValue;
use sio_protocol::socket::{Kind, Packet};

/// The arguments of an event or acknowledgement, as JSON texts. `None` for anything else, and for a payload that was
/// cut off.
#[must_use]
pub fn arguments(payload: &str) -> Option<Vec<String>> {
    let text = payload.strip_prefix('4')?;
    // Attachments stand behind the packet that has placeholders for them.
    let text = text.split('\u{1e}').next().unwrap_or(text);
    let packet = Packet::parse(text).ok()?;
    let all: Vec<&RawValue> = serde_json::from_str(packet.data).ok()?;
    let skipped = match packet.kind {
        Kind::Event | Kind::BinaryEvent => 1,
        Kind::Ack | Kind::BinaryAck => 0,
        _ => return None,
    };
    let all = all.into_iter().skip(skipped).map(RawValue::get);
    Some(all.map(compact).collect())
}

/// The acknowledgement among the packets of a webhook's response, as JSON texts of its arguments.
#[must_use]
pub fn acknowledgement(answer: &str) -> Option<Vec<String>> {
    let mut packets = answer.split('\u{1e}');
    let ack = packets.find(|packet| packet.starts_with("43") || packet.starts_with("46"))?;
    Some(arguments(ack).unwrap_or_default())
}

/// A JSON text without the white space between its parts, and with binary placeholders as `<binary>`.
fn compact(json: &str) -> String {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(object)) if object.contains_key("_placeholder") => "<binary>".to_owned(),
        Ok(value) => value.to_string(),
        Err(_) => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_from_events_and_acknowledgements() {
        let of = |payload: &str| arguments(payload).map(|all| all.join(" "));
        for (payload, expected) in [
            (r#"42["chat", {"a": 1}, "b"]"#, Some(r#"{"a":1} "b""#)),
            (r#"42/ns,7["chat"]"#, Some("")),
            (r#"437["ok"]"#, Some(r#""ok""#)),
            (
                "451-[\"f\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID",
                Some("<binary>"),
            ),
            (r#"42["cut off… (9 bytes)"#, None),
            (r#"40{"sid":"x"}"#, None),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(of(payload).as_deref(), expected, "{payload}");
        }
    }

    #[test]
    fn an_acknowledgement_is_found_among_other_packets() {
        let answer = "42[\"hello\"]\u{1e}43/ns,2[true]";
        assert_eq!(acknowledgement(answer), Some(vec!["true".to_owned()]));
        assert_eq!(acknowledgement("42[\"hello\"]"), None);
    }
}
