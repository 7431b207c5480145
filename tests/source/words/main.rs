//! Docs, errors and comments are written in plain words: none of the constructions in [`rules`].

mod prose;
mod rules;

use std::path::Path;

use prose::Prose;
use rules::RULES;
use source_rules::{files, text};

const EXTENSIONS: [&str; 7] = ["rs", "md", "html", "js", "mjs", "ts", "bicep"];

/// Where "nobody", "somebody" and "anybody" are people: pages that they use, tests that play them, what is said of them.
const PEOPLE: &[&str] = &["function-app", "samples", "tests/e2e", "README.md"];

/// Every construction in a file, with its line and what to write.
fn found(file: &Path, source: &str) -> Vec<String> {
    let prose = Prose::of(file, source);
    let people = PEOPLE.iter().any(|place| file.starts_with(place));
    let mut found = Vec::new();
    for (start, passage) in prose.passages() {
        let lower = passage.to_lowercase();
        for rule in RULES.iter().filter(|rule| !(rule.people && people)) {
            for (at, words) in rule.find(passage, &lower) {
                let line = prose.line(start + at);
                found.push(format!(
                    "{}:{line}: \"{words}\"; write {}",
                    file.display(),
                    rule.instead
                ));
            }
        }
    }
    found
}

#[test]
fn everything_is_written_in_plain_words() {
    let all = files(&EXTENSIONS);
    assert!(all.len() > 300, "only {} files were read", all.len());
    let own = Path::new("tests/source/words");
    let read = all.iter().filter(|file| !file.starts_with(own));
    let complaints: Vec<_> = read.flat_map(|file| found(file, &text(file))).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_planted_sentence_is_found() {
    for planted in [
        "A list that is none.",
        "It is no number.",
        "This is no Socket.IO server.",
        "Whoever asks gets it.",
        "The user for whom it is.",
        "A port that nobody has.",
        "Somebody else's port.",
        "3000 unless told.",
        "Where told, it ends.",
        "It ends when it is told.",
        "Which shall be.",
        "Neither does it.",
        "So is the other.",
        "The hand-over of a request.",
        "An invocation is carried out.",
        "A port could not be had.",
    ] {
        let count = |name: &str, source: &str| found(Path::new(name), source).len();
        assert_eq!(count("a.md", planted), 1, "{planted}");
        assert_eq!(
            count("a.html", &format!("<p>{planted}</p>")),
            1,
            "{planted}"
        );
        let (first, last) = planted.split_once(' ').expect("a sentence has a blank");
        assert_eq!(
            count(
                "a.rs",
                &format!("fn f() {{}}\n    /// {first}\n    /// {last}\n")
            ),
            1,
            "{planted}"
        );
        assert_eq!(
            count("a.rs", &format!("let x = \"{planted}\";")),
            1,
            "{planted}"
        );
        assert_eq!(
            count("a.rs", &format!("let x = \"{first} \\\n  {last}\";")),
            1,
            "{planted}"
        );
        assert_eq!(
            count(
                "a.mjs",
                &format!("test('{planted}', () => {{ /* {planted} */ }}); // {planted}")
            ),
            3
        );
        assert_eq!(
            count("a.bicep", &format!("@description('{planted}')")),
            1,
            "{planted}"
        );
    }
    let line = found(Path::new("a.rs"), "//! One.\n//! Two\n//! is no three.");
    assert!(
        line[0].starts_with("a.rs:2: \"Two is no three\""),
        "{line:?}"
    );
}

#[test]
fn what_is_plain_is_not_found() {
    for plain in [
        "It is no longer here.",
        "There is no port.",
        "The handler is told so.",
        "If so, do it.",
        "`whoever` is a name.",
        "```\nnobody\n```",
    ] {
        assert_eq!(
            found(Path::new("a.md"), plain),
            Vec::<String>::new(),
            "{plain}"
        );
    }
    for plain in [
        "/// ```\n/// let shall = 1;\n/// ```\nfn f() {}",
        "let nobody = 1; // is\nlet no = [\"is\", \"no number\"];",
        "let user = \"nobody\";",
        "let quote = '\"'; let shall = 1;",
        "fn f<'a>(shall: &'a str) {}",
    ] {
        assert_eq!(
            found(Path::new("a.rs"), plain),
            Vec::<String>::new(),
            "{plain}"
        );
    }
    assert!(found(Path::new("samples/a/README.md"), "Nobody said a word.").is_empty());
    assert_eq!(
        found(Path::new("samples/a/README.md"), "Whoever said it.").len(),
        1
    );
}
