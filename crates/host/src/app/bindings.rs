//! The bindings of a function, as function.json lists them (docs/contracts/functions-host.md, "function.json").

use super::error::{FileError, Source};
use super::variables::{Unknown, Variables};
use crate::json::Json;

/// One binding.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) name: String,
    /// `type`, as written.
    pub(crate) kind: String,
    pub(crate) direction: Direction,
    /// `"dataType": "binary"`
    pub(crate) binary: bool,
    /// All of its members, settings resolved.
    pub(crate) properties: Json,
}

/// Which way a binding's value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
    InOut,
}

impl Binding {
    /// An output with nothing but a name and a type.
    #[cfg(test)]
    pub(crate) fn plain(name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            direction: Direction::Out,
            binary: false,
            properties: Json::empty(),
        }
    }

    /// Does it trigger the function?
    pub(crate) fn is_trigger(&self) -> bool {
        self.kind.to_ascii_lowercase().ends_with("trigger")
    }

    pub(crate) fn is_kind(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// A property as text; empty text counts as absent.
    pub(crate) fn text(&self, property: &str) -> Option<&str> {
        let text = self.properties.get(property).and_then(Json::as_str);
        text.filter(|text| !text.is_empty())
    }

    /// A property that is true or false, perhaps as text.
    pub(crate) fn switch(&self, property: &str) -> Option<bool> {
        match self.properties.get(property) {
            Some(Json::Bool(value)) => Some(*value),
            Some(Json::String(text)) => Some(text.eq_ignore_ascii_case("true")),
            _ => None,
        }
    }
}

/// What a setting never stands in: what a binding is, and everything of HTTP, so a route is taken as it is written.
const LITERAL: [&str; 4] = ["name", "type", "direction", "dataType"];
const LITERAL_KINDS: [&str; 2] = ["httptrigger", "http"];

/// Replaces `%SETTING%` in the properties of bindings.
pub(super) fn resolve(
    document: &mut Json,
    variables: &Variables,
    source: &Source,
) -> Result<(), FileError> {
    let Json::Object(members) = document else {
        return Ok(());
    };
    let list = members.iter_mut().find(|(name, _)| *name == "bindings");
    let Some((_, Json::Array(bindings))) = list else {
        return Ok(());
    };
    for binding in bindings {
        let Json::Object(properties) = binding else {
            continue;
        };
        let kind = properties
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("type"))
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if LITERAL_KINDS.contains(&kind.as_str()) {
            continue;
        }
        // The Socket.IO extension takes a namespace as it stands (docs/contracts/socketio-extension.md, "Trigger
        // properties").
        let socket_io = kind == "socketiotrigger";
        // A setting that they lack fails the invocation, not the function.
        let later = ["socketio", "socketionegotiation"].contains(&kind.as_str());
        for (name, value) in properties {
            let Json::String(text) = value else { continue };
            let literal = LITERAL.iter().any(|known| name.eq_ignore_ascii_case(known));
            if literal || socket_io && name.eq_ignore_ascii_case("namespace") {
                continue;
            }
            if let Some(missing) = unresolved(text, variables).filter(|_| !later) {
                return Err(source
                    .about(name, format!("'%{missing}%' does not resolve to a value."))
                    .hint(format!(
                        "set {missing} in local.settings.json under Values, or in the environment"
                    )));
            }
            *text = variables.expand(text, Unknown::Kept);
        }
    }
    Ok(())
}

/// The first `%NAME%` whose setting is missing.
fn unresolved<'a>(text: &'a str, variables: &Variables) -> Option<&'a str> {
    // Every second piece stands between two signs.
    let pieces: Vec<&str> = text.split('%').collect();
    let closed = pieces.len() - 1;
    pieces
        .into_iter()
        .take(closed)
        .skip(1)
        .step_by(2)
        .find(|name| !name.is_empty() && variables.get(name).is_none())
}

/// Reads the list of bindings; exactly one of them is a trigger.
pub(super) fn read(document: &Json, source: &Source) -> Result<Vec<Binding>, FileError> {
    let list = match document.get_exact("bindings") {
        Some(Json::Array(list)) if !list.is_empty() => list,
        Some(Json::Array(_)) | None | Some(Json::Null) => {
            let error = source.about("bindings", "At least one binding must be declared.");
            let mut others = document.members();
            return Err(match others.find(|(name, _)| name.eq_ignore_ascii_case("bindings")) {
                Some((name, _)) if name != "bindings" => error.hint(format!(
                    "names of function.json are case-sensitive: write \"bindings\" for \"{name}\""
                )),
                _ => error,
            });
        }
        Some(other) => {
            return Err(source.about(
                "bindings",
                format!("bindings must be a list, found {}", other.kind()),
            ));
        }
    };
    let mut read: Vec<Binding> = Vec::new();
    for item in list {
        let text = |name: &str| item.get(name).and_then(Json::as_str).unwrap_or_default();
        let (name, kind) = (text("name"), text("type"));
        if kind.is_empty() {
            return Err(source
                .about(name, "a binding has no type")
                .hint("add \"type\", as in \"httpTrigger\" or \"http\""));
        }
        let direction = match text("direction").to_ascii_lowercase().as_str() {
            "in" => Direction::In,
            "out" => Direction::Out,
            "inout" => Direction::InOut,
            // A trigger's direction may be left out.
            "" if kind.to_ascii_lowercase().ends_with("trigger") => Direction::In,
            other => {
                return Err(source
                    .about(
                        "direction",
                        format!("the direction of the binding '{name}' is '{other}'"),
                    )
                    .hint("write \"in\", \"out\" or \"inout\""));
            }
        };
        if !(is_binding_name(name) || name == "$return" && direction == Direction::Out) {
            return Err(source
                .about(name, format!("The binding name {name} is invalid. Please assign a valid name to the binding."))
                .hint("a name starts with a letter and has letters and digits; \"$return\" is for an output"));
        }
        if read
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(name))
        {
            return Err(source.about(
                name,
                format!(
                    "Multiple bindings with name '{name}' discovered. Binding names must be unique."
                ),
            ));
        }
        read.push(Binding {
            name: name.to_owned(),
            kind: kind.to_owned(),
            direction,
            binary: text("dataType").eq_ignore_ascii_case("binary"),
            properties: item.clone(),
        });
    }
    match read.iter().filter(|binding| binding.is_trigger()).count() {
        1 => Ok(read),
        0 => Err(source.about(
            "bindings",
            "No trigger binding specified. A function must have a trigger input binding.",
        )),
        _ => Err(source.about(
            "bindings",
            "Multiple trigger bindings defined. A function can only have a single trigger binding.",
        )),
    }
}

fn is_binding_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}
