//! What a filter says, once it was read.

/// A filter that may be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter(pub(super) Option<Expression>);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    ConnectionId,
    UserId,
    Groups,
    String(String),
    Integer(i64),
    Bool(bool),
    Null,
    Not(Box<Expression>),
    // Lists, not pairs: a filter of ten thousand terms must not become a tree of that depth.
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Equal(Box<Expression>, Box<Expression>),
    NotEqual(Box<Expression>, Box<Expression>),
    Compare(Order, Box<Expression>, Box<Expression>),
    /// Membership in `groups`.
    InGroups(Box<Expression>),
    /// Membership in a list of literals.
    In(Box<Expression>, Vec<Expression>),
    Call(Function, Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    ToLower,
    ToUpper,
    Trim,
    Substring,
    Contains,
    StartsWith,
    EndsWith,
    IndexOf,
    Concat,
    Length,
}
