//! Violations planted in sources that exist only here: each rule can fail.

use std::collections::BTreeMap;
use std::path::Path;

use crate::package::Package;
use crate::rules;

/// A crate of these files; the first is its root.
fn package(files: &[(&str, &str)]) -> Package {
    let texts: BTreeMap<_, _> = files.iter().copied().collect();
    Package::read(Path::new(files[0].0), &|path| {
        texts
            .get(path.to_str().unwrap())
            .map(|text| (*text).to_owned())
    })
}

/// Two modules, `a` and `b`, of which `b` uses `a`.
fn pair(a: &str) -> Package {
    package(&[
        ("lib.rs", "mod a; mod b; pub(crate) use b::Shown;"),
        ("a.rs", &format!("pub(crate) struct A; {a}")),
        (
            "b.rs",
            "use crate::a::A; pub(crate) struct B(A); pub(crate) struct Shown; pub(crate) const fn one() -> u8 { 1 }",
        ),
    ])
}

fn is_circle(package: &Package) -> bool {
    let (files, rooms) = rules::circles_of(package);
    assert_eq!(
        files.is_empty(),
        rooms.is_empty(),
        "here each file is a module of the root"
    );
    !files.is_empty()
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    for way_back in [
        "use crate::b::B;",
        "use super::b::B;",
        "use super::{\n    b::{\n        self,\n        B,\n    },\n};",
        "use crate::{b as other}; fn f() -> other::B { todo!() }",
        "use crate::b; fn f(_: b::B) {}",
        "use crate::*; fn f(_: b::B) {}",
        "use crate::Shown;",
        "use crate::b::*; fn f(_: B) {}",
        "fn f() { crate::b::one(); }",
        "fn f() { super::b::one(); }",
        "fn f() { println!(\"{}\", crate::b::one()); }",
        "fn f() { use crate::b::one; }",
        "struct S { #[serde(with = \"crate::b\")] a: u8 }\nfn f() -> Vec<Option<crate::b::B>> { vec![] }",
        "#[derive(D)] struct S { #[serde(default = \"crate::b::one\")] a: u8 }",
        "impl From<super::b::B> for A {}",
        "mod inner { fn f(_: super::super::b::B) {} }",
        "pub(crate) use crate::b::B; fn f(_: B) {}",
        "#[cfg(any(test, feature = \"testing\"))] use crate::b::B;",
    ] {
        assert!(is_circle(&pair(way_back)), "{way_back}");
    }
}

#[test]
fn what_is_no_use_makes_no_circle() {
    for no_way_back in [
        "",
        "/// See [`B`](crate::b::B).\nstruct S;",
        "// crate::b::B",
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(test)] use crate::b::B;",
        "#[cfg(all(test, unix))] mod tests { use crate::b::B; }",
        "pub(crate) use crate::b::B;",
        "pub(in crate::b) struct S;",
        "mod b { pub(super) struct B; } fn f(_: b::B) {}",
        "fn f(b: other::b::B) {}",
        "const TEXT: &str = \"crate::b\";",
    ] {
        assert!(!is_circle(&pair(no_way_back)), "{no_way_back}");
    }
}

#[test]
fn a_circle_over_three_files_of_two_modules_is_found() {
    let over_siblings = package(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a/mod.rs",
            "mod one; mod two; pub(crate) use one::One; pub(crate) use two::Two;",
        ),
        ("a/one.rs", "pub(crate) struct One(super::super::b::B);"),
        ("a/two.rs", "pub(crate) struct Two;"),
        ("b.rs", "pub(crate) struct B(crate::a::Two);"),
    ]);
    let (files, rooms) = rules::circles_of(&over_siblings);
    assert!(files.is_empty(), "no file leads back to itself: {files:?}");
    assert_eq!(rooms.len(), 1);

    let siblings = package(&[
        ("lib.rs", "mod a;"),
        (
            "a/mod.rs",
            "mod one; mod two; pub(crate) struct A(two::Two);",
        ),
        (
            "a/one.rs",
            "use super::{A, two}; pub(crate) struct One(two::Two, A);",
        ),
        ("a/two.rs", "pub(crate) struct Two(super::one::One);"),
    ]);
    let (files, _) = rules::circles_of(&siblings);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].len(), 2, "the parent is not part of it: {files:?}");
    assert!(
        rules::describe(&siblings, &files[0]).contains("a/two.rs uses a/one.rs (super::one::One)")
    );
}

#[test]
fn a_use_of_a_higher_floor_is_found() {
    let floors: [&[&str]; 2] = [&["top"], &["ground"]];
    let house = |ground: &str| {
        package(&[
            ("lib.rs", "mod top; mod ground;"),
            (
                "top.rs",
                "use crate::ground::Ground; pub(crate) struct Top;",
            ),
            ("ground.rs", &format!("pub(crate) struct Ground; {ground}")),
        ])
    };
    assert!(rules::upward(&house(""), &floors).is_empty());
    for planted in [
        "use crate::top::Top;",
        "use super::{top as t}; fn f(_: t::Top) {}",
        "fn f(_: crate::top::Top) {}",
    ] {
        assert_ne!(
            rules::upward(&house(planted), &floors),
            Vec::<String>::new(),
            "{planted}"
        );
    }
}

#[test]
fn a_mention_behind_a_wall_is_found() {
    let forbidden = ["tokio", "std::fs", "Instant"];
    for (source, expected) in [
        ("use tokio::time;", 1),
        ("use std::{fmt, fs};", 1),
        ("fn f() { std::fs::read(\"\"); }", 1),
        ("use std::time::{Duration, Instant as Now};", 1),
        ("fn f() { vec![tokio::spawn(x)]; }", 1),
        ("use std::time::Duration; // tokio, std::fs", 0),
        ("/// As tokio's `std::fs`.\nfn fs() {}", 0),
    ] {
        assert_eq!(
            rules::mentions(&package(&[("lib.rs", source)]), &forbidden).len(),
            expected,
            "{source}"
        );
    }
}
