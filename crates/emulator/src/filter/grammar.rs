//! Types and operators of the filter language, and how tightly the operators bind.

use super::expression::Order;

/// What an expression is; known before anything is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    String,
    Int,
    Bool,
    Groups,
    Null,
}

impl Type {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Groups => "groups",
            Self::Null => "null",
        }
    }
}

/// An infix operator and how tightly it binds.
#[derive(Clone, Copy)]
pub(super) enum Infix {
    Or,
    And,
    Equal,
    NotEqual,
    Compare(Order),
    In,
}

/// The infix operator of a word, and its strength.
pub(super) fn infix(word: &str) -> Option<(Infix, u8)> {
    Some(match word {
        "or" => (Infix::Or, 1),
        "and" => (Infix::And, 2),
        "eq" => (Infix::Equal, 3),
        "ne" => (Infix::NotEqual, 3),
        "gt" => (Infix::Compare(Order::Greater), 4),
        "ge" => (Infix::Compare(Order::GreaterOrEqual), 4),
        "lt" => (Infix::Compare(Order::Less), 4),
        "le" => (Infix::Compare(Order::LessOrEqual), 4),
        "in" => (Infix::In, 4),
        _ => return None,
    })
}
