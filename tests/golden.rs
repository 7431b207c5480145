//! The generated files that are committed. `UPDATE=1 cargo test --test golden` rewrites them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    files: BTreeMap<String, String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(bindings: &str) -> Manifest {
    let output = Command::new(env!("CARGO_BIN_EXE_handler"))
        .args(["manifest", "--bindings", bindings])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares files with those in a folder, or writes them there when asked to.
fn check(folder: &Path, files: &BTreeMap<String, String>) {
    for (name, content) in files {
        let path = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, content).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            found,
            *content,
            "{} is out of date; UPDATE=1 rewrites it",
            path.display()
        );
    }
    let mut extra: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("function.json").is_file())
        .map(|path| {
            format!(
                "{}/function.json",
                path.file_name().unwrap().to_string_lossy()
            )
        })
        .filter(|name| !files.contains_key(name))
        .collect();
    extra.sort();
    assert!(
        extra.is_empty(),
        "{} has functions of no app: {extra:?}",
        folder.display()
    );
}

#[test]
fn the_extension_mode_files_are_what_the_chat_generates() {
    check(
        &root().join("tests/fixtures/extension"),
        &manifest("extension").files,
    );
}

#[test]
fn the_script_root_is_what_the_chat_generates_and_a_copy_of_host_json() {
    let mut files = manifest("direct").files;
    let host = std::fs::read_to_string(root().join("host.json")).unwrap();
    files.insert("host.json".to_owned(), host);
    check(&root().join("function-app"), &files);
}

#[test]
fn the_handler_itself_says_whether_a_script_root_fits() {
    let check = |root: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handler"));
        command.args(["manifest", "--check", "--root", root]);
        command.current_dir(self::root()).output().unwrap()
    };
    assert_eq!(check("function-app").status.code(), Some(0));
    let wrong = check("tests/fixtures/extension");
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(1), "{said}");
    assert!(said.contains("host.json is missing"), "{said}");
}

#[test]
fn a_closed_pipe_is_not_an_error_of_the_handler() {
    for arguments in ["manifest", "types"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_handler"));
        command.arg(arguments).current_dir(root()).stdout(writer);
        command.env(
            "WebPubSubForSocketIOConnectionString",
            "Endpoint=http://localhost:1;AccessKey=k;",
        );
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert_eq!(said, "", "{arguments:?}");
    }
}

#[test]
fn the_readme_has_the_table_of_settings() {
    let mut table = String::from("| setting | set by | meaning |\n|---|---|---|\n");
    for row in socketio_functions::settings::TABLE {
        table.push_str(&format!(
            "| `{}` | {} | {} |\n",
            row.name, row.set_by, row.meaning
        ));
    }
    let (begin, end) = ("<!-- settings -->\n", "<!-- /settings -->");
    let path = root().join("README.md");
    let mut readme = std::fs::read_to_string(&path).unwrap();
    let start = readme
        .find(begin)
        .expect("README.md has the mark <!-- settings -->")
        + begin.len();
    let stop = readme
        .find(end)
        .expect("README.md has the mark <!-- /settings -->");
    if std::env::var_os("UPDATE").is_some() {
        readme.replace_range(start..stop, &table);
        std::fs::write(&path, readme).unwrap();
        return;
    }
    assert_eq!(
        &readme[start..stop],
        table,
        "the table is out of date; UPDATE=1 rewrites it"
    );
}

/// Where the recorded differences stand in the guide.
const PARITY: [&str; 2] = ["<!-- recorded differences -->\n", "<!-- end -->\n"];

#[derive(Deserialize)]
struct Difference {
    kind: String,
    original: String,
    here: String,
    cases: BTreeMap<String, Vec<String>>,
}

#[test]
fn the_guide_lists_every_accepted_difference_from_the_original_host() {
    let list = root().join("crates/host/tests/recordings/accepted.json");
    let list: Vec<Difference> = serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap();
    let mut rows = String::from("\n| | the original | `sio host` | cases |\n|---|---|---|---|\n");
    for Difference {
        kind,
        original,
        here,
        cases,
    } in list
    {
        let cases: usize = cases.values().map(Vec::len).sum();
        rows.push_str(&format!("| {kind} | {original} | {here} | {cases} |\n"));
    }
    rows.push('\n');
    check_parity(PARITY, &rows);
}

/// For scripts that compare a host with the recordings and read a case on each line.
#[test]
fn every_accepted_difference_has_a_line_in_the_list_for_scripts() {
    let folder = root().join("crates/host/tests/recordings");
    let list = std::fs::read(folder.join("accepted.json")).unwrap();
    let list: Vec<Difference> = serde_json::from_slice(&list).unwrap();
    let mut lines = Vec::new();
    for Difference {
        kind,
        original,
        here,
        cases,
    } in list
    {
        for (recording, names) in cases {
            for name in names {
                assert!(
                    !name.contains('#'),
                    "{name} would end where its reason begins"
                );
                lines.push(format!(
                    "{recording} / {name} # {kind}: {original} Here: {here}\n"
                ));
            }
        }
    }
    lines.sort();
    let text = format!(
        "# Differences from the original that stay: RECORDING / CASE # reason. Made from accepted.json.\n{}",
        lines.concat()
    );
    check(
        &folder,
        &BTreeMap::from([("accepted.txt".to_owned(), text)]),
    );
}

/// Compares what stands between two marks of the guide's page on parity, or writes it there.
fn check_parity(marks: [&str; 2], rows: &str) {
    // Two tests write the page.
    static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _writing = WRITING.lock().unwrap();
    let path = root().join("src/docs/parity.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(marks[0]).unwrap();
    let (_, after) = rest.split_once(marks[1]).unwrap();
    let page = [before, marks[0], rows, marks[1], after].concat();
    check(
        &root().join("src/docs"),
        &BTreeMap::from([("parity.md".to_owned(), page)]),
    );
}

/// Where the open points stand in the guide.
const POINTS: [&str; 2] = ["<!-- open points -->\n", "<!-- end of points -->\n"];

/// A point that Microsoft's documents leave open, as `sio verify` looks at it.
#[derive(Deserialize)]
struct Point {
    id: String,
    asks: String,
    assumed: String,
    /// Who has seen it at a real service, and when.
    #[serde(default)]
    confirmed: Option<Confirmed>,
}

#[derive(Deserialize)]
struct Confirmed {
    by: String,
    when: String,
}

#[test]
fn the_guide_lists_every_open_point_and_its_confirmation() {
    let list = root().join("crates/sio/src/verify/points.json");
    let list: Vec<Point> = serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap();
    let mut rows = String::from("\n");
    if list.iter().all(|point| point.confirmed.is_none()) {
        rows.push_str("No point has been confirmed yet.\n\n");
    }
    rows.push_str("| | point | assumed | confirmed by | when |\n|---|---|---|---|---|\n");
    for point in list {
        let Point {
            id, asks, assumed, ..
        } = point;
        let (by, when) = match point.confirmed {
            Some(Confirmed { by, when }) => (by, when),
            None => ("none".to_owned(), "none".to_owned()),
        };
        rows.push_str(&format!("| {id} | {asks} | {assumed} | {by} | {when} |\n"));
    }
    rows.push('\n');
    check_parity(POINTS, &rows);
}
