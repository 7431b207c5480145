//! From words to a typed expression: a Pratt parser that checks types as it goes.

use super::error::FilterError;
use super::expression::{Expression, Filter, Function};
use super::grammar::{Infix, Type, infix};
use super::token::{Kind, Token, tokens};

/// Levels of nesting that a filter may have.
const DEEPEST: usize = 100;

impl Filter {
    /// Reads a filter. Empty text selects everything.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Ok(Self(None));
        }
        let mut parser = Parser {
            text,
            tokens,
            next: 0,
            depth: 0,
            chained: 0,
        };
        let (expression, kind) = parser.expression(0)?;
        if let Some(token) = parser.tokens.get(parser.next) {
            return Err(FilterError::at(token.start, text));
        }
        if kind != Type::Bool {
            return Err(mismatch(text, kind, Type::Bool));
        }
        Ok(Self(Some(expression)))
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
    /// Comparisons of comparisons (`true eq true eq true`), each of which makes the tree deeper.
    chained: usize,
}

type Typed = (Expression, Type);

impl Parser<'_> {
    fn expression(&mut self, binding: u8) -> Result<Typed, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.too_deep());
        }
        let start = self.next;
        let mut compared = false;
        let mut left = self.unary()?;
        while let Some(Kind::Word(word)) = self.peek() {
            let Some((operator, strength)) = infix(word) else {
                break;
            };
            if strength <= binding {
                break;
            }
            if !matches!(operator, Infix::And | Infix::Or) && std::mem::replace(&mut compared, true)
            {
                self.chained += 1;
                if self.chained > DEEPEST {
                    return Err(self.too_deep());
                }
            }
            self.next += 1;
            left = if matches!(operator, Infix::In) {
                self.membership(left, start)?
            } else {
                let between = self.next;
                let right = self.expression(strength)?;
                self.combine(operator, left, right, start, between)?
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// `not` binds tighter than everything else.
    fn unary(&mut self) -> Result<Typed, FilterError> {
        if self.peek() != Some(&Kind::Word("not")) {
            return self.primary();
        }
        let start = self.next;
        self.next += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.too_deep());
        }
        let (operand, kind) = self.unary()?;
        self.depth -= 1;
        if kind != Type::Bool {
            return Err(mismatch(self.since(start), kind, Type::Bool));
        }
        Ok((Expression::Not(Box::new(operand)), Type::Bool))
    }

    fn primary(&mut self) -> Result<Typed, FilterError> {
        let Some(token) = self.tokens.get(self.next).cloned() else {
            return Err(self.unexpected());
        };
        self.next += 1;
        Ok(match token.kind {
            Kind::Open => {
                let inner = self.expression(0)?;
                self.expect(&Kind::Close)?;
                inner
            }
            Kind::String(text) => (Expression::String(text), Type::String),
            Kind::Integer(number) => (Expression::Integer(number), Type::Int),
            Kind::Word(word) if self.peek() == Some(&Kind::Open) => {
                let start = self.next - 1;
                self.call(word, start)?
            }
            Kind::Word("true") => (Expression::Bool(true), Type::Bool),
            Kind::Word("false") => (Expression::Bool(false), Type::Bool),
            Kind::Word("null") => (Expression::Null, Type::Null),
            Kind::Word(word) if word.eq_ignore_ascii_case("connectionId") => {
                (Expression::ConnectionId, Type::String)
            }
            Kind::Word(word) if word.eq_ignore_ascii_case("userId") => {
                (Expression::UserId, Type::String)
            }
            Kind::Word(word) if word.eq_ignore_ascii_case("groups") => {
                (Expression::Groups, Type::Groups)
            }
            Kind::Word(word) => {
                // Two unknown words in a row are prose; the service then names the place where it gave up.
                if matches!(self.peek(), Some(Kind::Word(next)) if infix(next).is_none()) {
                    return Err(FilterError::at(self.text.len(), self.text));
                }
                return Err(FilterError::new(
                    self.text,
                    format!("Token '{word}' is not supported."),
                ));
            }
            Kind::Close | Kind::Comma => return Err(FilterError::at(token.start, self.text)),
        })
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Typed, FilterError> {
        use Function as F;
        use Type::{Bool, Int, String};
        let (function, parameters, result): (_, &[Type], _) = match name {
            "tolower" => (F::ToLower, &[String], String),
            "toupper" => (F::ToUpper, &[String], String),
            "trim" => (F::Trim, &[String], String),
            "substring" => (F::Substring, &[String, Int, Int], String),
            "contains" => (F::Contains, &[String, String], Bool),
            "startswith" => (F::StartsWith, &[String, String], Bool),
            "endswith" => (F::EndsWith, &[String, String], Bool),
            "indexof" => (F::IndexOf, &[String, String], Int),
            "concat" => (F::Concat, &[String, String], String),
            "length" => (F::Length, &[String], Int),
            _ => {
                return Err(FilterError::new(
                    self.text,
                    format!("Function '{name}' is not supported."),
                ));
            }
        };
        self.expect(&Kind::Open)?;
        let mut arguments = Vec::new();
        loop {
            let from = self.next;
            let (argument, kind) = self.expression(0)?;
            let wanted = parameters.get(arguments.len()).copied();
            let fits = match wanted {
                None => false,
                Some(wanted) => {
                    kind == wanted
                        || (kind == Type::Null && wanted == Type::String)
                        || (function == F::Length && kind == Type::Groups)
                }
            };
            match wanted {
                Some(wanted) if !fits => return Err(mismatch(self.since(from), kind, wanted)),
                None => {
                    return Err(FilterError::new(
                        self.since(start),
                        format!("Too many arguments for '{name}'."),
                    ));
                }
                Some(_) => arguments.push(argument),
            }
            match self.peek() {
                Some(Kind::Comma) => self.next += 1,
                _ => break,
            }
        }
        self.expect(&Kind::Close)?;
        let least = if function == F::Substring {
            2
        } else {
            parameters.len()
        };
        if arguments.len() < least {
            return Err(FilterError::new(
                self.since(start),
                format!("Too few arguments for '{name}'."),
            ));
        }
        // The lengths of nothing and of a user that is not there are nothing too.
        Ok((Expression::Call(function, arguments), result))
    }

    fn membership(&mut self, left: Typed, start: usize) -> Result<Typed, FilterError> {
        let (value, kind) = left;
        let result = match self.peek() {
            Some(Kind::Word(word)) if word.eq_ignore_ascii_case("groups") => {
                self.next += 1;
                if !matches!(kind, Type::String | Type::Null) {
                    return Err(mismatch(self.since(start), kind, Type::String));
                }
                Expression::InGroups(Box::new(value))
            }
            Some(Kind::Open) => {
                self.next += 1;
                let mut list = Vec::new();
                loop {
                    let (item, item_kind) =
                        match self.tokens.get(self.next).map(|token| &token.kind) {
                            Some(Kind::String(text)) => {
                                (Expression::String(text.clone()), Type::String)
                            }
                            Some(Kind::Integer(number)) => {
                                (Expression::Integer(*number), Type::Int)
                            }
                            Some(Kind::Word("true")) => (Expression::Bool(true), Type::Bool),
                            Some(Kind::Word("false")) => (Expression::Bool(false), Type::Bool),
                            Some(Kind::Word("null")) => (Expression::Null, Type::Null),
                            _ => return Err(self.unexpected()),
                        };
                    self.next += 1;
                    if item_kind != kind && item_kind != Type::Null && kind != Type::Null {
                        return Err(mismatch(self.since(start), item_kind, kind));
                    }
                    list.push(item);
                    match self.peek() {
                        Some(Kind::Comma) => self.next += 1,
                        _ => break,
                    }
                }
                self.expect(&Kind::Close)?;
                Expression::In(Box::new(value), list)
            }
            _ => return Err(self.unexpected()),
        };
        Ok((result, Type::Bool))
    }

    fn combine(
        &self,
        operator: Infix,
        (left, left_type): Typed,
        (right, right_type): Typed,
        start: usize,
        between: usize,
    ) -> Result<Typed, FilterError> {
        let need = |wanted: Type, null: bool| {
            for (kind, from, to) in [
                (left_type, start, between - 1),
                (right_type, between, self.next),
            ] {
                if kind != wanted && !(null && kind == Type::Null) {
                    return Err(mismatch(self.part(from, to), kind, wanted));
                }
            }
            Ok(())
        };
        let expression = match operator {
            Infix::Or => {
                need(Type::Bool, false)?;
                match left {
                    Expression::Or(mut terms) => {
                        terms.push(right);
                        Expression::Or(terms)
                    }
                    left => Expression::Or(vec![left, right]),
                }
            }
            Infix::And => {
                need(Type::Bool, false)?;
                match left {
                    Expression::And(mut terms) => {
                        terms.push(right);
                        Expression::And(terms)
                    }
                    left => Expression::And(vec![left, right]),
                }
            }
            Infix::Compare(order) => {
                need(Type::Int, true)?;
                Expression::Compare(order, Box::new(left), Box::new(right))
            }
            Infix::Equal | Infix::NotEqual => {
                let comparable = left_type != Type::Groups
                    && right_type != Type::Groups
                    && (left_type == right_type
                        || left_type == Type::Null
                        || right_type == Type::Null);
                if !comparable {
                    return Err(mismatch(
                        self.part(between, self.next),
                        right_type,
                        left_type,
                    ));
                }
                let (left, right) = (Box::new(left), Box::new(right));
                if matches!(operator, Infix::Equal) {
                    Expression::Equal(left, right)
                } else {
                    Expression::NotEqual(left, right)
                }
            }
            // Parsed by `membership`.
            Infix::In => return Err(self.unexpected()),
        };
        Ok((expression, Type::Bool))
    }

    fn peek(&self) -> Option<&Kind<'_>> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn expect(&mut self, kind: &Kind<'_>) -> Result<(), FilterError> {
        if self.peek() == Some(kind) {
            self.next += 1;
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn too_deep(&self) -> FilterError {
        FilterError::new(self.text, format!("More than {DEEPEST} levels of nesting."))
    }

    fn unexpected(&self) -> FilterError {
        let position = self
            .tokens
            .get(self.next)
            .map_or(self.text.len(), |token| token.start);
        FilterError::at(position, self.text)
    }

    /// The text of the tokens from `start` to the present one.
    fn since(&self, start: usize) -> &str {
        self.part(start, self.next)
    }

    fn part(&self, from: usize, to: usize) -> &str {
        let start = self.tokens.get(from).map_or(0, |token| token.start);
        let end = self
            .tokens
            .get(to.saturating_sub(1))
            .map_or(self.text.len(), |token| token.end);
        self.text.get(start..end).unwrap_or(self.text)
    }
}

fn mismatch(part: &str, found: Type, expected: Type) -> FilterError {
    FilterError::new(
        part,
        format!("Type '{}', expect '{}'.", found.name(), expected.name()),
    )
}
