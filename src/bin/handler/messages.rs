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
    Data((room, text)): Data<(String, String)>,
) -> Result<Ack<Receipt>, Refusal> {
    let room = rooms::checked(&room)?;
    let message = Message {
        room: Some(room),
        from: user,
        text: checked(&text)?,
        at: now(),
    };
    socket.to(room).emit("message", &message);
    Ok(accepted(message.at))
}

/// socket.emit("whisper", name, text, (answer) => …)
pub(crate) async fn whisper(
    user: UserId,
    Data((to, text)): Data<(String, String)>,
    io: Io,
) -> Result<Ack<Receipt>, Refusal> {
    if to.trim().is_empty() {
        return Err(refused("Choose someone to write to."));
    }
    let message = Message {
        room: None,
        from: user,
        text: checked(&text)?,
        at: now(),
    };
    io.user(to.trim()).emit("whisper", &message);
    Ok(accepted(message.at))
}

/// socket.emit("typing", room, true or false)
pub(crate) async fn typing(
    socket: Socket,
    user: UserId,
    Data((room, on)): Data<(String, bool)>,
) -> Result<(), Refusal> {
    let room = rooms::checked(&room)?;
    socket.to(room).emit("typing", (room, user, on));
    Ok(())
}

fn checked(text: &str) -> Result<&str, Refusal> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(refused("The message is empty.")),
        1..=TEXT_LENGTH => Ok(text),
        _ => Err(refused("This message is too long.")),
    }
}
