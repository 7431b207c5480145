//! Packets of a client put together with the attachments that follow them.

use bytes::Bytes;
use sio_protocol::engine::{SEPARATOR, encode_binary};
use sio_protocol::socket::Packet as SocketPacket;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::inbound::{Inbound, Violation, interpret};
use crate::transport::Packet;

/// Attachments of one packet, as many as the reference parser takes.
const MOST_ATTACHMENTS: usize = 10;

/// Puts packets together with the attachments that follow them.
#[derive(Debug)]
pub(super) struct Assembler {
    partial: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    inbound: Inbound,
    text: String,
    missing: usize,
}

impl Assembler {
    pub(super) fn new() -> Self {
        Self { partial: None }
    }

    /// Takes the next piece; a complete packet comes out when there is one.
    pub(super) fn take(&mut self, packet: Packet) -> Result<Option<Inbound>, Violation> {
        match packet {
            Packet::Text(text) if self.partial.is_none() => self.message(&text),
            Packet::Text(_) => Err(Violation::new("a message where an attachment was due")),
            Packet::Binary(bytes) => self.attachment(&bytes),
        }
    }

    fn message(&mut self, text: &Utf8Bytes) -> Result<Option<Inbound>, Violation> {
        let packet = SocketPacket::parse(text.get(1..).unwrap_or_default())
            .map_err(|error| Violation::new(error.to_string()))?;
        if packet.attachments > MOST_ATTACHMENTS {
            return Err(Violation::new(format!(
                "{} attachments, of {MOST_ATTACHMENTS} allowed",
                packet.attachments
            )));
        }
        let inbound = interpret(&packet, text)?;
        if packet.attachments == 0 {
            return Ok(Some(inbound));
        }
        self.partial = Some(Partial {
            inbound,
            text: text.to_string(),
            missing: packet.attachments,
        });
        Ok(None)
    }

    fn attachment(&mut self, bytes: &Bytes) -> Result<Option<Inbound>, Violation> {
        let Some(partial) = &mut self.partial else {
            return Err(Violation::new("an attachment that no message announced"));
        };
        // Default mode has it in this form; for serverless mode it is undocumented (D18).
        partial.text.push(SEPARATOR);
        partial.text.push_str(&encode_binary(bytes));
        partial.missing -= 1;
        if partial.missing > 0 {
            return Ok(None);
        }
        Ok(self.partial.take().map(|mut partial| {
            if let Inbound::Event { body, .. } | Inbound::Ack { body, .. } = &mut partial.inbound {
                *body = partial.text.into();
            }
            partial.inbound
        }))
    }
}

#[cfg(test)]
mod tests {
    use sio_protocol::names::Namespace;

    use super::*;

    fn take(pieces: &[Packet]) -> Result<Vec<Inbound>, Violation> {
        let mut assembler = Assembler::new();
        let mut complete = Vec::new();
        for piece in pieces {
            complete.extend(assembler.take(piece.clone())?);
        }
        Ok(complete)
    }

    #[test]
    fn attachments_are_put_behind_their_event() {
        let header = r#"452-["up",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
        let bytes = |bytes: &'static [u8]| Packet::Binary(Bytes::from_static(bytes));
        let pieces = [Packet::text(header), bytes(&[1, 2, 3]), bytes(&[])];
        assert_eq!(
            take(&pieces).unwrap(),
            [Inbound::Event {
                namespace: Namespace::main(),
                name: "up".to_owned(),
                ack: false,
                body: format!("{header}\u{1e}bAQID\u{1e}b").into(),
            }]
        );
        assert_eq!(take(&pieces[..2]).unwrap(), []);
    }

    proptest::proptest! {
        #[test]
        fn no_packets_break_the_assembler(
            texts in proptest::collection::vec("4(\\PC|[0-9/,\\[\\]{}\"-]|\"a\"){0,20}", 1..5)
        ) {
            let packets: Vec<Packet> = texts.iter().map(|text| Packet::text(text.as_str())).collect();
            let _ = take(&packets);
        }
    }

    #[test]
    fn violations_are_found() {
        let bytes = Packet::Binary(Bytes::from_static(&[1]));
        for text in [
            "4",
            "4abc",
            "49",
            "42{}",
            "42[]",
            r#"42["connect"]"#,
            "42abc[1]",
            "42[\"a\"",
            "42[null]",
            "40[]",
            "40{",
            "41{}",
            "452[\"x\"]",
            "450-[\"x\"]",
            "45-[\"x\"]",
            r#"451-["x",{"_placeholder":true,"num":1}]"#,
            r#"451-["x",{"a":[{"_placeholder":true,"num":-1}]}]"#,
            r#"451-["x",{"_placeholder":true,"num":"0"}]"#,
            r#"451-["x",{"_placeholder":true}]"#,
            r#"461-0[{"_placeholder":true,"num":1}]"#,
            "431{}",
            "431\"x\"",
            "431[",
            "44",
            "44{}",
            "44\"x\"",
            "42/a\u{1},[\"x\"]",
            "41/a\u{1},",
            "4511-[\"x\"]",
        ] {
            assert!(take(&[Packet::text(text)]).is_err(), "{text}");
        }
        assert!(take(std::slice::from_ref(&bytes)).is_err());
        assert!(take(&[Packet::text(r#"452-["x"]"#), bytes, Packet::text("40")]).is_err());
    }

    #[test]
    fn packets_are_read_in_time_that_grows_with_them() {
        type Text = fn(&str) -> String;
        let texts: [(&str, Text); 6] = [
            ("a packet", |text| format!("4{text}")),
            ("an event", |text| format!("42{text}")),
            ("arguments", |text| format!("42[\"e\",{text:?}]")),
            ("a name", |text| format!("42[{text:?}]")),
            ("a namespace", |text| format!("40/{text},")),
            ("placeholders", |text| {
                let text = text.replace('a', "{\"_placeholder\":true,\"num\":0},");
                format!("451-[\"e\",{text}0]")
            }),
        ];
        for (what, text) in texts {
            growth::assert_linear(what, |hostile| {
                let _ = take(&[Packet::text(text(hostile))]);
            });
        }
    }
}
