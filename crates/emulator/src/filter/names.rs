//! The clients that a filter names, for those who ask whose call it is.

use super::expression::{Expression, Filter};
use crate::causes::{Mention, Name};

impl Filter {
    /// Adds the connections, users and groups that the filter compares with, at most `most` of them.
    pub(crate) fn mentions(&self, into: &mut Vec<Mention>, most: usize) {
        if let Some(expression) = &self.0 {
            collect(expression, false, into, most);
        }
    }
}

fn collect(expression: &Expression, negated: bool, into: &mut Vec<Mention>, most: usize) {
    if into.len() >= most {
        return;
    }
    match expression {
        Expression::Not(operand) => collect(operand, !negated, into, most),
        Expression::And(terms) | Expression::Or(terms) => {
            for term in terms {
                collect(term, negated, into, most);
            }
        }
        Expression::Equal(left, right) => equal(left, right, negated, into),
        Expression::NotEqual(left, right) => equal(left, right, !negated, into),
        Expression::InGroups(group) => {
            if let Expression::String(group) = group.as_ref() {
                into.push(Mention {
                    name: Name::Group(group.clone()),
                    excluded: negated,
                });
            }
        }
        Expression::In(value, list) => {
            for item in list.iter().take(most) {
                equal(value, item, negated, into);
            }
        }
        _ => {}
    }
}

fn equal(left: &Expression, right: &Expression, excluded: bool, into: &mut Vec<Mention>) {
    let name = match (left, right) {
        (Expression::ConnectionId, Expression::String(text))
        | (Expression::String(text), Expression::ConnectionId) => Name::Connection(text.clone()),
        (Expression::UserId, Expression::String(text))
        | (Expression::String(text), Expression::UserId) => Name::User(text.clone()),
        _ => return,
    };
    into.push(Mention { name, excluded });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Name, bool)> {
        let mut found = Vec::new();
        Filter::parse(text).unwrap().mentions(&mut found, 3);
        let pairs = found.into_iter();
        pairs.map(|found| (found.name, found.excluded)).collect()
    }

    #[test]
    fn clients_are_named_or_left_out() {
        let group = |name: &str| Name::Group(name.to_owned());
        let user = |name: &str| Name::User(name.to_owned());
        let connection = |name: &str| Name::Connection(name.to_owned());
        assert_eq!(
            of("'a' in groups and not ('b' in groups)"),
            [(group("a"), false), (group("b"), true)]
        );
        assert_eq!(
            of("userId eq 'ada' or not (userId ne 'bob')"),
            [(user("ada"), false), (user("bob"), false)]
        );
        assert_eq!(
            of("connectionId in ('c', 'd') and connectionId ne 'e'"),
            [
                (connection("c"), false),
                (connection("d"), false),
                (connection("e"), true)
            ]
        );
        assert!(of("startswith(userId, 'a')").is_empty());
    }

    #[test]
    fn a_long_filter_is_not_read_to_its_end() {
        let many = vec!["'a' in groups"; 1000].join(" or ");
        assert_eq!(of(&many).len(), 3);
    }
}
