//! The Socket.IO codec alone: reads packets, one JSON string a line, and writes what they say, one JSON object a line.
//!
//! The codec of npm is compared with it, packet by packet (`tests/emulator/codec.test.mjs`).
//!
//! ```sh
//! echo '"2/room,7[\"chat\",1]"' | cargo run --example packets
//! ```

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};
use sio_protocol::socket::{Event, Packet, PacketError};

fn main() -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        writeln!(out, "{}", read(&text))?;
    }
    out.flush()?;
    Ok(())
}

/// What a packet says, or the error; the same for the event that an event packet holds.
fn read(text: &str) -> Value {
    let packet = match Packet::parse(text) {
        Ok(packet) => packet,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let event = match packet.event() {
        Ok(Event { name, arguments }) => {
            let arguments: Vec<&str> = arguments.iter().map(|argument| argument.get()).collect();
            json!({ "name": name, "arguments": arguments })
        }
        Err(error) => {
            let surrogate = matches!(error, PacketError::Surrogate(_));
            json!({ "error": error.to_string(), "surrogate": surrogate })
        }
    };
    json!({
        "type": packet.kind as u8,
        "attachments": packet.attachments,
        "namespace": packet.namespace,
        "id": packet.ack_id,
        "data": packet.data,
        "event": event,
        "written": packet.encode(),
    })
}
