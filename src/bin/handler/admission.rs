//! Who may come in, and telling the others.

use serde_json::json;
use socketio_functions::prelude::*;

/// The longest name, in characters.
const NAME_LENGTH: usize = 24;

/// The name under which the page shows its own lines; no user may have it.
const RESERVED: &str = "system";

const INVISIBLE: &str = "This name contains characters that cannot be seen. Please type it anew.";

/// Takes the name that the visitor chose. It is a label and proves nothing: everyone gets the name they ask for.
pub(crate) async fn by_name(request: Request) -> Identity {
    let name = request.query("name").unwrap_or_default();
    let name = name.trim();
    // The service tells a user in a header, where a line break cannot stand: `admit` would not be asked.
    if name.contains(is_invisible) {
        return Identity::refuse(400, INVISIBLE);
    }
    Identity::user(name)
}

/// Refuses names that would not work in the chat. The page shows the message, and the data tell it that another try
/// cannot help; a rejection without them comes from somewhere else and may pass.
pub(crate) async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match problem(user.as_ref().map_or("", UserId::as_str)) {
        Some(message) => Err(Refusal::new(message)
            .status(400)
            .data(json!({ "final": true }))),
        None => Ok(()),
    }
}

fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("Please choose a name.".to_owned())
    } else if name.chars().count() > NAME_LENGTH {
        Some(format!(
            "This name is too long; {NAME_LENGTH} characters are the most."
        ))
    } else if name.contains(is_invisible) {
        Some(INVISIBLE.to_owned())
    } else if folded(name) == RESERVED {
        Some(format!(
            "The name \u{201c}{name}\u{201d} is reserved. Please choose another one."
        ))
    } else {
        None
    }
}

/// A name without case and ornaments. Both ways of changing case are needed: the long s has no lower case but its own,
/// and its upper case is that of every other s.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let upper = letters.collect::<String>().to_uppercase();
    upper.to_lowercase()
}

/// Whether a character leaves no mark of its own or turns the text around it: controls, line separators, fillers, and
/// what Unicode lists as `Default_Ignorable_Code_Point`. Of those the variation selectors are left out, since ordinary
/// emoji end in one.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Tells everybody who came.
pub(crate) async fn came(user: UserId, socket: Socket) {
    socket.broadcast().emit("came", user);
}

/// Tells everybody who went, for whatever reason.
pub(crate) async fn went(user: UserId, io: Io) {
    io.emit("went", user);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_neither_empty_nor_long() {
        assert_eq!(problem("Ada"), None);
        assert_eq!(problem(&"é".repeat(NAME_LENGTH)), None);
        assert!(problem("").is_some());
        assert!(problem(&"x".repeat(NAME_LENGTH + 1)).is_some());
    }

    #[test]
    fn the_reserved_name_is_refused_in_any_dress() {
        for name in [
            "System",
            "\u{17f}ystem",
            "SY\u{17f}TEM",
            "*system*",
            "system\u{fe0f}",
        ] {
            let problem = problem(name);
            assert!(
                problem.is_some_and(|text| text.contains("reserved")),
                "{name:?}"
            );
        }
        assert_eq!(problem("systemd"), None);
    }

    #[test]
    fn names_can_be_seen() {
        for name in [
            "A\nda",
            "A\tda",
            "A\u{85}da",
            "A\u{2028}da",
            "\u{202e}adA",
            "\u{2066}Ada\u{2069}",
            "Ada\u{200b}",
            "A\u{ad}da",
            "\u{feff}Ada",
            "\u{3164}",
        ] {
            assert_eq!(problem(name).as_deref(), Some(INVISIBLE), "{name:?}");
        }
        for name in [
            "Zoë",
            "Ada Lovelace",
            "Ada\u{a0}L.",
            "عدا",
            "エイダ",
            "Ada \u{2764}\u{fe0f}",
            "<b>",
        ] {
            assert_eq!(problem(name), None, "{name:?}");
        }
    }
}
