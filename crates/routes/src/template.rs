//! A template, and matching a path with it.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::segment::{Parameter, Params, Part, Segment, consume};

/// What a literal must not show in a path.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A parsed template.
#[derive(Debug, Clone)]
pub struct Template {
    pub(crate) segments: Vec<Segment>,
}

impl Template {
    /// Does it match every path that the other one does? Only plain cases are told: an equal or wider template of
    /// literals and unconstrained parameters.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
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
                    let may_lack =
                        matches!(theirs, [Part::Parameter(p)] if p.may_lack() || p.catch_all);
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
    #[must_use]
    pub fn has_required_parameter(&self) -> bool {
        self.parameters().any(|parameter| {
            !parameter.optional && !parameter.catch_all && parameter.default.is_none()
        })
    }

    /// The path without its parameters, percent-encoded, for a link.
    #[must_use]
    pub fn literal_path(&self) -> String {
        let mut path = Vec::new();
        for segment in &self.segments {
            match segment.0.as_slice() {
                [Part::Literal(text)] => path.push(utf8_percent_encode(text, ESCAPED).to_string()),
                _ => break,
            }
        }
        path.join("/")
    }

    /// The template without the names of its parameters, in lower case: two routes of one shape take the same requests.
    #[must_use]
    pub fn shape(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.to_lowercase().replace('{', "{{"),
            Part::Parameter(parameter) => {
                let star = if parameter.catch_all { "*" } else { "" };
                let mark = if parameter.may_lack() { "?" } else { "" };
                // What a parameter must look like may tell two routes apart.
                format!("{{{star}{:?}{mark}}}", parameter.constraints)
            }
        };
        let segment = |segment: &Segment| segment.0.iter().map(part).collect::<String>();
        let segments = self.segments.iter().map(segment);
        segments.collect::<Vec<_>>().join("/")
    }

    /// The text of the first segment, if it has no parameters; of an empty template, nothing.
    #[must_use]
    pub fn first_literal(&self) -> Option<&str> {
        match self.segments.first().map(|segment| segment.0.as_slice()) {
            None => Some(""),
            Some([Part::Literal(text)]) => Some(text),
            Some(_) => None,
        }
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

    /// The values of a path, as [`decoded`](crate::decoded) gives it, if it matches. One slash at each end doesn't
    /// count, but the value of a catch-all parameter keeps it.
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Params> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut rest = Some(path).filter(|path| !path.is_empty());
        let mut values: Params = Vec::new();
        for segment in &self.segments {
            match (segment.0.as_slice(), rest) {
                ([Part::Parameter(parameter)], _) if parameter.catch_all => {
                    let given = rest.take().map(str::to_owned);
                    let value = given.or_else(|| parameter.default.clone());
                    if value
                        .as_deref()
                        .is_some_and(|value| !parameter.allows(value))
                    {
                        return None;
                    }
                    values.push((parameter.name.clone(), value));
                }
                ([Part::Parameter(parameter)], None) if parameter.may_lack() => {
                    values.push((parameter.name.clone(), parameter.default.clone()));
                }
                (_, None) => return None,
                (parts, Some(path)) => {
                    let (piece, after) = path.split_once('/').unwrap_or((path, ""));
                    consume(parts, piece, &mut values)?;
                    rest = Some(after).filter(|after| !after.is_empty());
                }
            }
        }
        rest.is_none().then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, path: &str) -> Option<String> {
        let matched = Template::parse(template.trim_matches('/'))
            .unwrap()
            .matches(&crate::decoded(path))?;
        let shown: Vec<String> = matched
            .into_iter()
            .map(|(name, value)| format!("{name}={}", value.unwrap_or_else(|| "null".to_owned())))
            .collect();
        Some(shown.join(" "))
    }

    #[test]
    fn optional_parameters_may_be_absent_and_constraints_must_hold() {
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
    fn a_guid_constraint_admits_only_guids() {
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
        assert_eq!(
            values("files/{*rest}", "/files/a//b/").unwrap(),
            "rest=a//b/"
        );
        assert_eq!(values("files/{*rest}", "/files").unwrap(), "rest=null");
        assert_eq!(values("{*rest}", "/").unwrap(), "rest=null");
    }

    #[test]
    fn an_optional_extension_goes_with_its_dot() {
        let matched = |path: &str| values("{name}.{ext?}", path);
        assert_eq!(matched("/a.txt").unwrap(), "name=a ext=txt");
        assert_eq!(matched("/readme").unwrap(), "name=readme ext=null");
        assert_eq!(matched("/a."), None);
        assert_eq!(matched("/.txt").unwrap(), "name=.txt ext=null");
    }

    #[test]
    fn shapes_tell_routes_apart() {
        let shape = |text: &str| Template::parse(text).unwrap().shape();
        assert_eq!(shape("X/{a}"), shape("x/{b}"));
        assert_ne!(shape("x/{a:int}"), shape("x/{a}"));
        assert_ne!(shape("x/{a}"), shape("x/a"));
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(values("a{{b}}/{x}", "/A%7Bb%7D/1").unwrap(), "x=1");
        assert_eq!(values("a{{b}}/{x}", "/a{b}/1").unwrap(), "x=1");
        assert_eq!(values("a{{b}}", "/a{{b}}"), None);
        assert_eq!(values("{{{x}", "/%7B1").unwrap(), "x=1");
        assert_eq!(values("{{/}}", "/%7B/%7D").unwrap(), "");
        assert_eq!(values("{x:regex(^a{{2}}$)}", "/aa").unwrap(), "x=aa");
        assert_eq!(values("{x:regex(^a/b$)}/c", "/d/c"), None);
        assert_eq!(values("{x={{y}}z}", "/").unwrap(), "x={y}z");
        let parsed = Template::parse("a{{b}} ü/c%/{x}").unwrap();
        assert_eq!(parsed.literal_path(), "a%7Bb%7D%20%C3%BC/c%25");
        let path = crate::decoded("/a%7Bb%7D%20%C3%BC/c%25/1");
        assert!(parsed.matches(&path).is_some());
        assert_eq!(parsed.first_literal(), Some("a{b} ü"));
        let shape = |text: &str| Template::parse(text).unwrap().shape();
        assert_ne!(shape("{{[]}}"), shape("{x}"));
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
