//! Reading a route template, and saying what is wrong with one.

use crate::constraint::Constraint;
use crate::segment::{Parameter, Part, Segment};
use crate::template::Template;

/// A text that isn't a template, in the words of ASP.NET where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A brace without its partner.
    #[error(
        "there is an incomplete parameter in the route template; check that each '{{' has a matching '}}'"
    )]
    Unbalanced,
    /// A parameter without a usable name.
    #[error("the route parameter name '{0}' is invalid; it must not be empty or hold / {{ }} ? *")]
    Name(String),
    /// A constraint that ASP.NET doesn't have.
    #[error("the constraint reference '{0}' could not be resolved to a type")]
    Constraint(String),
    /// A question mark outside braces.
    #[error(
        "the literal section '{0}' is invalid; literal sections cannot contain the '?' character"
    )]
    Literal(String),
    /// Nothing tells where one parameter ends and the next begins.
    #[error(
        "a path segment cannot contain two consecutive parameters; they must be separated by a '/' or by a literal string"
    )]
    Consecutive,
    /// An optional parameter that isn't alone, or isn't the last behind a dot.
    #[error(
        "in the segment '{0}', the optional parameter must be the last and preceded by a period"
    )]
    Optional(String),
    /// Two slashes in a row.
    #[error("the route template separator character '/' cannot appear consecutively")]
    Separators,
    /// Something follows a catch-all parameter.
    #[error("a catch-all parameter can only appear as the last segment of the route template")]
    CatchAll,
    /// Two parameters have one name.
    #[error("the route parameter name '{0}' appears more than one time in the route template")]
    Twice(String),
}

impl Template {
    /// Reads a template without slashes at its ends.
    ///
    /// # Errors
    /// The text isn't a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut segments = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let pieces = split(text)?;
        for (index, piece) in pieces.iter().enumerate() {
            if piece.is_empty() {
                if pieces.len() == 1 {
                    break;
                }
                return Err(TemplateError::Separators);
            }
            let segment = Segment::parse(piece)?;
            for part in &segment.0 {
                let Part::Parameter(parameter) = part else {
                    continue;
                };
                if parameter.catch_all && (index + 1 < pieces.len() || segment.0.len() > 1) {
                    return Err(TemplateError::CatchAll);
                }
                let name = parameter.name.to_ascii_lowercase();
                if names.contains(&name) {
                    return Err(TemplateError::Twice(parameter.name.clone()));
                }
                names.push(name);
            }
            segments.push(segment);
        }
        Ok(Self { segments })
    }
}

/// Splits at slashes outside braces.
fn split(text: &str) -> Result<Vec<&str>, TemplateError> {
    let mut pieces = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1).ok_or(TemplateError::Unbalanced)?,
            '/' if depth == 0 => {
                pieces.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(TemplateError::Unbalanced);
    }
    pieces.push(&text[start..]);
    Ok(pieces)
}

impl Segment {
    fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            match rest.find('{') {
                Some(0) => {
                    let end = closing(rest).ok_or(TemplateError::Unbalanced)?;
                    parts.push(Part::Parameter(Parameter::parse(&rest[1..end])?));
                    rest = &rest[end + 1..];
                }
                found => {
                    let end = found.unwrap_or(rest.len());
                    let literal = &rest[..end];
                    if literal.contains('?') {
                        return Err(TemplateError::Literal(literal.to_owned()));
                    }
                    parts.push(Part::Literal(literal.to_owned()));
                    rest = &rest[end..];
                }
            }
        }
        let consecutive = |two: &[Part]| matches!(two, [Part::Parameter(_), Part::Parameter(_)]);
        if parts.windows(2).any(consecutive) {
            return Err(TemplateError::Consecutive);
        }
        for (index, part) in parts.iter().enumerate() {
            let Part::Parameter(parameter) = part else {
                continue;
            };
            let dotted = matches!(&parts[..index], [.., Part::Literal(dot)] if dot == ".");
            let last = index + 1 == parts.len();
            if parameter.optional && parts.len() > 1 && !(last && dotted) {
                return Err(TemplateError::Optional(text.to_owned()));
            }
        }
        Ok(Self(parts))
    }
}

/// Where the brace at the start is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

impl Parameter {
    fn parse(text: &str) -> Result<Self, TemplateError> {
        let stars = text.len() - text.trim_start_matches('*').len();
        let (catch_all, text) = (stars > 0, text.trim_start_matches('*'));
        // The default is whatever follows `=`; constraints may hold `=` inside their parentheses.
        let (text, default) = match outside_parentheses(text, '=') {
            Some(index) => (&text[..index], Some(text[index + 1..].to_owned())),
            None => (text, None),
        };
        let (text, optional) = match text.strip_suffix('?') {
            Some(text) if default.is_none() => (text, true),
            _ => (text, false),
        };
        let mut rest = text;
        let mut pieces = Vec::new();
        while let Some(index) = outside_parentheses(rest, ':') {
            pieces.push(&rest[..index]);
            rest = &rest[index + 1..];
        }
        pieces.push(rest);
        let name = pieces[0];
        if name.is_empty() || name.contains(['/', '{', '}', '?', '*']) {
            return Err(TemplateError::Name(name.to_owned()));
        }
        let constraints = pieces[1..]
            .iter()
            .map(|piece| {
                Constraint::parse(piece)
                    .ok_or_else(|| TemplateError::Constraint((*piece).to_owned()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.to_owned(),
            optional,
            default,
            catch_all,
            constraints,
        })
    }
}

fn outside_parentheses(text: &str, wanted: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if c == wanted && depth == 0 => return Some(index),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_templates_are_refused() {
        for wrong in [
            "a//b", "empty/{}", "{a", "a}", "{*a}/b", "{a}/{A}", "{a:nope}", "a?", "{a}{b}",
            "{a?}-{b}", "{a}-{b?}",
        ] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}
