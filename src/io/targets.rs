//! What names the receivers of an action: rooms, sockets, users, one or several.

use sio_protocol::names::{NameError, Room, SocketId};

/// One or several rooms. A socket counts as the room that only it is in.
pub trait IntoRooms {
    /// Appends the rooms to a list.
    ///
    /// # Errors
    /// A name is no room's.
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
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.as_str().append_to(rooms)
    }
}

impl IntoRooms for &SocketId {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.as_str().append_to(rooms)
    }
}

macro_rules! several {
    ($($list:ty $(, $size:ident)?;)*) => {$(
        impl<T: IntoRooms $(, const $size: usize)?> IntoRooms for $list {
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
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        self.iter().try_for_each(|room| room.append_to(rooms))
    }
}

/// The id of a user.
pub trait IntoUser {
    /// The id as text.
    fn into_user(self) -> String;
}

impl IntoUser for &str {
    fn into_user(self) -> String {
        self.to_owned()
    }
}

impl IntoUser for String {
    fn into_user(self) -> String {
        self
    }
}

impl IntoUser for &String {
    fn into_user(self) -> String {
        self.clone()
    }
}
