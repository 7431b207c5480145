//! The readers of the wire formats, given any text: what the fuzz targets call, and what tests call with their corpus.
//!
//! Each function panics where a promise does not hold; otherwise its result does not matter.

use crate::connection_string::ConnectionString;
use crate::engine;
use crate::group::{self, Group};
use crate::names::HubName;
use crate::signature::Signer;
use crate::socket::Packet;
use crate::token;

/// What is decoded is encoded to the same packet.
pub fn engine(text: &str) {
    for piece in engine::split(text) {
        if let Ok(packet) = engine::Packet::decode(piece) {
            let again = packet.encode();
            assert_eq!(
                engine::Packet::decode(&again).as_ref(),
                Ok(&packet),
                "{again:?}"
            );
        }
    }
}

/// What is parsed is encoded to the same packet, and reading it as an event does not panic.
///
/// One packet has no text that is read as the same: `2/,/x` names the main namespace, which is left out of packets, and
/// without it `/x` is a namespace.
pub fn socket(text: &str) {
    let Ok(packet) = Packet::parse(text) else {
        return;
    };
    let _ = packet.event();
    let is_ambiguous =
        packet.namespace == "/" && packet.ack_id.is_none() && packet.data.starts_with('/');
    if !is_ambiguous {
        // It is encoded as an Engine.IO message.
        let again = packet.encode();
        let message = again.strip_prefix('4').map(Packet::parse);
        assert_eq!(message, Some(Ok(packet)), "{again:?}");
    }
}

/// A group's name says which namespace and room it is for.
pub fn group(text: &str) {
    if let Some((namespace, room)) = group::decode(text) {
        let again = Group::encode(&namespace, room.as_deref().unwrap_or_default());
        assert_eq!(group::decode(again.as_str()), Some((namespace, room)));
    }
    let _ = HubName::new(text);
}

/// No error and no debug text shows a value, and what is read is written to the same.
pub fn connection_string(text: &str) {
    const KEY: &str = "0123456789abcdefKEY";
    if let Ok(read) = ConnectionString::parse(text) {
        assert_eq!(ConnectionString::parse(&read.reveal()).as_ref(), Ok(&read));
    }
    // A fuzzer learns the key from comparisons. Where the text has it, it is part of the address and shown; its first
    // digits may come from the escape of another character.
    if text.contains(&KEY[3..]) {
        return;
    }
    for whole in [
        format!("{text}{KEY}"),
        format!("{text};AccessKey={KEY}"),
        format!("Endpoint={text}AccessKey={KEY};Version=1.0;"),
    ] {
        match ConnectionString::parse(&whole) {
            // Where the key's text became a part of the address, it is not a key.
            Ok(read) if read.access_key().contains(KEY) => {
                let shown = format!("{read:?}");
                assert!(!shown.contains(KEY), "{shown}");
            }
            Ok(_) => {}
            Err(error) => {
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains(KEY), "{shown}");
            }
        }
    }
}

/// Only what was signed with the key is taken for it.
pub fn token(text: &str) {
    let verified = token::verify(text, &["a key that no text was signed with"], 0, |_| true);
    assert!(verified.is_err(), "{text:?}");
    let signer = Signer::new("another key");
    assert!(!signer.verify(text, "connection"), "{text:?}");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Gives every file of a target's corpus, and every text that once broke it, to the target.
    fn replay(target: &str, run: fn(&str)) {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
        let mut seeds = 0;
        for folder in ["corpus", "crashes"] {
            let Ok(files) = std::fs::read_dir(fuzz.join(folder).join(target)) else {
                continue;
            };
            for file in files {
                let path = file.unwrap().path();
                let text = std::fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&text);
                if std::panic::catch_unwind(|| run(&text)).is_err() {
                    panic!("{} breaks the target {target}", path.display());
                }
                seeds += 1;
            }
        }
        assert!(seeds > 0, "{target} has no seeds");
    }

    macro_rules! replays {
        ($($target:ident),*) => {
            $(
                #[test]
                fn $target() {
                    replay(stringify!($target), super::$target);
                }
            )*
        };
    }

    replays!(engine, socket, group, connection_string, token);

    #[test]
    fn each_reader_takes_time_that_grows_with_the_text() {
        growth::assert_linear("engine", super::engine);
        growth::assert_linear("socket", |text| {
            for begin in ["2", "2[\"e\",", "51-", "0/"] {
                super::socket(&format!("{begin}{text}"));
            }
        });
        growth::assert_linear("group", |text| {
            for begin in ["", "0~"] {
                super::group(&format!("{begin}{text}"));
            }
        });
        growth::assert_linear("connection string", super::connection_string);
        growth::assert_linear("token", super::token);
        growth::assert_linear("surrogates", |text| {
            let _ = crate::surrogates::replace_lone_surrogates(text);
            let _ = crate::surrogates::replace_lone_surrogates(&text.replace('a', "\\ud800"));
        });
        growth::assert_linear("traceparent", |text| {
            let _ = crate::trace_parent::TraceParent::parse(text);
        });
        growth::assert_linear("a literal", |text| {
            let _ = crate::filter::literal(text);
        });
    }
}
