//! Who may come in, and telling the others.

use socketio_functions::prelude::*;

/// The longest name, in characters.
const NAME_LENGTH: usize = 24;

/// The name under which the page shows its own lines; nobody else may speak in it.
const RESERVED: &str = "system";

/// Takes the name that the visitor chose. It is a label and proves nothing: whoever asks for a name gets it.
pub(crate) async fn by_name(request: Request) -> Identity {
    Identity::user(request.query("name").unwrap_or_default().trim())
}

/// Refuses names that would not work in the chat. The page shows the message.
pub(crate) async fn admit(user: Option<UserId>) -> Admit {
    match problem(user.as_ref().map_or("", UserId::as_str)) {
        Some(message) => Admit::reject(400, message),
        None => Admit::accept(),
    }
}

fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("Please choose a name.".to_owned())
    } else if name.chars().count() > NAME_LENGTH {
        Some(format!(
            "This name is too long; {NAME_LENGTH} characters are the most."
        ))
    } else if name.eq_ignore_ascii_case(RESERVED) {
        Some(format!(
            "The name \u{201c}{name}\u{201d} is reserved. Please choose another one."
        ))
    } else {
        None
    }
}

/// Tells everybody who came.
pub(crate) async fn came(user: UserId, socket: Socket, io: Io) {
    io.except(&socket).emit("came", (user,));
}

/// Tells everybody who went, for whatever reason.
pub(crate) async fn went(user: UserId, io: Io) {
    io.emit("went", (user,));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_neither_empty_nor_long_nor_reserved() {
        assert_eq!(problem("Ada"), None);
        assert_eq!(problem(&"é".repeat(NAME_LENGTH)), None);
        assert!(problem("").is_some());
        assert!(problem(&"x".repeat(NAME_LENGTH + 1)).is_some());
        assert!(problem("System").is_some_and(|text| text.contains("reserved")));
    }
}
