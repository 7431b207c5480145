//! The TypeScript types that a contract refers to.

use std::any::{TypeId, type_name};
use std::collections::{BTreeMap, HashSet};

use ts_rs::{Config, TS, TypeVisitor};

/// The declarations that a contract refers to.
pub struct Types {
    config: Config,
    /// By name: the Rust type, what it is called there, and its declaration.
    declared: BTreeMap<String, (TypeId, &'static str, String)>,
    /// A type that contains itself is visited once.
    seen: HashSet<TypeId>,
    conflicts: Vec<String>,
}

impl Default for Types {
    fn default() -> Self {
        Self {
            // JSON has one kind of number, and so do Socket.IO's clients.
            config: Config::new().with_large_int("number"),
            declared: BTreeMap::new(),
            seen: HashSet::new(),
            conflicts: Vec::new(),
        }
    }
}

impl Types {
    /// The type as it stands behind a colon. Declarations that it refers to are added.
    pub fn of<T: TS + 'static + ?Sized>(&mut self) -> String {
        self.visit::<T>();
        T::name(&self.config)
    }

    /// The declarations, in the order of their names.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&str, &str)> {
        let declared = self.declared.iter();
        declared.map(|(name, (_, _, text))| (name.as_str(), text.as_str()))
    }

    /// Names that stand for two types.
    pub(super) fn conflicts(&self) -> &[String] {
        &self.conflicts
    }
}

impl std::fmt::Debug for Types {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.declared.keys()).finish()
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // Only a type with a declaration of its own has a path.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            let id = TypeId::of::<T::WithoutGenerics>();
            let path = type_name::<T>();
            match self.declared.get(&name) {
                // One declaration serves every instance of a generic type.
                Some((known, _, _)) if *known == id => {}
                Some((_, known, _)) => self
                    .conflicts
                    .push(format!("{name} is both {known} and {path}")),
                None => {
                    let text = T::decl(&self.config);
                    self.declared.insert(name, (id, path, text));
                }
            }
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
