//! Asking a filter about a connection.

use std::borrow::Cow;

use super::expression::{Expression, Filter, Function, Order};

/// What a filter may know of a connection.
pub(crate) trait Subject {
    fn connection_id(&self) -> &str;
    fn user_id(&self) -> Option<&str>;
    fn is_in(&self, group: &str) -> bool;
    fn group_count(&self) -> usize;
}

#[derive(Debug, PartialEq)]
enum Value<'a> {
    String(Cow<'a, str>),
    Integer(i64),
    Bool(bool),
    Null,
}

impl Filter {
    /// Whether the filter selects a connection.
    pub(crate) fn selects(&self, subject: &impl Subject) -> bool {
        match &self.0 {
            None => true,
            Some(expression) => truth(expression, subject),
        }
    }

    /// Groups of which every selected connection is in at least one; `None` when the filter implies no such groups.
    ///
    /// It spares a look at every connection of the hub, as most filters name the rooms they mean.
    pub(crate) fn within(&self) -> Option<Vec<&str>> {
        within(self.0.as_ref()?)
    }
}

fn within(expression: &Expression) -> Option<Vec<&str>> {
    match expression {
        Expression::InGroups(group) => match group.as_ref() {
            Expression::String(group) => Some(vec![group]),
            _ => None,
        },
        Expression::And(terms) => terms.iter().find_map(within),
        Expression::Or(terms) => {
            let groups: Option<Vec<_>> = terms.iter().map(within).collect();
            Some(groups?.concat())
        }
        _ => None,
    }
}

/// The parser has made sure that it is a Boolean.
fn truth(expression: &Expression, subject: &impl Subject) -> bool {
    evaluate(expression, subject) == Value::Bool(true)
}

fn evaluate<'a, S: Subject>(expression: &'a Expression, subject: &'a S) -> Value<'a> {
    match expression {
        Expression::ConnectionId => Value::String(subject.connection_id().into()),
        Expression::UserId => subject
            .user_id()
            .map_or(Value::Null, |user| Value::String(user.into())),
        // Only `length` and `in` take the groups; both ask the subject.
        Expression::Groups | Expression::Null => Value::Null,
        Expression::String(text) => Value::String(text.into()),
        Expression::Integer(number) => Value::Integer(*number),
        Expression::Bool(truth) => Value::Bool(*truth),
        Expression::Not(operand) => Value::Bool(!truth(operand, subject)),
        Expression::And(terms) => Value::Bool(terms.iter().all(|term| truth(term, subject))),
        Expression::Or(terms) => Value::Bool(terms.iter().any(|term| truth(term, subject))),
        Expression::Equal(left, right) => {
            Value::Bool(evaluate(left, subject) == evaluate(right, subject))
        }
        Expression::NotEqual(left, right) => {
            Value::Bool(evaluate(left, subject) != evaluate(right, subject))
        }
        Expression::Compare(order, left, right) => {
            Value::Bool(match (evaluate(left, subject), evaluate(right, subject)) {
                (Value::Integer(left), Value::Integer(right)) => match order {
                    Order::Greater => left > right,
                    Order::GreaterOrEqual => left >= right,
                    Order::Less => left < right,
                    Order::LessOrEqual => left <= right,
                },
                _ => false,
            })
        }
        Expression::InGroups(group) => Value::Bool(match evaluate(group, subject) {
            Value::String(group) => subject.is_in(&group),
            _ => false,
        }),
        Expression::In(value, list) => {
            let value = evaluate(value, subject);
            Value::Bool(
                value != Value::Null && list.iter().any(|item| evaluate(item, subject) == value),
            )
        }
        Expression::Call(Function::Length, arguments)
            if matches!(arguments.as_slice(), [Expression::Groups]) =>
        {
            integer(subject.group_count())
        }
        Expression::Call(function, arguments) => call(*function, arguments, subject),
    }
}

fn call<'a, S: Subject>(
    function: Function,
    arguments: &'a [Expression],
    subject: &'a S,
) -> Value<'a> {
    let without_text = match function {
        Function::Contains | Function::StartsWith | Function::EndsWith => Value::Bool(false),
        _ => Value::Null,
    };
    let mut values = arguments.iter().map(|argument| evaluate(argument, subject));
    let Some(Value::String(text)) = values.next() else {
        return without_text;
    };
    let second = values.next();
    match (function, second) {
        (Function::ToLower, _) => Value::String(text.to_lowercase().into()),
        (Function::ToUpper, _) => Value::String(text.to_uppercase().into()),
        (Function::Trim, _) => Value::String(text.trim().to_owned().into()),
        (Function::Length, _) => integer(text.chars().count()),
        (Function::Substring, Some(Value::Integer(start))) => {
            let count = match values.next() {
                None => None,
                Some(Value::Integer(count)) => Some(count),
                Some(_) => return Value::Null,
            };
            substring(&text, start, count)
        }
        (Function::Contains, Some(Value::String(part))) => Value::Bool(text.contains(&*part)),
        (Function::StartsWith, Some(Value::String(part))) => Value::Bool(text.starts_with(&*part)),
        (Function::EndsWith, Some(Value::String(part))) => Value::Bool(text.ends_with(&*part)),
        (Function::IndexOf, Some(Value::String(part))) => {
            let found = text.find(&*part);
            found.map_or(Value::Integer(-1), |at| integer(text[..at].chars().count()))
        }
        (Function::Concat, Some(Value::String(part))) => {
            Value::String(format!("{text}{part}").into())
        }
        _ => without_text,
    }
}

fn integer<'a>(count: usize) -> Value<'a> {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Characters from `start`, `count` of them or all. Out of range it is nothing.
fn substring<'a>(text: &str, start: i64, count: Option<i64>) -> Value<'a> {
    let characters: Vec<char> = text.chars().collect();
    let rest = usize::try_from(start)
        .ok()
        .and_then(|start| characters.get(start..));
    let part = match (rest, count) {
        (Some(rest), None) => Some(rest),
        (Some(rest), Some(count)) => usize::try_from(count)
            .ok()
            .and_then(|count| rest.get(..count)),
        (None, _) => None,
    };
    part.map_or(Value::Null, |part| {
        Value::String(part.iter().collect::<String>().into())
    })
}
