//! One room for everybody who has signed in.
//!
//! Who somebody is comes from their token each time, as `UserId`. A page cannot say it.

use socketio_functions::prelude::*;

/// The longest text, in letters.
const LONGEST: usize = 1000;

/// Users only. Negotiation gives tokens to no one else, but the owner of the service could make one without a user.
pub(crate) async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("sign in first").status(401)),
    }
}

/// Somebody opened a page.
pub(crate) async fn arrived(user: UserId, io: Io) {
    io.emit("arrived", user);
}

/// Somebody closed one, or lost the connection.
pub(crate) async fn left(user: UserId, io: Io) {
    io.emit("left", user);
}

/// socket.emit("say", text, (ok) => …)
pub(crate) async fn say(
    socket: Socket,
    user: UserId,
    Data(text): Data<String>,
) -> Result<Ack<bool>, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(Refusal::new("a text has 1 to 1000 letters"));
    }
    socket.broadcast().emit("said", (user, text));
    Ok(Ack(true))
}
