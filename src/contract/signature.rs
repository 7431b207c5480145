//! The signature of an event in TypeScript.

use std::fmt;

use super::Types;
use ts_rs::TS;

/// Words that cannot name a parameter.
const RESERVED: [&str; 20] = [
    "arguments",
    "await",
    "case",
    "catch",
    "class",
    "default",
    "delete",
    "eval",
    "export",
    "finally",
    "function",
    "import",
    "new",
    "null",
    "switch",
    "this",
    "throw",
    "var",
    "void",
    "with",
];

/// One event as a member of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    parameters: Vec<String>,
}

impl Signature {
    /// An event of this name with these parameters, each a name and a type.
    #[must_use]
    pub fn new(name: &str, parameters: &[(&str, String)]) -> Self {
        let only = parameters.len() == 1;
        let parameter = |(name, type_name): &(&str, String)| {
            let name = name.strip_prefix("r#").unwrap_or(name);
            let reserved = if RESERVED.contains(&name) { "_" } else { "" };
            // A tuple that stands alone is the list of arguments itself.
            let rest = if only && is_list(type_name) {
                "..."
            } else {
                ""
            };
            format!("{rest}{name}{reserved}: {type_name}")
        };
        Self {
            name: name.to_owned(),
            parameters: parameters.iter().map(parameter).collect(),
        }
    }

    /// The event's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The same with a callback as the last parameter that gets a `T`.
    #[must_use]
    pub fn with_callback<T: TS + 'static>(mut self, types: &mut Types) -> Self {
        let parameters = match list(&types.of::<T>()) {
            List::Empty => String::new(),
            List::Several(tuple) => format!("...answer: {tuple}"),
            List::One(type_name) => format!("answer: {type_name}"),
        };
        self.parameters.push(format!("ack: ({parameters}) => void"));
        self
    }

    /// The same with a callback as the last parameter that gets either a `T` or an `R`.
    #[must_use]
    pub fn with_callback_or_refusal<T: TS + 'static, R: TS + 'static>(
        mut self,
        types: &mut Types,
    ) -> Self {
        let (accepted, refused) = (types.of::<T>(), types.of::<R>());
        let (accepted, refused) = (list(&accepted).tuple(), list(&refused).tuple());
        self.parameters
            .push(format!("ack: (...answer: {accepted} | {refused}) => void"));
        self
    }
}

/// A type as a list of arguments.
enum List<'a> {
    Empty,
    One(&'a str),
    Several(&'a str),
}

impl List<'_> {
    fn tuple(&self) -> String {
        match self {
            Self::Empty => "[]".to_owned(),
            Self::One(type_name) => format!("[{type_name}]"),
            Self::Several(tuple) => (*tuple).to_owned(),
        }
    }
}

/// The same rule as for values: a tuple or an array of fixed size is the list, which TypeScript writes in brackets.
fn list(type_name: &str) -> List<'_> {
    match type_name {
        "null" => List::Empty,
        tuple if is_list(tuple) => List::Several(tuple),
        other => List::One(other),
    }
}

fn is_list(type_name: &str) -> bool {
    type_name.starts_with('[') || type_name.starts_with("...")
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.join(", ");
        let name = member(&self.name);
        match self.parameters.split_last() {
            // TypeScript has a list in front of the callback only inside of a tuple.
            Some((_, before)) if before.iter().any(|one| is_list(one)) => {
                write!(f, "{name}: (...args: [{parameters}]) => void;")
            }
            _ => write!(f, "{name}: ({parameters}) => void;"),
        }
    }
}

/// A member of an object: its name, quoted where TypeScript wants that.
fn member(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if plain {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    }
}
