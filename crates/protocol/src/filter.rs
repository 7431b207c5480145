//! The text of OData filters that select connections by the groups they are in.
//!
//! `not` binds tighter than `in`, and `and` tighter than `or`, so every operand that could be misread is put in
//! parentheses. Source: docs/contracts/service.md, "OData filter"; docs/contracts/socketio-extension.md, "Filters".

use crate::group::Group;

/// Members of any of `groups` that are in none of `except`. With no groups: everybody but `except`.
///
/// Empty text means no restriction at all.
#[must_use]
pub fn members(groups: &[Group], except: &[Group]) -> String {
    let allow: Vec<String> = groups.iter().map(is_member).collect();
    let mut terms = match allow.as_slice() {
        [] => Vec::new(),
        [one] => vec![one.clone()],
        several if except.is_empty() => vec![several.join(" or ")],
        several => vec![format!("({})", several.join(" or "))],
    };
    terms.extend(
        except
            .iter()
            .map(|group| format!("not ({})", is_member(group))),
    );
    terms.join(" and ")
}

fn is_member(group: &Group) -> String {
    format!("{} in groups", literal(group.as_str()))
}

/// A string literal: in single quotes, a quote inside doubled.
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(names: &[&str]) -> Vec<Group> {
        names.iter().map(|room| Group::encode("/", room)).collect()
    }

    #[test]
    fn one_room_needs_no_parentheses() {
        assert_eq!(
            members(&rooms(&["rm"]), &rooms(&["x"])),
            "'0~Lw~cm0' in groups and not ('0~Lw~eA' in groups)"
        );
        assert_eq!(members(&[], &rooms(&["x"])), "not ('0~Lw~eA' in groups)");
        assert_eq!(members(&[], &[]), "");
    }

    #[test]
    fn an_exception_applies_to_every_room() {
        assert_eq!(
            members(&rooms(&["a", "b"]), &rooms(&["x", "y"])),
            "('0~Lw~YQ' in groups or '0~Lw~Yg' in groups) and not ('0~Lw~eA' in groups) and not ('0~Lw~eQ' in groups)"
        );
        assert_eq!(
            members(&rooms(&["a", "b"]), &[]),
            "'0~Lw~YQ' in groups or '0~Lw~Yg' in groups"
        );
    }

    #[test]
    fn quotes_in_literals_are_doubled() {
        assert_eq!(literal("O'Brien"), "'O''Brien'");
    }
}
