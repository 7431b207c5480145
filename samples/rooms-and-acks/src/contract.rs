//! What pages and handlers may say to each other. `sio types` prints it in TypeScript, for the page.
//!
//! An event is a type here. A handler that takes other arguments, or acknowledges with something else, does not
//! compile, and a page that emits something else does not either: its compiler reads the same contract.

use serde::{Deserialize, Serialize};
use socketio_functions::extract::SocketId;
use socketio_functions::prelude::*;
use socketio_functions::{client_event, server_event, typescript};

typescript! {
    /// The rooms there are.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Room {
        /// Where things grow.
        Garden,
        /// Where it smells good.
        Kitchen,
        /// Where it is quiet.
        Library,
    }

    /// A picture as everybody else in the room gets it.
    #[derive(Debug, Serialize)]
    pub struct Picture {
        /// Where it is shown.
        pub room: Room,
        /// Who shows it.
        pub from: UserId,
        /// What it is called; may be empty.
        pub caption: String,
        /// The file. It travels as bytes, not as base64 inside the JSON.
        pub image: Bytes,
    }

    /// A guest as the keeper sees one.
    #[derive(Debug, Serialize)]
    pub struct Guest {
        /// One page of a guest: a guest with two open pages is here twice.
        pub socket: SocketId,
        /// The name in the token.
        pub name: UserId,
        /// Where the guest's page says that it is.
        pub rooms: Vec<Room>,
    }

    /// Why something was not done. The callback gets it in the place of the acknowledgement.
    #[derive(Debug, Serialize)]
    pub struct Refused {
        /// A sentence for people.
        pub reason: &'static str,
    }
}

client_event! {
    /// Goes into a room. The acknowledgement has no arguments: that it came is the news.
    pub Enter = "enter" (room: Room) -> ();
    /// Leaves a room.
    pub Leave = "leave" (room: Room) -> ();
    /// Shows a picture to a room. The acknowledgement has two arguments: the format that was found and the size in bytes.
    pub Show = "show" (room: Room, caption: String, image: Bytes) -> (String, u32) | Refused;
    /// Waves at a room. It has no acknowledgement.
    pub Wave = "wave" (room: Room);
    /// Says in which rooms the guest is: whenever that changes, and when asked.
    pub Here = "here" (rooms: Vec<Room>);
}

server_event! {
    /// A picture was shown.
    pub Shown = "shown" (picture: Picture);
    /// Somebody waves.
    pub Waved = "waved" (room: Room, from: UserId);
    /// The keeper has closed a room, and everybody in it has left it.
    pub Closed = "closed" (room: Room);
    /// The keeper wants to know who is here.
    pub RollCall = "roll call" ();
}

client_event! {
    /// Closes a room: everybody leaves it.
    pub Close = "close" (room: Room) -> ();
    /// Sends everybody home who is in a room.
    pub SendHome = "send home" (room: Room) -> ();
    /// Shows one guest out.
    pub ShowOut = "show out" (guest: SocketId) -> ();
}

server_event! {
    /// A guest is here.
    pub Present = "present" (guest: Guest);
    /// A guest has gone.
    pub Gone = "gone" (socket: SocketId);
}

impl Room {
    /// All rooms.
    pub const ALL: [Self; 3] = [Self::Garden, Self::Kitchen, Self::Library];

    /// The room's name for the service.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Garden => "garden",
            Self::Kitchen => "kitchen",
            Self::Library => "library",
        }
    }
}
