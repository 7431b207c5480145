//! Types as TypeScript writes them.

use std::collections::BTreeMap;

/// A type that has a name in TypeScript: that of the JSON, or the bytes, it travels as.
///
/// Implemented for what the standard library has; [`typescript!`](crate::typescript) declares structs and plain enums.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no TypeScript type",
    label = "part of an event of the contract",
    note = "declare the struct with `typescript! {{ … }}`, or implement `socketio_functions::contract::TypeScript`"
)]
pub trait TypeScript {
    /// The type, as it stands behind a colon. Declarations that it refers to are added to `types`.
    fn type_name(types: &mut Types) -> String;
}

/// The declarations that a contract refers to.
#[derive(Debug, Default)]
pub struct Types {
    /// By name: where the type is defined in Rust, and what stands behind its name.
    declared: BTreeMap<String, (&'static str, String)>,
    conflicts: Vec<String>,
}

impl Types {
    /// Declares a type once; returns its name. `path` is where it is defined in Rust: another type of the same name is a
    /// conflict. `body` is called the first time, and may refer to the type itself.
    pub fn declare(
        &mut self,
        name: &str,
        path: &'static str,
        body: impl FnOnce(&mut Self) -> String,
    ) -> String {
        match self.declared.get(name) {
            Some((known, _)) if *known == path => {}
            Some((known, _)) => self
                .conflicts
                .push(format!("{name} is both {known} and {path}")),
            None => {
                self.declared.insert(name.to_owned(), (path, String::new()));
                let body = body(self);
                self.declared.insert(name.to_owned(), (path, body));
            }
        }
        name.to_owned()
    }

    /// The declarations by name, each with what stands behind the name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let declared = self.declared.iter();
        declared.map(|(name, (_, body))| (name.as_str(), body.as_str()))
    }

    /// Names that stand for two types.
    pub(super) fn conflicts(&self) -> &[String] {
        &self.conflicts
    }
}

/// A member of an object: its name, quoted where TypeScript wants that.
pub(super) fn member(name: &str) -> String {
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

/// The body of an interface. For [`typescript!`](crate::typescript).
#[doc(hidden)]
#[must_use]
pub fn object(members: &[(&str, String)]) -> String {
    let mut body = "{\n".to_owned();
    for (name, type_name) in members {
        let name = name.strip_prefix("r#").unwrap_or(name);
        body.push_str(&format!("  {}: {type_name};\n", member(name)));
    }
    body.push('}');
    body
}

/// The body of an enum without fields. For [`typescript!`](crate::typescript).
#[doc(hidden)]
#[must_use]
pub fn union(variants: &[&str]) -> String {
    let variants = variants.iter().map(|name| format!("\"{name}\""));
    variants.collect::<Vec<_>>().join(" | ")
}
