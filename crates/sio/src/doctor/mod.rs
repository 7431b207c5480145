//! `sio doctor`: looks at a project, its staged files, its settings and the service, and says what to mend.
//!
//! One examination a file; each returns findings, and a finding comes with its remedy.

mod files;
mod fix;
mod functions;
mod ports;
mod settings;
mod sources;
mod web;

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::Value;

use crate::project::{Binary, Bindings, Project};
use crate::style::Look;
use crate::terminal;

use sources::Sources;

/// Check a project, what is staged, its settings and its service; each finding comes with its remedy.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Where the function app runs, to see whether its webhook answers.
    #[arg(long, value_name = "URL", default_value = "http://localhost:7071")]
    app: String,
    /// Who takes the webhook, as `sio dev --bindings` was told: the extension has a script root of its own.
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
    /// The service, instead of the one in the settings: what `sio dev --connection` is given.
    #[arg(long, value_name = "STRING")]
    connection: Option<String>,
    /// Mend first what is safe to mend: local settings from their example, the staged binary's execute bit.
    #[arg(long)]
    fix: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Good,
    /// Fine on this machine, not in Azure, or not looked at.
    Note,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    level: Level,
    text: String,
    remedy: String,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Self {
            level: Level::Good,
            text: text.into(),
            remedy: String::new(),
        }
    }

    fn note(text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            level: Level::Note,
            text: text.into(),
            remedy: remedy.into(),
        }
    }

    fn bad(text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            level: Level::Bad,
            text: text.into(),
            remedy: remedy.into(),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = match self.level {
            Level::Good => "ok",
            Level::Note => "note",
            Level::Bad => "WRONG",
        };
        write!(f, "{mark:>5}  {}", self.text)?;
        if !self.remedy.is_empty() {
            write!(f, "\n       → {}", self.remedy)?;
        }
        Ok(())
    }
}

/// How long the handler may take to compare its files.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether function.json and host.json are those that the staged handler would make, and whether it runs here at all.
async fn fits(script_root: &Path, bindings: Bindings, stage: &str) -> Option<Finding> {
    let binary = script_root.join(crate::project::BINARY);
    let running = tokio::process::Command::new(&binary)
        .args([
            "manifest",
            "--check",
            "--bindings",
            bindings.name(),
            "--root",
        ])
        .arg(script_root)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let running = match running {
        Ok(running) => running,
        // What is missing or has no execute bit is a finding already.
        Err(_) if !files::is_executable(&binary) => return None,
        Err(error) => {
            let text = format!("{} does not run on this machine: {error}", binary.display());
            let remedy = stage.replace("the app:", "the app for this machine:");
            // A handler for Azure may be staged on a machine of another kind.
            let for_azure = Binary::read(&binary).is_ok_and(|binary| binary.problem().is_none());
            return Some(match for_azure {
                true => Finding::note(text, remedy),
                false => Finding::bad(text, remedy),
            });
        }
    };
    let ended = tokio::time::timeout(PATIENCE, running.wait_with_output());
    let output = ended.await.ok()?.ok()?;
    if output.status.success() {
        return Some(Finding::good(
            "function.json and host.json fit the staged handler",
        ));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Some(Finding::bad(
        format!(
            "function.json or host.json does not fit the staged handler: {}",
            said_of(&said)
        ),
        stage,
    ))
}

/// What is wrong with a project's own host.json, each with its remedy.
pub(crate) fn wrong_with_host_json(path: &Path) -> Vec<String> {
    wrong(vec![files::host_json(path)])
}

/// What is wrong with the functions of a script root that has no binary yet, each with its remedy.
pub(crate) fn wrong_with_functions(script_root: &Path) -> Vec<String> {
    let host = json(script_root, "host.json");
    wrong(functions::examine(script_root, &host, &Sources::default()))
}

/// How many of the handler's lines a finding has.
const LINES: usize = 6;

/// What a handler says that does not fit: one line a file, under a heading, and above a hint.
fn said_of(stderr: &str) -> String {
    let lines = stderr.lines().map(str::trim);
    let lines = lines.map(|line| line.trim_start_matches("ERROR: "));
    let lines = lines.filter(|line| !line.is_empty() && !line.ends_with(" does not fit the app:"));
    // The heading comes again, and all below it, where `main` returns the error.
    let lines =
        lines.take_while(|line| !line.starts_with("hint: ") && !line.starts_with("Error: "));
    let lines: Vec<&str> = lines.collect();
    let mut said = lines[..lines.len().min(LINES)].join("; ");
    if lines.len() > LINES {
        said.push_str(&format!("; and {} more", lines.len() - LINES));
    }
    said
}

/// The remedy for a script root that is not as the handler needs it.
fn stage(script_root: &Path, bindings: Bindings) -> String {
    match bindings {
        Bindings::Direct => "stage the app: sio stage".to_owned(),
        Bindings::Extension => format!(
            "stage the app: sio stage --bindings extension --out {}",
            script_root.display()
        ),
    }
}

/// What is wrong with a script root that is to be published, each with its remedy. Settings are Azure's own there.
pub(crate) fn wrong_with(script_root: &Path) -> Vec<String> {
    let mut findings = files::examine(script_root, &stage(script_root, Bindings::Direct));
    let host = json(script_root, "host.json");
    let settings = Sources::default();
    findings.extend(functions::examine(script_root, &host, &settings));
    wrong(findings)
}

fn wrong(findings: Vec<Finding>) -> Vec<String> {
    let wrong = findings
        .into_iter()
        .filter(|finding| finding.level == Level::Bad);
    wrong
        .map(|finding| format!("{}\nhint: {}", finding.text, finding.remedy))
        .collect()
}

/// A JSON file of a script root; null if it cannot be read, which is a finding of its own.
fn json(script_root: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(script_root.join(name)).ok();
    let value = text.and_then(|text| json5::from_str(&text).ok());
    value.unwrap_or(Value::Null)
}

/// Examines once; fails if anything is wrong.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let script_root = project.root_for(args.bindings);
    if args.fix {
        fix::apply(&project.root, &script_root)?;
    }
    let stage = stage(&script_root, args.bindings);
    let mut findings = files::examine(&script_root, &stage);
    findings.extend(fits(&script_root, args.bindings, &stage).await);
    let local = Sources::of_process(&json(&script_root, "local.settings.json"));
    let host = json(&script_root, "host.json");
    findings.extend(functions::examine(&script_root, &host, &local));
    let (settings, connection, missing) = settings::examine(&script_root, args.connection);
    findings.extend(settings);
    if missing {
        // Without a connection string `sio dev` starts the emulator at its usual place.
        findings.extend(ports::usual_emulator().await);
    }
    findings.extend(web::proxy(|name| std::env::var(name).ok()));
    findings.extend(web::examine(connection.as_ref(), &args.app).await);

    let look = Look::of_stderr();
    let mut wrong = 0;
    for finding in &findings {
        terminal::tell(look.own(&finding.to_string()));
        wrong += usize::from(finding.level == Level::Bad);
    }
    match wrong {
        0 => Ok(()),
        1 => bail!("one thing is wrong"),
        several => bail!("{several} things are wrong"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_function_that_host_json_leaves_out_is_not_published() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("index")).unwrap();
        write(
            "index/function.json",
            r#"{"bindings":[{"type":"httpTrigger"}]}"#,
        );
        let left_out = |listed: &str| {
            write(
                "host.json",
                &format!(r#"{{"version":"2.0","functions":{listed}}}"#),
            );
            let wrong = wrong_with(folder.path());
            wrong
                .iter()
                .any(|text| text.starts_with("index does not run"))
        };
        assert!(left_out(r#"["other"]"#));
        assert!(!left_out(r#"["index"]"#) && !left_out("[]"));
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_file() {
        let said = "ERROR: /app does not fit the app:\nindex/function.json is out of date\nhost.json is missing\nhint: `sio stage` writes the generated files\nError: /app does not fit the app:\n…";
        assert_eq!(
            said_of(said),
            "index/function.json is out of date; host.json is missing"
        );
        assert_eq!(said_of("ERROR: no\nError: no"), "no");
        let many = "x is missing\n".repeat(8);
        assert!(said_of(&many).ends_with("x is missing; and 2 more"));
    }

    #[tokio::test]
    async fn a_file_that_is_no_program_for_this_machine_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join(crate::project::BINARY);
        assert_eq!(fits(folder.path(), Bindings::Direct, "").await, None);
        std::fs::write(&binary, [0xcf, 0xfa, 0xed, 0xfe, 0, 0]).unwrap();
        assert_eq!(fits(folder.path(), Bindings::Direct, "").await, None);
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
        let found = fits(folder.path(), Bindings::Direct, "").await.unwrap();
        assert_eq!(found.level, Level::Bad);
        assert!(
            found.text.contains("does not run on this machine"),
            "{found}"
        );
    }
}
