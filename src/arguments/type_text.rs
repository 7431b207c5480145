//! Types as an author writes them, for messages.

/// A type's name without the paths of its parts: `alloc::string::String` is `String`.
pub(crate) fn short(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut word = 0;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            out.truncate(word);
        } else {
            out.push(c);
            if !(c.is_alphanumeric() || matches!(c, '_' | '{' | '}')) {
                word = out.len();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_left_out() {
        assert_eq!(
            short("alloc::vec::Vec<core::option::Option<alloc::string::String>>"),
            "Vec<Option<String>>"
        );
        assert_eq!(short("(u8, my_app::Order)"), "(u8, Order)");
    }
}
