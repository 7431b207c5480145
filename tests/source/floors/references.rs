//! What the source of a module refers to: its imports, and the paths in its code.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, Path, UseTree, Visibility};

/// A name that a `use` brings into a module.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// The name in the module; none for a glob.
    pub(crate) name: Option<String>,
    /// What it stands for.
    pub(crate) path: Vec<String>,
    /// Whether others can reach it through this module.
    pub(crate) public: bool,
}

/// The references of one module, without those of its inline modules.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// Every `use`, nested and grouped ones taken apart.
    pub(crate) imports: Vec<Import>,
    /// Every path in the code: types, calls, macros and their arguments, `#[serde(with = "…")]`.
    pub(crate) paths: BTreeSet<Vec<String>>,
}

impl References {
    /// Of the items of a module. Tests are left out: they may look at everything.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut found = Self::default();
        for item in items {
            found.visit_item(item);
        }
        found
    }

    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>, public: bool) {
        let mut add = |name: Option<String>, last: Option<String>| {
            let mut path = before.clone();
            path.extend(last);
            self.imports.push(Import { name, path, public });
        };
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before, public);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before, public);
                }
            }
            UseTree::Glob(_) => add(None, None),
            UseTree::Name(name) if name.ident == "self" => add(before.last().cloned(), None),
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                add(Some(name.clone()), Some(name));
            }
            UseTree::Rename(rename) => {
                let last = (rename.ident != "self").then(|| rename.ident.to_string());
                add(Some(rename.rename.to_string()), last);
            }
        }
    }

    /// The paths among the tokens of a macro's or an attribute's arguments, which have no syntax of their own. A string
    /// counts if it is a path with more than one segment.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    self.path(std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => self.literal(&literal.to_string()),
                        TokenTree::Punct(_) | TokenTree::Ident(_) => {}
                    }
                }
            }
        }
        self.path(path);
    }

    fn literal(&mut self, text: &str) {
        let path = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        if let Some(path) = path.and_then(|path| syn::parse_str::<Path>(path).ok()) {
            self.visit_path(&path);
        }
    }

    fn path(&mut self, path: Vec<String>) {
        if !path.is_empty() {
            self.paths.insert(path);
        }
    }
}

impl<'a> Visit<'a> for References {
    fn visit_item(&mut self, item: &'a Item) {
        let inline = matches!(item, Item::Mod(_));
        if !inline && !only_in_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &mut Vec::new(), public);
    }

    fn visit_path(&mut self, path: &'a Path) {
        self.path(
            path.segments
                .iter()
                .map(|part| part.ident.to_string())
                .collect(),
        );
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        // A link in documentation is not a dependency.
        if let (false, syn::Meta::List(list)) = (attribute.path().is_ident("doc"), &attribute.meta)
        {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_visibility(&mut self, _: &'a Visibility) {
        // `pub(in crate::app)` says who may look, not what is used.
    }
}

/// Whether a module or another item is compiled for tests alone.
pub(crate) fn only_in_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        let condition = attribute.meta.require_list().ok();
        let condition = condition.map(|list| list.tokens.to_string().replace(' ', ""));
        let tests = |condition: String| condition == "test" || condition.starts_with("all(test,");
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && condition.is_some_and(tests)
    })
}
