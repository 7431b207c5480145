//! Socket.IO v5 packets: the header, the event name and the arguments, borrowed from the text that carried them.
//!
//! Source: the public Socket.IO protocol, revision 5, and the rules of its reference parser as
//! docs/contracts/service.md lists them in "Events and acknowledgements".

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::engine;
use crate::javascript::{ack_id, is_space, number_of_attachments};
use crate::names::RESERVED_EVENTS;

/// The kind of a packet, by the digit it bears on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// `0`: join a namespace, or the confirmation of it.
    Connect = 0,
    /// `1`: leave a namespace.
    Disconnect = 1,
    /// `2`: an event.
    Event = 2,
    /// `3`: the acknowledgement of an event.
    Ack = 3,
    /// `4`: a namespace refused.
    ConnectError = 4,
    /// `5`: an event with attachments.
    BinaryEvent = 5,
    /// `6`: an acknowledgement with attachments.
    BinaryAck = 6,
}

impl Kind {
    fn from_digit(digit: u8) -> Option<Self> {
        Some(match digit {
            b'0' => Self::Connect,
            b'1' => Self::Disconnect,
            b'2' => Self::Event,
            b'3' => Self::Ack,
            b'4' => Self::ConnectError,
            b'5' => Self::BinaryEvent,
            b'6' => Self::BinaryAck,
            _ => return None,
        })
    }

    /// The digit of this kind.
    #[must_use]
    pub fn digit(self) -> char {
        char::from(b'0' + self as u8)
    }

    /// Whether packets of this kind announce attachments.
    #[must_use]
    pub fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }
}

/// Text that is not a Socket.IO packet, or breaks the rules of its packet type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// The first character is not a digit from 0 to 6.
    #[error("unknown Socket.IO packet type")]
    Type,
    /// A binary packet without `N-`, or with none of them.
    #[error("a binary Socket.IO packet without its number of attachments, at least one")]
    Attachments,
    /// The data is not what the kind asks for.
    #[error("invalid data in a Socket.IO packet: {0}")]
    Data(String),
    /// An event's name has half of a surrogate pair, which no text but JSON can hold.
    #[error("the event name {0:?} has half of a surrogate pair")]
    Surrogate(String),
    /// An event bears a name that Socket.IO keeps for itself.
    #[error("the event name {0:?} is reserved by Socket.IO")]
    Reserved(String),
}

/// One packet, taken apart but not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What kind of packet it is.
    pub kind: Kind,
    /// How many attachments follow.
    pub attachments: usize,
    /// The namespace; `/` where the packet names none.
    pub namespace: &'a str,
    /// The id under which the sender waits for an acknowledgement, as its digits, without zeros in front. They may
    /// exceed any integer.
    pub ack_id: Option<&'a str>,
    /// What follows the header: JSON text, or nothing.
    pub data: &'a str,
}

impl<'a> Packet<'a> {
    /// Reads the header of a packet, without the Engine.IO `4` in front. The data is left as it is.
    ///
    /// # Errors
    /// The type is unknown, or a binary packet does not say how many attachments it has.
    pub fn parse(text: &'a str) -> Result<Self, PacketError> {
        let kind = text
            .bytes()
            .next()
            .and_then(Kind::from_digit)
            .ok_or(PacketError::Type)?;
        let mut rest = &text[1..];

        let mut attachments = 0;
        if kind.is_binary() {
            let (count, after) = rest.split_once('-').ok_or(PacketError::Attachments)?;
            attachments = number_of_attachments(count).ok_or(PacketError::Attachments)?;
            rest = after;
        }

        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }

        let end = rest.find(|c: char| !c.is_ascii_digit() && !is_space(c));
        let (id, data) = rest.split_at(end.unwrap_or(rest.len()));
        Ok(Self {
            kind,
            attachments,
            namespace,
            ack_id: ack_id(id),
            data,
        })
    }

    /// Reads the data of an event.
    ///
    /// # Errors
    /// The packet is not an event, its data is not a JSON array that begins with a name, or the name is reserved.
    pub fn event(&self) -> Result<Event<'a>, PacketError> {
        if !matches!(self.kind, Kind::Event | Kind::BinaryEvent) {
            return Err(PacketError::Data("not an event".to_owned()));
        }
        Event::parse(self.data)
    }

    /// The text of the packet with the Engine.IO `4` in front.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(self.namespace.len() + self.data.len() + 24);
        write_header(
            &mut text,
            self.kind,
            self.attachments,
            self.namespace,
            self.ack_id,
        );
        text.push_str(self.data);
        text
    }
}

/// Writes everything of a message that comes before its data, the Engine.IO `4` included.
pub fn write_header(
    out: &mut String,
    kind: Kind,
    attachments: usize,
    namespace: &str,
    ack_id: Option<&str>,
) {
    out.push('4');
    out.push(kind.digit());
    if kind.is_binary() {
        let _ = write!(out, "{attachments}-"); // writing to a String cannot fail
    }
    if namespace != "/" {
        out.push_str(namespace);
        out.push(',');
    }
    out.push_str(ack_id.unwrap_or_default());
}

/// Appends attachments to a message, each as a binary packet of its own.
pub fn write_attachments<B: AsRef<[u8]>>(out: &mut String, attachments: &[B]) {
    for attachment in attachments {
        out.push(engine::SEPARATOR);
        out.push_str(&engine::encode_binary(attachment.as_ref()));
    }
}

/// The data of an event: its name and its arguments, still as JSON text.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// The first element of the list, decoded.
    pub name: Cow<'a, str>,
    /// The elements after it.
    pub arguments: Vec<&'a RawValue>,
}

impl<'a> Event<'a> {
    /// Reads `["name", …]`. A number as a name is taken as its decimal text, which the reference parser allows too.
    ///
    /// # Errors
    /// The text is not a JSON array that begins with a name, or the name is reserved.
    pub fn parse(data: &'a str) -> Result<Self, PacketError> {
        let mut arguments: Vec<&RawValue> = serde_json::from_str(data)
            .map_err(|error| PacketError::Data(format!("not a JSON array: {error}")))?;
        if arguments.is_empty() {
            return Err(PacketError::Data("no event name".to_owned()));
        }
        let name = arguments.remove(0).get();
        let name = if name.starts_with('"') {
            plain_string(name)?
        } else if name.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            Cow::Borrowed(name)
        } else {
            return Err(PacketError::Data(
                "the event name is neither a string nor a number".to_owned(),
            ));
        };
        if RESERVED_EVENTS.contains(&name.as_ref()) {
            return Err(PacketError::Reserved(name.into_owned()));
        }
        Ok(Self { name, arguments })
    }
}

/// Decodes a JSON string, borrowing it when it has no escapes.
fn plain_string(json: &str) -> Result<Cow<'_, str>, PacketError> {
    let inner = &json[1..json.len() - 1];
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    match serde_json::from_str(json) {
        Ok(text) => Ok(Cow::Owned(text)),
        // Its escapes are well-formed, or it would not have passed as JSON text; what is left are halves of pairs.
        Err(_) => Err(PacketError::Surrogate(without_halves(inner))),
    }
}

/// The text of a JSON string with U+FFFD instead of halves of surrogate pairs.
fn without_halves(inner: &str) -> String {
    let unit = |at: usize| {
        let digits = inner.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut units: Vec<u16> = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(c) = inner[at..].chars().next() {
        let (taken, length) = match unit(at) {
            Some(unit) => (vec![unit], 6),
            None if c == '\\' => {
                let escape = format!("\"{}\"", inner.get(at..at + 2).unwrap_or_default());
                let text: String = serde_json::from_str(&escape).unwrap_or_default();
                (text.encode_utf16().collect(), 2)
            }
            None => (c.encode_utf16(&mut [0; 2]).to_vec(), c.len_utf8()),
        };
        units.extend(taken);
        at += length;
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Packet<'_> {
        Packet::parse(text).unwrap()
    }

    #[test]
    fn a_header_is_taken_apart() {
        let packet = parse(r#"2/ns,13["chat","hi"]"#);
        assert_eq!(packet.kind, Kind::Event);
        assert_eq!(packet.namespace, "/ns");
        assert_eq!(packet.ack_id, Some("13"));
        assert_eq!(packet.data, r#"["chat","hi"]"#);

        let packet = parse("1/ns,");
        assert_eq!((packet.namespace, packet.data), ("/ns", ""));
        assert_eq!(parse("0/ns").namespace, "/ns");

        let packet = parse(r#"52-/ns,7["f",{"_placeholder":true,"num":0}]"#);
        assert_eq!((packet.attachments, packet.ack_id), (2, Some("7")));
    }

    #[test]
    fn numbers_are_read_as_javascript_reads_them() {
        for (text, id, data) in [
            (r#"2 ["a"]"#, Some("0"), r#"["a"]"#),
            ("2\t\u{feff}[]", Some("0"), "[]"),
            ("2 7 []", Some("7"), "[]"),
            ("2007[]", Some("7"), "[]"),
            ("200[]", Some("0"), "[]"),
            ("2/ns, []", Some("0"), "[]"),
            ("21 2[]", None, "[]"),
            ("2\u{85}[]", None, "\u{85}[]"),
            ("2+1[]", None, "+1[]"),
        ] {
            let packet = parse(text);
            assert_eq!((packet.ack_id, packet.data), (id, data), "{text:?}");
        }
        for count in [
            "1", "1.0", "01", " 1", "1 ", "+1", "1.", ".1e1", "1e0", "0x1", "0b1", "0O1",
        ] {
            assert_eq!(parse(&format!("5{count}-[]")).attachments, 1, "{count:?}");
        }
        for count in [
            "", "0", "0.0", "-1", "1.5", "1_0", "1n", "0x", "0x+1", "Infinity", "inf", "NaN",
        ] {
            let found = Packet::parse(&format!("5{count}-[]")).map(|packet| packet.attachments);
            assert_eq!(found, Err(PacketError::Attachments), "{count:?}");
        }
    }

    #[test]
    fn packets_read_back_as_written() {
        for text in [
            r#"2["a",1]"#,
            r#"2/ns,13["a",1]"#,
            r#"3/ns,13["ok"]"#,
            "1",
            "1/ns,",
            r#"0/ns,{"sid":"x"}"#,
            r#"51-["f",{"_placeholder":true,"num":0}]"#,
            r#"2123456789012345678901234567890["a"]"#,
        ] {
            assert_eq!(parse(text).encode(), format!("4{text}"));
        }
    }

    #[test]
    fn an_event_has_a_name_and_arguments() {
        let text = r#"2["消\u606f",1,{"a":[true]}]"#;
        let event = parse(text).event().unwrap();
        assert_eq!(event.name, "消息");
        let arguments: Vec<_> = event.arguments.iter().map(|raw| raw.get()).collect();
        assert_eq!(arguments, ["1", r#"{"a":[true]}"#]);
        assert_eq!(parse(r#"2[7,"x"]"#).event().unwrap().name, "7");
    }

    #[test]
    fn a_name_with_half_of_a_surrogate_pair_is_told_apart() {
        for (data, shown) in [
            (r#"["\ud800"]"#, "\u{fffd}"),
            (r#"["a\ud83d\ude00\n\udc00é"]"#, "a😀\n\u{fffd}é"),
            (r#"["\ud800\u0041\\"]"#, "\u{fffd}A\\"),
        ] {
            let error = Event::parse(data).unwrap_err();
            assert_eq!(error, PacketError::Surrogate(shown.to_owned()), "{data}");
        }
    }

    #[test]
    fn what_the_reference_parser_refuses_is_an_error() {
        // It takes an empty text for a connect packet: to JavaScript, nothing is the number 0.
        assert_eq!(Packet::parse(""), Err(PacketError::Type));
        for text in ["9", "x", "5[]", "5x-[]", "50-[]", "5-[]", "6-1-[]"] {
            assert!(Packet::parse(text).is_err(), "{text:?}");
        }
        for text in [
            "2",
            "2{}",
            "2[]",
            "2[null]",
            "2abc[\"x\"]",
            r#"2["connect"]"#,
            "2[\"a\"",
            "3[]",
        ] {
            assert!(parse(text).event().is_err(), "{text:?}");
        }
    }
}
