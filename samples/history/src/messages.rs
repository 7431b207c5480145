//! Saying something, and asking for what was said.

use socketio_functions::prelude::*;

use crate::{Message, Store};

/// The longest message, in characters.
const LONGEST: usize = 2000;

/// socket.emit("say", text, (message) => …)
///
/// The service may deliver an event again after a lost connection. Its id keeps the message from being kept twice, and
/// the second acknowledgement is the same as the first.
pub(crate) async fn say(
    State(store): State<Store>,
    socket: Socket,
    user: UserId,
    event: Option<EventId>,
    Data(text): Data<String>,
) -> anyhow::Result<Ack<Message>> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(Refusal::new("A message has 1 to 2000 characters.").into());
    }
    // Microsoft's extension passes no id; then a message may be kept twice.
    let event = event.map_or_else(unique, |event| event.to_string());
    let message = match store.keep(&event, &user, text).await? {
        Some(message) => {
            socket.broadcast().emit("said", &message);
            message
        }
        None => store.of_event(&event).await?,
    };
    Ok(Ack(message))
}

/// An id that no other event has.
fn unique() -> String {
    let mut random = std::hash::DefaultHasher::new();
    std::hash::Hash::hash(&std::time::SystemTime::now(), &mut random);
    std::hash::Hash::hash(&std::thread::current().id(), &mut random);
    format!("unknown/{:x}", std::hash::Hasher::finish(&random))
}

/// socket.emit("since", id, (messages) => …): a page asks when it connects, with the last message that it has.
pub(crate) async fn since(
    State(store): State<Store>,
    Data(id): Data<i64>,
) -> anyhow::Result<Ack<Vec<Message>>> {
    Ok(Ack(store.since(id.max(0)).await?))
}
