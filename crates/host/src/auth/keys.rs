//! The keys of an app, made at its start and kept in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::authority::Authority;

/// What a key opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyScope {
    /// Everything.
    Master,
    /// Every function of level `function`.
    Host,
    /// The webhook of an extension.
    System,
    /// The function of this name.
    Function(String),
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Master => f.write_str("master"),
            Self::Host => f.write_str("host"),
            Self::System => f.write_str("system"),
            Self::Function(name) => write!(f, "function {name}"),
        }
    }
}

/// A key. `Debug` does not show its value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// What it opens.
    pub scope: KeyScope,
    /// Its name, as in `default`.
    pub name: String,
    /// The secret: goes into the header `x-functions-key` or the query parameter `code`.
    pub value: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {}, …)", self.scope, self.name)
    }
}

/// All keys.
pub(crate) struct Keys(Mutex<BTreeMap<(KeyScope, String), String>>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// A new master key and a new one for all functions.
    pub(crate) fn new() -> Self {
        let key = |scope, name: &str| ((scope, name.to_owned()), secret());
        let keys = [
            key(KeyScope::Master, MASTER),
            key(KeyScope::Host, "default"),
        ];
        Self(Mutex::new(BTreeMap::from(keys)))
    }

    /// Adds what is missing: a key for each function, and one for the webhook of an extension.
    pub(crate) fn provide<'a>(
        &self,
        functions: impl Iterator<Item = &'a str>,
        extension: Option<&str>,
    ) {
        let mut keys = self.lock();
        let mut add = |scope: KeyScope, name: &str| {
            if !keys.keys().any(|(known, _)| *known == scope) {
                keys.insert((scope, name.to_owned()), secret());
            }
        };
        if let Some(extension) = extension {
            add(KeyScope::System, &format!("{extension}_extension"));
        }
        for function in functions {
            add(KeyScope::Function(function.to_owned()), "default");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(KeyScope, String), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> Vec<Key> {
        let keys = self.lock();
        let key = |((scope, name), value): (&(KeyScope, String), &String)| Key {
            scope: scope.clone(),
            name: name.clone(),
            value: value.clone(),
        };
        keys.iter().map(key).collect()
    }

    /// What a key allows, for a function or in general.
    pub(crate) fn authority(&self, key: Option<&str>, function: Option<&str>) -> Authority {
        let Some(key) = key else {
            return Authority::None;
        };
        let keys = self.lock();
        let mut matching = keys.iter().filter(|(_, value)| *value == key);
        // Values are random; an author may still have given two keys the same one.
        matching
            .find_map(|((scope, name), _)| match scope {
                KeyScope::Master => Some(Authority::Admin),
                KeyScope::Host => Some(Authority::Function(name.clone())),
                KeyScope::System => Some(Authority::System(name.clone())),
                KeyScope::Function(owner) if Some(owner.as_str()) == function => {
                    Some(Authority::Function(name.clone()))
                }
                KeyScope::Function(_) => None,
            })
            .unwrap_or(Authority::None)
    }
}

/// The name of the master key.
const MASTER: &str = "_master";

fn secret() -> String {
    let (a, b) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    URL_SAFE_NO_PAD.encode([*a.as_bytes(), *b.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_no_ladder() {
        let keys = Keys::new();
        keys.provide(["f", "g"].into_iter(), Some("socketio"));
        let value = |scope: KeyScope| {
            let mut keys = keys.all().into_iter();
            keys.find(|key| key.scope == scope).unwrap().value
        };
        for (key, function, admin) in [
            (value(KeyScope::Master), true, true),
            (value(KeyScope::Host), true, false),
            (value(KeyScope::Function("f".to_owned())), true, false),
            (value(KeyScope::Function("g".to_owned())), false, false),
            (value(KeyScope::System), false, false),
            ("x".to_owned(), false, false),
        ] {
            let authority = keys.authority(Some(&key), Some("f"));
            assert_eq!(authority.satisfies("function"), function, "{authority:?}");
            assert_eq!(authority.satisfies("admin"), admin, "{authority:?}");
            assert!(authority.satisfies("anonymous"));
        }
        let shown = format!("{:?}{keys:?}", keys.all());
        assert!(!shown.contains(&value(KeyScope::Master)));
    }
}
