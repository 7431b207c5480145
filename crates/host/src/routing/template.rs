//! Route templates of ASP.NET Core: `orders/{id:int}/{*rest}`.

use percent_encoding::percent_decode_str;

use super::constraint::Constraint;

/// Names and values of a match, in the template's order. An optional parameter that is absent has none.
pub(crate) type Params = Vec<(String, Option<String>)>;

/// A parsed template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    segments: Vec<Segment>,
}

/// What stands between two slashes.
#[derive(Debug, Clone)]
struct Segment(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Parameter(Parameter),
}

#[derive(Debug, Clone)]
struct Parameter {
    name: String,
    optional: bool,
    default: Option<String>,
    catch_all: bool,
    constraints: Vec<Constraint>,
}

/// A template that is none, in the words of ASP.NET where it has some.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error(
        "there is an incomplete parameter in the route template; check that each '{{' has a matching '}}'"
    )]
    Unbalanced,
    #[error("the route parameter name '{0}' is invalid; it must not be empty or hold / {{ }} ? *")]
    Name(String),
    #[error("the constraint reference '{0}' could not be resolved to a type")]
    Constraint(String),
    #[error("the route template separator character '/' cannot appear consecutively")]
    Separators,
    #[error("a catch-all parameter can only appear as the last segment of the route template")]
    CatchAll,
    #[error("the route parameter name '{0}' appears more than one time in the route template")]
    Twice(String),
}

impl Template {
    /// Reads a template without slashes at its ends.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
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

    /// A template that no path matches.
    pub(crate) fn nothing() -> Self {
        let part = Part::Literal("\0".to_owned());
        Self {
            segments: vec![Segment(vec![part])],
        }
    }

    /// Does it match every path that the other one does? Only plain cases are told: an equal or wider template of
    /// literals and unconstrained parameters.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        for (index, segment) in self.segments.iter().enumerate() {
            match (
                segment.0.as_slice(),
                other.segments.get(index).map(|other| other.0.as_slice()),
            ) {
                ([Part::Parameter(parameter)], _) if parameter.catch_all => {
                    return parameter.constraints.is_empty();
                }
                ([Part::Parameter(parameter)], None) => {
                    if !parameter.optional && parameter.default.is_none() {
                        return false;
                    }
                }
                (_, None) => return false,
                ([Part::Parameter(parameter)], Some(theirs)) => {
                    let wider = parameter.constraints.is_empty();
                    let required = !parameter.optional && parameter.default.is_none();
                    let may_lack = matches!(theirs, [Part::Parameter(p)] if p.optional || p.default.is_some() || p.catch_all);
                    if !wider
                        || (required && may_lack)
                        || matches!(theirs, [Part::Parameter(p)] if p.catch_all)
                    {
                        return false;
                    }
                }
                ([Part::Literal(ours)], Some([Part::Literal(theirs)]))
                    if ours.eq_ignore_ascii_case(theirs) => {}
                _ => return false,
            }
        }
        self.segments.len() >= other.segments.len()
    }

    /// Must a caller fill something in? If not, a link can be made of it.
    pub(crate) fn has_required_parameter(&self) -> bool {
        self.parameters().any(|parameter| {
            !parameter.optional && !parameter.catch_all && parameter.default.is_none()
        })
    }

    /// The path without its parameters, for a link.
    pub(crate) fn literal_path(&self) -> String {
        let mut path = Vec::new();
        for segment in &self.segments {
            match segment.0.as_slice() {
                [Part::Literal(text)] => path.push(text.as_str()),
                _ => break,
            }
        }
        path.join("/")
    }

    fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.segments
            .iter()
            .flat_map(|segment| &segment.0)
            .filter_map(|part| match part {
                Part::Parameter(parameter) => Some(parameter),
                Part::Literal(_) => None,
            })
    }

    /// The values of a raw path, if it matches. Slashes at its ends do not count.
    pub(crate) fn matches(&self, path: &str) -> Option<Params> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut pieces = if path.is_empty() {
            Vec::new()
        } else {
            path.split('/').collect()
        };
        let mut values: Params = Vec::new();
        for (index, segment) in self.segments.iter().enumerate() {
            match segment.0.as_slice() {
                [Part::Parameter(parameter)] if parameter.catch_all => {
                    let rest = pieces.get(index..).unwrap_or_default().join("/");
                    let rest = decoded(&rest);
                    let value = if rest.is_empty() {
                        parameter.default.clone()
                    } else {
                        Some(rest)
                    };
                    if value
                        .as_deref()
                        .is_some_and(|value| !parameter.allows(value))
                    {
                        return None;
                    }
                    values.push((parameter.name.clone(), value));
                    pieces.truncate(index);
                }
                [Part::Parameter(parameter)] if index >= pieces.len() => {
                    if parameter.default.is_none() && !parameter.optional {
                        return None;
                    }
                    values.push((parameter.name.clone(), parameter.default.clone()));
                }
                parts => {
                    let piece = pieces.get(index).filter(|piece| !piece.is_empty())?;
                    consume(parts, &decoded(piece), &mut values)?;
                }
            }
        }
        (pieces.len() <= self.segments.len()).then_some(values)
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
                    parts.push(Part::Literal(rest[..end].to_owned()));
                    rest = &rest[end..];
                }
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

    fn allows(&self, value: &str) -> bool {
        self.constraints
            .iter()
            .all(|constraint| constraint.allows(value))
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

/// Kestrel decodes a path except for `%2F`, which would make another segment of it.
fn decoded(piece: &str) -> String {
    let mut out = String::new();
    for (index, part) in piece.split("%2F").enumerate() {
        if index > 0 {
            out.push_str("%2F");
        }
        for (index, part) in part.split("%2f").enumerate() {
            if index > 0 {
                out.push_str("%2f");
            }
            out.push_str(&percent_decode_str(part).decode_utf8_lossy());
        }
    }
    out
}

/// Matches the parts of one segment from its end, each literal at its last occurrence, as ASP.NET does.
fn consume(parts: &[Part], text: &str, values: &mut Params) -> Option<()> {
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
                        rfind_ignoring_case(rest, literal)? + literal.len()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, path: &str) -> Option<String> {
        let matched = Template::parse(template.trim_matches('/'))
            .unwrap()
            .matches(path)?;
        let shown: Vec<String> = matched
            .into_iter()
            .map(|(name, value)| format!("{name}={}", value.unwrap_or_else(|| "null".to_owned())))
            .collect();
        Some(shown.join(" "))
    }

    #[test]
    fn v139_v140_constraints_and_optional_parameters() {
        let template = "csharp/products/{category:alpha?}/{id:int?}/{extra?}";
        let matched = |path: &str| values(template, &format!("/csharp/products{path}"));
        assert_eq!(
            matched("/electronics/123/extra").unwrap(),
            "category=electronics id=123 extra=extra"
        );
        assert_eq!(
            matched("/electronics").unwrap(),
            "category=electronics id=null extra=null"
        );
        assert_eq!(matched("").unwrap(), "category=null id=null extra=null");
        assert_eq!(matched("/electronics/1x3"), None);
        assert_eq!(matched("/999/123"), None);
    }

    #[test]
    fn v141_guids() {
        let matched = |path: &str| values("p/{category:alpha?}/{id:guid?}", path);
        assert!(matched("/p/electronics/0d4b2a5e-93c1-4d0f-a1a7-6f3e1c0a9b11").is_some());
        assert!(matched("/p").is_some());
        assert!(matched("/p/electronics/notaguid").is_none());
        assert!(matched("/p/999").is_none());
    }

    #[test]
    fn literals_ignore_case_and_slashes_at_the_ends_do_not_count() {
        assert_eq!(values("API/Orders/{id}", "/api/orders/7/").unwrap(), "id=7");
        assert_eq!(values("a/b", "/a//b"), None);
        assert_eq!(values("a", "/a/b"), None);
    }

    #[test]
    fn a_catch_all_may_be_empty_and_holds_slashes() {
        assert_eq!(
            values("files/{*rest}", "/files/a/b%20c").unwrap(),
            "rest=a/b c"
        );
        assert_eq!(values("files/{*rest}", "/files").unwrap(), "rest=null");
        assert_eq!(values("{*rest}", "/").unwrap(), "rest=null");
    }

    #[test]
    fn defaults_and_mixed_segments() {
        assert_eq!(values("page/{n=1}", "/page").unwrap(), "n=1");
        assert_eq!(
            values("{name}.{kind}", "/a.tar.gz").unwrap(),
            "name=a.tar kind=gz"
        );
        assert_eq!(values("file-{id:int}", "/FILE-3").unwrap(), "id=3");
        assert_eq!(values("{a}", "/x%2Fy").unwrap(), "a=x%2Fy");
    }

    #[test]
    fn v164_v166_v167_wrong_templates_are_refused() {
        for wrong in [
            "a//b", "empty/{}", "{a", "a}", "{*a}/b", "{a}/{A}", "{a:nope}",
        ] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}
