//! Which names a project can have: those that are a folder, a package and a library at once.

/// The name of a project's library, which Rust writes in lower case and with underscores.
pub(super) fn library(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// Why a project cannot have this name: cargo would refuse the package, the code would not compile, or the folder could
/// not be made.
pub(super) fn problem(name: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Some("does not begin with a letter from a to z".to_owned());
    }
    if let Some(c) = name.chars().find(|c| !legal(*c)) {
        return Some(format!(
            "has {c:?}; letters from a to z, digits, - and _ can be used"
        ));
    }
    let library = library(name);
    let library = library.as_str();
    let problem = if KEYWORDS.contains(&library) {
        "is a keyword of Rust"
    } else if OF_RUST.contains(&library) {
        "is a crate that comes with Rust"
    } else if DEPENDENCIES.contains(&library) {
        "is a crate that the project depends on"
    } else if library == "handler" {
        "is the name of the project's binary"
    } else if is_device(library) {
        "is a device on Windows, where no file can have that name"
    } else {
        return None;
    };
    Some(problem.to_owned())
}

/// A name near to one that cannot be.
pub(super) fn suggested(name: &str) -> String {
    // A name of which only some letters can stay would be another word.
    let near = match name.chars().any(|c| c.is_alphabetic() && !c.is_ascii()) {
        true => String::new(),
        false => name.to_ascii_lowercase(),
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let near: String = near
        .chars()
        .map(|c| if legal(c) { c } else { '-' })
        .collect();
    match near.trim_matches(['-', '_']) {
        "" => "my-app".to_owned(),
        near if problem(near).is_some() => format!("my-{near}"),
        near => near.to_owned(),
    }
}

/// Windows gives these names to devices, in every folder. Source: Microsoft, "Naming Files, Paths, and Namespaces".
fn is_device(name: &str) -> bool {
    let numbered = ["com", "lpt"]
        .iter()
        .filter_map(|device| name.strip_prefix(device));
    let mut numbers = numbered.map(str::as_bytes);
    matches!(name, "con" | "prn" | "aux" | "nul")
        || numbers.any(|number| matches!(number, [digit] if digit.is_ascii_digit()))
}

/// Crates of the toolchain.
const OF_RUST: [&str; 5] = ["alloc", "core", "proc_macro", "std", "test"];

/// Crates in Cargo.toml of the templates, as the source names them.
const DEPENDENCIES: [&str; 5] = [
    "serde",
    "serde_json",
    "socketio_functions",
    "tokio",
    "tracing",
];

/// Words of the language, which no crate can bear as its name. Source: the Rust reference, "Keywords".
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_its_own_reason_and_suggests_a_name() {
        for (name, reason, other) in [
            ("", "begin", "my-app"),
            ("1chat", "begin", "my-1chat"),
            ("my chat", "' '", "my-chat"),
            ("../x", "begin", "x"),
            ("ünï", "begin", "my-app"),
            ("chât", "'â'", "my-app"),
            ("async", "keyword", "my-async"),
            ("test", "comes with Rust", "my-test"),
            ("serde-json", "depends on", "my-serde-json"),
            ("tracing", "depends on", "my-tracing"),
            ("Handler", "binary", "my-handler"),
            ("con", "Windows", "my-con"),
            ("NUL", "Windows", "my-nul"),
            ("com1", "Windows", "my-com1"),
            ("lpt9", "Windows", "my-lpt9"),
        ] {
            let problem = problem(name).unwrap_or_default();
            assert!(problem.contains(reason), "{name}: {problem}");
            assert_eq!(suggested(name), other, "{name}");
            assert_eq!(super::problem(other), None, "{other}");
        }
        for name in ["my-chat", "Foo", "console", "com10", "complete"] {
            assert_eq!(problem(name), None, "{name}");
        }
    }

    #[test]
    fn a_library_is_in_lower_case() {
        assert_eq!(library("Foo-Bar"), "foo_bar");
    }

    #[test]
    fn the_templates_dependencies_are_the_known_ones() {
        let manifest = include_str!("../../templates/common/Cargo.toml.in");
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let (dependencies, _) = dependencies.split_once("# ").unwrap();
        for line in dependencies.lines() {
            if let Some((name, _)) = line.split_once(" = ") {
                assert!(DEPENDENCIES.contains(&&*library(name)), "{name}");
            }
        }
    }
}
