//! Route templates of ASP.NET Core: `orders/{id:int}/{*rest}`.

use percent_encoding::percent_decode_str;

use super::constraint::Constraint;

/// Names and values of a match, in the template's order. An optional parameter that is absent has none.
pub(crate) type Params = Vec<(String, Option<String>)>;

/// A parsed template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(super) segments: Vec<Segment>,
}

/// What stands between two slashes.
#[derive(Debug, Clone)]
pub(super) struct Segment(pub(super) Vec<Part>);

#[derive(Debug, Clone)]
pub(super) enum Part {
    Literal(String),
    Parameter(Parameter),
}

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) optional: bool,
    pub(super) default: Option<String>,
    pub(super) catch_all: bool,
    pub(super) constraints: Vec<Constraint>,
}

impl Template {
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

impl Parameter {
    fn allows(&self, value: &str) -> bool {
        self.constraints
            .iter()
            .all(|constraint| constraint.allows(value))
    }
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
}
