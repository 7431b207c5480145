//! What stands between two slashes of a template, and matching it.

use crate::constraint::Constraint;

/// Names and values of a match, in the template's order. An absent optional parameter has no value.
pub type Params = Vec<(String, Option<String>)>;

#[derive(Debug, Clone)]
pub(crate) struct Segment(pub(crate) Vec<Part>);

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Literal(String),
    Parameter(Parameter),
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) optional: bool,
    pub(crate) default: Option<String>,
    pub(crate) catch_all: bool,
    pub(crate) constraints: Vec<Constraint>,
}

impl Parameter {
    pub(crate) fn allows(&self, value: &str) -> bool {
        self.constraints
            .iter()
            .all(|constraint| constraint.allows(value))
    }

    /// May a path leave it out?
    pub(crate) fn may_lack(&self) -> bool {
        self.optional || self.default.is_some()
    }
}

/// Adds the values of a segment's parameters, if the text matches.
///
/// An optional parameter at the end goes with the dot before it: `{name}.{ext?}` takes `readme` too, but not `readme.`.
pub(crate) fn consume(parts: &[Part], text: &str, values: &mut Params) -> Option<()> {
    if whole(parts, text, values).is_some() {
        return Some(());
    }
    let [before @ .., Part::Literal(dot), Part::Parameter(last)] = parts else {
        return None;
    };
    if !last.optional || dot != "." || text.ends_with('.') {
        return None;
    }
    whole(before, text, values)?;
    values.push((last.name.clone(), None));
    Some(())
}

/// Matches the parts from the segment's end, each literal at its last occurrence, as ASP.NET does.
fn whole(parts: &[Part], text: &str, values: &mut Params) -> Option<()> {
    let mut rest = text;
    let mut found: Params = Vec::new();
    let mut index = parts.len();
    while index > 0 {
        index -= 1;
        match &parts[index] {
            Part::Literal(literal) => rest = strip_suffix_ignoring_case(rest, literal)?,
            Part::Parameter(parameter) => {
                let start = match index.checked_sub(1).map(|before| &parts[before]) {
                    Some(Part::Literal(literal)) => {
                        // A value has one character at least.
                        let last = rest.char_indices().last()?.0;
                        rfind_ignoring_case(&rest[..last], literal)? + literal.len()
                    }
                    _ => 0,
                };
                let value = &rest[start..];
                if value.is_empty() || !parameter.allows(value) {
                    return None;
                }
                found.push((parameter.name.clone(), Some(value.to_owned())));
                rest = &rest[..start];
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    values.extend(found.into_iter().rev());
    Some(())
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let start = text.len().checked_sub(suffix.len())?;
    text.get(start..)?
        .eq_ignore_ascii_case(suffix)
        .then(|| &text[..start])
}

fn rfind_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    (0..=text.len().checked_sub(wanted.len())?)
        .rev()
        .find(|start| {
            text.get(*start..*start + wanted.len())
                .is_some_and(|part| part.eq_ignore_ascii_case(wanted))
        })
}
