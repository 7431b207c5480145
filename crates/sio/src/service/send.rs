//! `sio send`: an event to clients, as a function's output would send it.

use anyhow::Context as _;
use serde_json::Value;

use super::{HINT, Place};
use crate::terminal;

/// Send an event to clients.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Only to sockets in this room; several rooms: in any of them.
    #[arg(long, value_name = "ROOM", allow_hyphen_values = true)]
    room: Vec<String>,
    /// But not to sockets in this room.
    #[arg(long, value_name = "ROOM", allow_hyphen_values = true)]
    except: Vec<String>,
    /// Only to this socket.
    #[arg(long, value_name = "SOCKET-ID", allow_hyphen_values = true)]
    socket: Option<String>,
    /// Only to connections of this user.
    #[arg(long, value_name = "USER", allow_hyphen_values = true)]
    user: Option<String>,
    /// The event's name.
    event: String,
    /// Its arguments, a JSON list such as '["hello", 1]'.
    #[arg(value_name = "JSON-ARGS", default_value = "[]", value_parser = list)]
    arguments: Arguments,
}

/// The arguments of an event.
#[derive(Debug, Clone, PartialEq)]
struct Arguments(Vec<Value>);

fn list(text: &str) -> Result<Arguments, String> {
    match serde_json::from_str(text) {
        Ok(list) => Ok(Arguments(list)),
        Err(error) => Err(format!(
            "not a JSON list ({error}); one argument is written '[\"it\"]'"
        )),
    }
}

/// Sends it once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut receivers = args.place.client()?.all();
    let rooms: Vec<String> = args.room.into_iter().chain(args.socket).collect();
    if !rooms.is_empty() {
        receivers = receivers.to(rooms);
    }
    if !args.except.is_empty() {
        receivers = receivers.except(args.except);
    }
    if let Some(user) = args.user {
        receivers = receivers.user(user);
    }
    let sending = receivers.emit(
        &args.event,
        socketio_functions::extract::Variadic(args.arguments.0),
    );
    sending
        .await
        .with_context(|| format!("{:?} was not sent\n{HINT}", args.event))?;
    terminal::tell(format_args!(
        "sent {:?}; the service does not tell to how many",
        args.event
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_a_list() {
        assert_eq!(list("[1]"), Ok(Arguments(vec![1.into()])));
        for wrong in ["1", "hello", "{}", ""] {
            assert!(list(wrong).unwrap_err().contains("list"), "{wrong}");
        }
    }
}
