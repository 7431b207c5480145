//! Comments cite the contracts by file and heading; each such heading exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use source_rules::{files, joined, root, text};

const FOLDER: &str = "docs/contracts/";

/// What comments said before there were pages to cite.
const WITHOUT_PAGE: [&str; 3] = ["host contract", "service contract", "extension contract"];

struct Citation {
    page: String,
    heading: String,
}

/// Every `docs/contracts/page.md, "Heading"`, and further headings joined with commas or "and".
fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(FOLDER) {
        let Some((page, mut rest)) = text[at..].split_once(".md") else {
            continue;
        };
        while let Some(quoted) = [", \"", " and \"", ", and \""]
            .iter()
            .find_map(|joint| rest.strip_prefix(joint))
        {
            let Some((heading, after)) = quoted.split_once('"') else {
                break;
            };
            found.push(Citation {
                page: format!("{page}.md"),
                heading: heading.to_owned(),
            });
            rest = after;
        }
    }
    found
}

fn headings(page: &str) -> BTreeSet<String> {
    let marked = |line: &str| {
        line.starts_with('#')
            .then(|| line.trim_start_matches('#').trim().to_owned())
    };
    page.lines().filter_map(marked).collect()
}

/// What is wrong with the citations of a text.
fn wrong(text: &str, pages: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for Citation { page, heading } in citations(text) {
        match pages.get(&page) {
            None => found.push(format!("{page} does not exist")),
            Some(headings) if !headings.contains(&heading) => {
                found.push(format!("{page} has no heading \"{heading}\""));
            }
            Some(_) => {}
        }
    }
    found
}

fn pages() -> BTreeMap<String, BTreeSet<String>> {
    let pages = files(&["md"])
        .into_iter()
        .filter(|file| file.starts_with(FOLDER));
    pages
        .map(|file| (file.display().to_string(), headings(&text(&file))))
        .collect()
}

fn sources() -> Vec<PathBuf> {
    let all = files(&["rs", "md", "mjs", "js", "ts", "py", "sh", "bicep", "json"]);
    let checked = |file: &PathBuf| !file.starts_with(FOLDER) && !file.starts_with("tests/source");
    all.into_iter().filter(checked).collect()
}

#[test]
fn every_cited_heading_exists() {
    let pages = pages();
    let mut cited = 0;
    for file in sources() {
        let (text, _) = joined(&text(&file));
        cited += citations(&text).len();
        let wrong = wrong(&text, &pages);
        assert!(wrong.is_empty(), "{}: {}", file.display(), wrong.join(", "));
    }
    assert!(cited > 10, "only {cited} citations were found");
}

#[test]
fn no_comment_cites_what_is_not_here() {
    for file in sources() {
        let (text, _) = joined(&text(&file));
        for phrase in WITHOUT_PAGE {
            assert!(
                !text.contains(phrase),
                "{}: \"{phrase}\"; cite a page of {FOLDER}",
                file.display()
            );
        }
    }
}

/// The paths that a page names in backquotes.
fn paths(page: &str) -> BTreeSet<&str> {
    let quoted = page.split('`').skip(1).step_by(2);
    let roots = ["src/", "crates/", "tests/", "docs/"];
    quoted
        .filter(|text| roots.iter().any(|root| text.starts_with(root)))
        .collect()
}

#[test]
fn the_architecture_page_names_what_exists() {
    let page = text(Path::new("docs/architecture.md"));
    let paths = paths(&page);
    assert!(paths.len() > 20, "only {} paths were found", paths.len());
    for path in paths {
        assert!(
            root().join(path).exists(),
            "docs/architecture.md names {path}, which does not exist"
        );
    }
}

#[test]
fn a_planted_mistake_is_found() {
    let pages = BTreeMap::from([(
        "docs/contracts/a.md".to_owned(),
        headings("# A\n\n## One thing\ntext\n### Two\n"),
    )]);
    let problems = |text: &str| wrong(&joined(text).0, &pages);
    assert!(
        problems(
            "/// Source: docs/contracts/a.md, \"One\n/// thing\" and \"Two\"; docs/contracts/a.md."
        )
        .is_empty()
    );
    assert_eq!(problems("// docs/contracts/a.md, \"Three\"").len(), 1);
    assert_eq!(
        problems("// docs/contracts/a.md, \"Two\", \"Three\" and \"Four\"").len(),
        2
    );
    assert_eq!(problems("// docs/contracts/b.md, \"Two\"").len(), 1);
}
