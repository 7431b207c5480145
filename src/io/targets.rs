//! What names the receivers of an action: rooms and sockets, one or several.

use sio_protocol::names::{NameError, Room, SocketId};

/// One or several rooms: names as text or as [`Room`], in arrays, lists and slices. A socket counts as the room that only
/// it is in.
pub trait IntoRooms {
    /// Whether they are sockets, for messages.
    #[doc(hidden)]
    const SOCKETS: bool = false;

    /// Appends the rooms to a list.
    ///
    /// # Errors
    /// A name is not that of a room.
    #[doc(hidden)]
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError>;
}

impl IntoRooms for &str {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        rooms.push(Room::new(self)?);
        Ok(())
    }
}

impl IntoRooms for String {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        rooms.push(Room::new(self)?);
        Ok(())
    }
}

impl IntoRooms for &String {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.as_str().append_to(rooms)
    }
}

impl IntoRooms for Room {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        rooms.push(self);
        Ok(())
    }
}

impl IntoRooms for &Room {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.clone().append_to(rooms)
    }
}

impl IntoRooms for SocketId {
    const SOCKETS: bool = true;

    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.as_str().append_to(rooms)
    }
}

impl IntoRooms for &SocketId {
    const SOCKETS: bool = true;

    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.as_str().append_to(rooms)
    }
}

macro_rules! several {
    ($($list:ty $(, $size:ident)?;)*) => {$(
        impl<T: IntoRooms $(, const $size: usize)?> IntoRooms for $list {
            const SOCKETS: bool = T::SOCKETS;

            fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
                self.into_iter().try_for_each(|room| room.append_to(rooms))
            }
        }
    )*};
}

several! {
    [T; N], N;
    Vec<T>;
}

impl<'a, T> IntoRooms for &'a [T]
where
    &'a T: IntoRooms,
{
    const SOCKETS: bool = <&'a T as IntoRooms>::SOCKETS;

    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.iter().try_for_each(|room| room.append_to(rooms))
    }
}
