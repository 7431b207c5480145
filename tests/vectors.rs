//! Replays published cases of Microsoft's Socket.IO extension, as one JSON object a line: `id`, `in`, `out`.
//!
//! Without the variable `VECTORS` they are those of `tests/fixtures/vectors/`; with it, those of the files that it names,
//! separated by colons. What a case is about shows in its `id` and its members, so cases can be added without code.
//! Where we differ on purpose a rule of [`rules`] says so, and `src/docs/deviations.md` says why.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "vectors/actions.rs"]
mod actions;
#[path = "vectors/formats.rs"]
mod formats;
#[path = "vectors/rules.rs"]
mod rules;
#[path = "runtime/service.rs"]
#[expect(dead_code, reason = "shared with the tests of the runtime")]
mod service;
#[path = "runtime/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the runtime")]
mod support;
#[path = "vectors/webhook.rs"]
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One published case.
pub(crate) struct Case {
    id: String,
    given: Value,
    expected: Value,
}

/// What we make of a case.
pub(crate) enum Ours {
    /// This.
    Value(Value),
    /// An error of ours.
    Refused(String),
    /// A program cannot say this with our types.
    Untypable(&'static str),
}

impl std::fmt::Display for Ours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Refused(error) => write!(f, "the error {error:?}"),
            Self::Untypable(what) => write!(f, "{what}, which cannot be said,"),
        }
    }
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Filter,
    Encode,
    Decode,
    Date,
    Ack,
    Connect,
    Action,
    Signature,
    ConnectionString,
}

impl Kind {
    /// By the words of the id, else by the members that only one kind has.
    fn of(case: &Case) -> Option<Self> {
        let by_id = match case.id.split('-').next()? {
            "group" => Some(Self::Group),
            "filter" => Some(Self::Filter),
            "encode" => Some(Self::Encode),
            "decode" => Some(Self::Decode),
            "date" => Some(Self::Date),
            "ack" => Some(Self::Ack),
            "connect" => Some(Self::Connect),
            "action" => Some(Self::Action),
            "signature" => Some(Self::Signature),
            "connstr" => Some(Self::ConnectionString),
            _ => None,
        };
        let has = |name: &str| case.given.get(name).is_some();
        by_id.or_else(|| {
            Some(match () {
                () if case.given.is_string() => Self::ConnectionString,
                () if has("actionName") => Self::Action,
                () if has("connectionId") => Self::Signature,
                () if has("parameterString") => Self::Date,
                () if has("packet") => Self::Ack,
                () if has("body") => Self::Decode,
                () if has("data") => Self::Encode,
                () if has("withNamespace") => Self::Filter,
                () if has("room") => Self::Group,
                () if has("return") => Self::Connect,
                () => return None,
            })
        })
    }
}

async fn replay(kind: Kind, case: &Case) -> Ours {
    match kind {
        Kind::Group => formats::group(&case.given),
        Kind::Filter => formats::filter(&case.given),
        Kind::Encode => formats::encode(&case.given),
        Kind::Signature => formats::signature(&case.given),
        Kind::ConnectionString => formats::connection_string(&case.given),
        Kind::Decode => webhook::decode(&case.given).await,
        Kind::Date => webhook::date(&case.given).await,
        Kind::Ack => webhook::ack(&case.given).await,
        Kind::Connect => webhook::connect(&case.given).await,
        Kind::Action => actions::run(&case.given).await,
    }
}

fn files() -> (Vec<PathBuf>, bool) {
    match std::env::var_os("VECTORS") {
        Some(paths) => (std::env::split_paths(&paths).collect(), true),
        None => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/vectors");
            (vec![folder.join("socketio-extension.jsonl")], false)
        }
    }
}

fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let mut case: Value = serde_json::from_str(line).unwrap();
            Case {
                id: case["id"].as_str().unwrap().to_owned(),
                given: case["in"].take(),
                expected: case["out"].take(),
            }
        })
        .collect()
}

#[tokio::test]
async fn every_case_ends_as_published_or_differs_as_documented() {
    let (files, others) = files();
    let cases: Vec<Case> = files.iter().flat_map(|path| read(path)).collect();
    assert!(!cases.is_empty(), "no cases in {files:?}");
    let mut wrong = Vec::new();
    let mut deviations: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for case in &cases {
        let Some(kind) = Kind::of(case) else {
            wrong.push(format!("{}: nothing tells what it is about", case.id));
            continue;
        };
        let ours = replay(kind, case).await;
        match rules::judge(kind, case, &ours) {
            Ok(None) => {}
            Ok(Some(rule)) => {
                deviations.entry(rule).or_default().insert(case.id.clone());
            }
            Err(problem) => wrong.push(format!("{}: {problem}", case.id)),
        }
    }
    let summary = format!(
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(wrong.is_empty(), "{summary}");
    if !others {
        let found: BTreeMap<String, BTreeSet<String>> = deviations
            .into_iter()
            .map(|(rule, ids)| (rule.to_owned(), ids))
            .collect();
        assert_eq!(
            found,
            documented(),
            "what differs is not what is documented"
        );
    }
}

/// The cases of the table in the documentation: `| rule | …, ids in backticks | reason |`.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let text = include_str!("../src/docs/deviations.md");
    let rows = text.lines().filter(|line| line.starts_with("| **"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let quoted = cells[2].split('`').skip(1).step_by(2);
        let ids =
            quoted.filter(|id| id.ends_with(|c: char| c.is_ascii_digit()) && id.contains('-'));
        (cells[1].replace("**", ""), ids.map(str::to_owned).collect())
    })
    .collect()
}
