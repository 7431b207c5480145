//! A package's modules, read from its source, and which file uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta};

use crate::references::{Import, References, only_in_tests};

/// Where a module stands in the tree: `["front", "cors"]`; the root is empty.
type ModulePath = Vec<String>;

struct Module {
    file: PathBuf,
    /// What is declared here: types, functions, constants, macros. Not its modules.
    items: BTreeSet<String>,
    references: References,
}

/// A crate: a root file and the modules that it declares.
pub(crate) struct Package {
    modules: BTreeMap<ModulePath, Module>,
    /// The outermost module in each file.
    files: BTreeMap<PathBuf, ModulePath>,
    uses: BTreeSet<Use>,
}

/// One file that uses another, and by which path.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Use {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
    pub(crate) by: String,
}

impl Package {
    /// Of the crate whose root is the file `root`; `read` gives the text of a file that exists.
    pub(crate) fn read(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut package = Self {
            modules: BTreeMap::new(),
            files: BTreeMap::new(),
            uses: BTreeSet::new(),
        };
        package.file(
            Vec::new(),
            root,
            root.parent().expect("a file has a folder"),
            read,
        );
        package.uses = package.find_uses();
        package
    }

    fn file(
        &mut self,
        at: ModulePath,
        file: &Path,
        children: &Path,
        read: &dyn Fn(&Path) -> Option<String>,
    ) {
        let text = read(file).unwrap_or_else(|| panic!("{}: no such file", file.display()));
        let syntax =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.files.insert(file.to_path_buf(), at.clone());
        self.module(at, file, children, &syntax.items, read);
    }

    fn module(
        &mut self,
        at: ModulePath,
        file: &Path,
        children: &Path,
        items: &[Item],
        read: &dyn Fn(&Path) -> Option<String>,
    ) {
        for item in items {
            let Item::Mod(module) = item else { continue };
            if only_in_tests(item) {
                continue;
            }
            let name = module.ident.to_string();
            let mut below = at.clone();
            below.push(name.clone());
            let folder = children.join(&name);
            if let Some((_, items)) = &module.content {
                self.module(below, file, &folder, items, read);
                continue;
            }
            let (single, grouped) = (children.join(format!("{name}.rs")), folder.join("mod.rs"));
            let file = match elsewhere(&module.attrs) {
                Some(path) => file.parent().expect("a file has a folder").join(path),
                None if read(&single).is_some() => single,
                None => grouped,
            };
            self.file(below, &file, &folder, read);
        }
        let module = Module {
            file: file.to_path_buf(),
            items: items.iter().filter_map(declared).collect(),
            references: References::of(items),
        };
        self.modules.insert(at, module);
    }

    /// Every use of one file by another.
    pub(crate) fn uses(&self) -> &BTreeSet<Use> {
        &self.uses
    }

    fn find_uses(&self) -> BTreeSet<Use> {
        let mut found = BTreeSet::new();
        for (at, module) in &self.modules {
            for path in self.dependencies(module) {
                let Some(to) = self.resolve(at, &path, 0) else {
                    continue;
                };
                if to != module.file {
                    found.insert(Use {
                        from: module.file.clone(),
                        to,
                        by: path.join("::"),
                    });
                }
            }
        }
        found
    }

    /// What a module depends on: its paths, and its imports. An import for others alone is a signpost, not a dependency.
    fn dependencies(&self, module: &Module) -> Vec<Vec<String>> {
        let mut paths: Vec<_> = module.references.paths.iter().cloned().collect();
        let imports = module.references.imports.iter();
        paths.extend(
            imports
                .filter(|import| !import.public && import.name.is_some())
                .map(|import| import.path.clone()),
        );
        paths
    }

    /// Every path that the files below `folder` mention, with the file: those in code and those that are imported.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = (&Path, &[String])> {
        self.modules.values().flat_map(|module| {
            let imports = module
                .references
                .imports
                .iter()
                .map(|import| import.path.as_slice());
            let paths = module.references.paths.iter().map(Vec::as_slice);
            imports
                .chain(paths)
                .map(|path| (module.file.as_path(), path))
        })
    }

    /// The modules that the root declares.
    pub(crate) fn rooms(&self) -> BTreeSet<&str> {
        self.modules
            .keys()
            .filter_map(|path| path.first())
            .map(String::as_str)
            .collect()
    }

    /// The module of the root that a file belongs to; none for the root itself.
    pub(crate) fn room_of(&self, file: &Path) -> Option<&str> {
        self.files.get(file)?.first().map(String::as_str)
    }

    /// Whether the module of the file `outer` contains that of `inner`.
    pub(crate) fn is_around(&self, outer: &Path, inner: &Path) -> bool {
        match (self.files.get(outer), self.files.get(inner)) {
            (Some(outer), Some(inner)) => inner.starts_with(outer),
            _ => false,
        }
    }

    pub(crate) fn files(&self) -> impl ExactSizeIterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// The file that declares what `path` names in the module `at`. None for other packages, local names, and modules
    /// themselves: to name one is not to use what is in it.
    fn resolve(&self, at: &[String], path: &[String], depth: usize) -> Option<PathBuf> {
        // Two modules may import each other's names without end.
        if depth > 16 {
            return None;
        }
        let mut at = at.to_vec();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|first| first == "super") {
                    at.pop()?;
                    rest = &rest[1..];
                }
            }
            _ => return self.in_scope(&at, rest, depth),
        }
        self.below(&at, rest, depth)
    }

    /// A path without a beginning of its own: through a module or an item of `at`, or an import.
    fn in_scope(&self, at: &[String], path: &[String], depth: usize) -> Option<PathBuf> {
        let module = self.modules.get(at)?;
        let first = &path[0];
        let mut child = at.to_vec();
        child.push(first.clone());
        if self.modules.contains_key(&child) {
            return self.below(&child, &path[1..], depth);
        }
        if module.items.contains(first) {
            return None;
        }
        self.imported(at, module, path, false, depth)
    }

    /// A path from the module `at` down.
    fn below(&self, at: &[String], path: &[String], depth: usize) -> Option<PathBuf> {
        let module = self.modules.get(at)?;
        let first = path.first()?;
        let mut child = at.to_vec();
        child.push(first.clone());
        if self.modules.contains_key(&child) && !module.items.contains(first) {
            return self.below(&child, &path[1..], depth);
        }
        if module.items.contains(first) {
            return Some(module.file.clone());
        }
        self.imported(at, module, path, true, depth)
            .or_else(|| Some(module.file.clone()))
    }

    /// What the first segment was imported as, or comes from a glob.
    fn imported(
        &self,
        at: &[String],
        module: &Module,
        path: &[String],
        outside: bool,
        depth: usize,
    ) -> Option<PathBuf> {
        let named = |import: &&Import| import.name.as_deref() == Some(path[0].as_str());
        let imports = || module.references.imports.iter();
        if let Some(import) = imports().find(named) {
            // `use zip;` in a module is another package, not itself.
            if import.path == path[..1] {
                return None;
            }
            let path: Vec<_> = import.path.iter().chain(&path[1..]).cloned().collect();
            return self.resolve(at, &path, depth + 1);
        }
        let globs = imports().filter(|import| import.name.is_none() && (import.public || !outside));
        globs
            .filter_map(|import| {
                let path: Vec<_> = import.path.iter().chain(path).cloned().collect();
                self.declares(at, &path, depth + 1)
                    .then(|| self.resolve(at, &path, depth + 1))?
            })
            .next()
    }

    /// Whether a path behind a glob leads to an item that its module declares.
    fn declares(&self, at: &[String], path: &[String], depth: usize) -> bool {
        let Some(file) = self.resolve(at, path, depth) else {
            return false;
        };
        let last = path.iter().rev();
        self.modules.values().any(|module| {
            module.file == file && last.clone().any(|name| module.items.contains(name))
        })
    }
}

fn elsewhere(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        })
}

fn declared(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
