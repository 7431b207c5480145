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
    /// A single brace inside a parameter.
    #[error("in a route parameter, '{{' and '}}' must be escaped with '{{{{' and '}}}}'")]
    Unescaped,
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
    /// Reads a template without slashes at its ends. A brace of a literal or of a regular expression is doubled.
    ///
    /// # Errors
    /// The text isn't a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut segments = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let pieces = split(text)?;
        for (index, (text, piece)) in pieces.iter().enumerate() {
            if piece.is_empty() {
                if pieces.len() == 1 {
                    break;
                }
                return Err(TemplateError::Separators);
            }
            let segment = Segment::parse(text, piece)?;
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

/// A part as it is written, its doubled braces as one.
enum Raw {
    Literal(String),
    /// What stands between the braces.
    Parameter(String),
}

/// The segments, each as written and in parts.
fn split(text: &str) -> Result<Vec<(&str, Vec<Raw>)>, TemplateError> {
    let mut segments = Vec::new();
    let (mut parts, mut held) = (Vec::new(), String::new());
    let (mut start, mut is_open) = (0, false);
    let mut rest = text.char_indices().peekable();
    while let Some((index, c)) = rest.next() {
        match c {
            '{' | '}' if rest.next_if(|(_, next)| *next == c).is_some() => held.push(c),
            '{' if is_open => return Err(TemplateError::Unescaped),
            '}' if !is_open => return Err(TemplateError::Unbalanced),
            '{' => {
                is_open = true;
                parts.extend(literal(&mut held)?);
            }
            '}' => {
                is_open = false;
                parts.push(Raw::Parameter(std::mem::take(&mut held)));
            }
            '/' if !is_open => {
                parts.extend(literal(&mut held)?);
                segments.push((&text[start..index], std::mem::take(&mut parts)));
                start = index + 1;
            }
            c => held.push(c),
        }
    }
    if is_open {
        return Err(TemplateError::Unbalanced);
    }
    parts.extend(literal(&mut held)?);
    segments.push((&text[start..], parts));
    Ok(segments)
}

/// The literal that has been held, if it has a character.
fn literal(held: &mut String) -> Result<Option<Raw>, TemplateError> {
    if held.contains('?') {
        return Err(TemplateError::Literal(std::mem::take(held)));
    }
    Ok((!held.is_empty()).then(|| Raw::Literal(std::mem::take(held))))
}

impl Segment {
    fn parse(text: &str, raw: &[Raw]) -> Result<Self, TemplateError> {
        let part = |raw: &Raw| {
            Ok(match raw {
                Raw::Literal(text) => Part::Literal(text.clone()),
                Raw::Parameter(text) => Part::Parameter(Parameter::parse(text)?),
            })
        };
        let parts: Vec<Part> = raw.iter().map(part).collect::<Result<_, _>>()?;
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
            "a//b",
            "empty/{}",
            "{a",
            "a}",
            "{*a}/b",
            "{a}/{A}",
            "{a:nope}",
            "a?",
            "{a}{b}",
            "{a?}-{b}",
            "{a}-{b?}",
            "a{{b}",
            "a{b}}",
            "{a}}",
            "{a{{}",
            "{a:regex(b{2})}",
        ] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}
