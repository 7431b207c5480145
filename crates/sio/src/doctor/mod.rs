//! `sio doctor`: looks at a project, its staged files, its settings and the service, and says what to mend.
//!
//! One examination a file; each returns findings, and a finding comes with its remedy.

mod files;
mod settings;
mod web;

use std::path::PathBuf;

use anyhow::bail;

use crate::project::Project;
use crate::terminal;

/// Check a project, what is staged, its settings and its service; each finding comes with its remedy.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Where the function app runs, to see whether its webhook answers.
    #[arg(long, value_name = "URL", default_value = "http://localhost:7071")]
    app: String,
    /// The service, instead of the one in the settings: what `sio dev --connection` is given.
    #[arg(long, value_name = "STRING")]
    connection: Option<String>,
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

/// What is wrong with a script root, each with its remedy.
pub(crate) fn wrong_with(script_root: &std::path::Path) -> Vec<String> {
    let findings = files::examine(script_root).into_iter();
    let wrong = findings.filter(|finding| finding.level == Level::Bad);
    wrong
        .map(|finding| format!("{}\nhint: {}", finding.text, finding.remedy))
        .collect()
}

/// Examines once; fails if anything is wrong.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let script_root = project.script_root();
    let mut findings = files::examine(&script_root);
    let (settings, connection) = settings::examine(&script_root, args.connection);
    findings.extend(settings);
    findings.extend(web::examine(connection.as_ref(), &args.app).await);

    let mut wrong = 0;
    for finding in &findings {
        terminal::tell(finding);
        wrong += usize::from(finding.level == Level::Bad);
    }
    match wrong {
        0 => Ok(()),
        1 => bail!("one thing is wrong"),
        several => bail!("{several} things are wrong"),
    }
}
