//! The links of the written documentation: README, `docs/`, the samples, the guide.
//!
//! rustdoc checks the guide's links to items. What it does not check stands here: files, headings, and links that would
//! only work in one of the two places where a page is read.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use socketio_functions::settings::TABLE;
use source_rules::{pages, root};

/// Where the repository's files are on the web: the only way to link to one from the guide, which is read in rustdoc.
const FILES: [&str; 2] = [
    "https://github.com/socketio-functions/socketio-functions/blob/main/",
    "https://github.com/socketio-functions/socketio-functions/tree/main/",
];

/// Pages of the guide, as links between them are written.
const GUIDE: &str = "crate::guide::";

/// The targets of all links and pictures of a page.
fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    };
    events.filter_map(target).collect()
}

/// The headings of a page as links name them: lower case, dashes for blanks, no punctuation. Beside them what is named by
/// `<a name="…">`.
fn headings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut anchors = Vec::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => found.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::InlineHtml(html) | Event::Html(html) => {
                let name = html.split("<a name=\"").nth(1);
                anchors.extend(name.and_then(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
            _ => {}
        }
    }
    let dashed = |heading: String| {
        let legal = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
        let text: String = heading.to_lowercase().chars().filter(legal).collect();
        text.replace(' ', "-")
    };
    found.into_iter().map(dashed).chain(anchors).collect()
}

/// What is wrong with a link of a page, if anything.
fn problem(page: &Path, link: &str) -> Option<String> {
    let is_guide = page.parent() == Some(&root().join("src/docs"));
    if let Some(name) = link.strip_prefix(GUIDE) {
        let (name, heading) = name.split_once('#').unwrap_or((name, ""));
        return missing(&root().join(format!("src/docs/{name}.md")), heading);
    }
    if let Some(path) = FILES.iter().find_map(|files| link.strip_prefix(files)) {
        let (path, heading) = path.split_once('#').unwrap_or((path, ""));
        return missing(&root().join(path), heading);
    }
    if link.starts_with("https://") {
        return None;
    }
    if is_guide {
        // rustdoc resolves these, or says that it cannot.
        let is_item = link.contains("::") && !link.contains(['/', '#']);
        return (!is_item).then(|| {
            format!("{link:?} does not work in rustdoc; link to an item by its full path, or to a file by {}", FILES[0])
        });
    }
    if link.starts_with("http://") {
        return Some(format!("{link:?} is not encrypted"));
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_owned(),
        path => page.parent().unwrap().join(path),
    };
    missing(&target, heading)
}

fn missing(target: &Path, heading: &str) -> Option<String> {
    if !target.exists() {
        return Some(format!("there is no {}", target.display()));
    }
    if heading.is_empty() {
        return None;
    }
    let text = std::fs::read_to_string(target).unwrap();
    let known = headings(&text);
    (!known.iter().any(|known| known == heading)).then(|| {
        format!(
            "{} has no heading #{heading}, only {known:?}",
            target.display()
        )
    })
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut links_of_all = 0;
    let mut problems = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        for link in links(&text) {
            links_of_all += 1;
            if let Some(problem) = problem(page, &link) {
                problems.push(format!("{}: {problem}", page.display()));
            }
        }
    }
    assert!(
        pages.len() > 5 && links_of_all > 20,
        "{} pages with {links_of_all} links are not all of them",
        pages.len()
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_page_of_the_guide_is_included_in_it() {
    let guide = std::fs::read_to_string(root().join("src/guide.rs")).unwrap();
    let tour = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for page in pages()
        .into_iter()
        .filter(|page| page.starts_with(root().join("src/docs")))
    {
        let file = page.file_name().unwrap().to_str().unwrap();
        let included = format!("include_str!(\"docs/{file}\")");
        assert!(
            guide.contains(&included) || tour.contains(&included),
            "{file} is read nowhere; include it in src/guide.rs"
        );
    }
}

#[test]
fn every_setting_that_is_named_exists() {
    const OURS: &str = "SOCKETIO_FUNCTIONS_";
    let known: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    let mut found = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for (at, _) in text.match_indices(OURS) {
            let legal = |c: char| c.is_ascii_uppercase() || c == '_';
            let name = text[at..].split(|c| !legal(c)).next().unwrap();
            found += 1;
            assert!(known.contains(&name), "{}: {name}", page.display());
        }
    }
    assert!(found > 10, "{found} are not all of them");
}

#[test]
fn a_wrong_link_is_found() {
    let readme = root().join("README.md");
    let page = root().join("src/docs/deviations.md");
    for (page, link) in [
        (&readme, "docs/none.md"),
        (&readme, "docs/emulator.md#none"),
        (&readme, "#none"),
        (&readme, "http://example.com"),
        (&page, "../../README.md"),
        (&page, "crate::guide::none"),
        (&page, "crate::Hub#on"),
        (
            &page,
            "https://github.com/socketio-functions/socketio-functions/blob/main/none.md",
        ),
    ] {
        assert!(problem(page, link).is_some(), "{link}");
    }
    for (page, link) in [
        (&readme, "docs/emulator.md#the-control-api"),
        (&readme, "#start"),
        (&readme, "https://example.com"),
        (&page, "crate::Hub::on"),
        (
            &page,
            "https://github.com/socketio-functions/socketio-functions/blob/main/README.md#start",
        ),
    ] {
        assert_eq!(problem(page, link), None, "{link}");
    }
    let text = "| a |\n|---|\n| [b](c) ![d](e) |\n\n[f]\n\n[f]: g\n\n```sh\n[h](i)\n```\n`[j](k)`";
    assert_eq!(links(text), ["c", "e", "g"]);
    assert_eq!(
        headings("# The `on` call, twice\n\n## B-c\n\n<a name=\"d\"></a>And so on"),
        ["the-on-call-twice", "b-c", "d"]
    );
}
