//! Messages to a room, private messages, and who is typing.

use serde::Serialize;
use socketio_functions::prelude::*;

use crate::receipt::{Receipt, accepted, now, refused};
use crate::rooms;

/// The longest message, in characters.
const TEXT_LENGTH: usize = 2000;

/// A message as its receivers get it.
#[derive(Debug, Serialize)]
struct Message<'a> {
    /// Where it was said; none for a private message.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    from: UserId,
    text: &'a str,
    /// Milliseconds since 1970.
    at: u64,
}

/// socket.emit("message", room, text, (answer) => …)
pub(crate) async fn message(
    socket: Socket,
    user: UserId,
    Args((room, text)): Args<(String, String)>,
    io: Io,
) -> Result<Ack<(Receipt,)>, Refusal> {
    let room = rooms::checked(&room)?;
    let message = Message {
        room: Some(room),
        from: user,
        text: checked(&text)?,
        at: now(),
    };
    io.to(room).except(&socket).emit("message", (&message,));
    Ok(accepted(message.at))
}

/// socket.emit("whisper", name, text, (answer) => …)
pub(crate) async fn whisper(
    user: UserId,
    Args((to, text)): Args<(String, String)>,
    io: Io,
) -> Result<Ack<(Receipt,)>, Refusal> {
    if to.trim().is_empty() {
        return Err(refused("Say to whom."));
    }
    let message = Message {
        room: None,
        from: user,
        text: checked(&text)?,
        at: now(),
    };
    io.user(to.trim()).emit("whisper", (&message,));
    Ok(accepted(message.at))
}

/// socket.emit("typing", room, true or false)
pub(crate) async fn typing(
    socket: Socket,
    user: UserId,
    Args((room, on)): Args<(String, bool)>,
    io: Io,
) -> Result<(), Refusal> {
    let room = rooms::checked(&room)?;
    io.to(room).except(&socket).emit("typing", (room, user, on));
    Ok(())
}

fn checked(text: &str) -> Result<&str, Refusal> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(refused("There is nothing to send.")),
        1..=TEXT_LENGTH => Ok(text),
        _ => Err(refused("This message is too long.")),
    }
}
