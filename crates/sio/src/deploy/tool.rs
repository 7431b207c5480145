//! Running other people's tools: `az`, `azd`. Each command is one that a person could type instead.
//!
//! No key is ever an argument: a process's arguments can be read by everybody on a machine, and end up in logs and
//! histories. What is secret goes into a file that only its owner can read, and comes back on standard output, which
//! nothing here prints.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::terminal;

/// One command of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    program: &'static str,
    arguments: Vec<String>,
    /// What `@FILE` among the arguments has in it, with keys masked, for people.
    file: Option<String>,
}

impl Call {
    /// A command of the Azure CLI, given as a person types it; quotes are not interpreted.
    pub(crate) fn az(words: &str) -> Self {
        Self::of("az", words)
    }

    /// A command of the Azure Developer CLI.
    pub(crate) fn azd(words: &str) -> Self {
        Self::of("azd", words)
    }

    fn of(program: &'static str, words: &str) -> Self {
        Self {
            program,
            arguments: words.split_whitespace().map(str::to_owned).collect(),
            file: None,
        }
    }

    /// Adds an option with its value.
    pub(crate) fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.arguments.push(name.to_owned());
        self.arguments.push(value.into());
        self
    }

    /// Adds an argument.
    pub(crate) fn argument(mut self, value: impl Into<String>) -> Self {
        self.arguments.push(value.into());
        self
    }

    /// Says what is in the file that an argument names, with keys masked already.
    pub(crate) fn with_file(mut self, masked: impl Into<String>) -> Self {
        self.file = Some(masked.into());
        self
    }
}

/// As a person would type it, with keys masked.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program)?;
        for argument in &self.arguments {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                write!(f, " {argument}")?;
            } else {
                write!(f, " '{argument}'")?;
            }
        }
        if let Some(file) = &self.file {
            write!(f, "    # the file: {file}")?;
        }
        Ok(())
    }
}

/// Runs commands, or says what would be run.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    dry_run: bool,
    subscription: Option<String>,
    /// Where commands run: paths in them are relative to the project.
    folder: PathBuf,
}

impl Tools {
    /// `az` keeps to the subscription, if there is one; it has a default of its own.
    pub(crate) fn new(dry_run: bool, subscription: Option<String>, folder: &Path) -> Self {
        Self {
            dry_run,
            subscription,
            folder: folder.to_owned(),
        }
    }

    /// The same tools for a subscription that was found later.
    pub(crate) fn within(self, subscription: Option<String>) -> Self {
        Self {
            subscription: self.subscription.or(subscription),
            ..self
        }
    }

    /// Whether commands are only shown.
    pub(crate) fn dry_run(&self) -> bool {
        self.dry_run
    }

    /// Says what a step would do that is not a command of another tool.
    pub(crate) fn would(&self, text: impl fmt::Display) {
        terminal::tell(format_args!("  # {text}"));
    }

    /// Runs a command and returns its standard output, which may have keys in it; nothing in a dry run.
    pub(crate) async fn run(&self, call: Call) -> anyhow::Result<Option<String>> {
        let call = match &self.subscription {
            Some(subscription) if call.program == "az" => {
                call.option("--subscription", subscription)
            }
            _ => call,
        };
        if self.dry_run {
            terminal::tell(format_args!("  $ {call}"));
            return Ok(None);
        }
        let program = found(call.program);
        let output = Command::new(&program)
            .args(&call.arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("cannot run {program}\nhint: {}", install(call.program)))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`{call}` failed: {}{}", last_words(&said), remedy(&said));
        }
        let text = String::from_utf8(output.stdout);
        let text = text.with_context(|| format!("`{call}` printed something that is not text"))?;
        Ok(Some(text.trim().to_owned()))
    }

    /// Runs a command that is read from: what it prints, or in a dry run a name in its place.
    pub(crate) async fn ask(&self, call: Call, instead: &str) -> anyhow::Result<String> {
        let shown = call.to_string();
        match self.run(call).await? {
            None => Ok(instead.to_owned()),
            Some(text) if text.is_empty() => bail!("`{shown}` printed nothing"),
            Some(text) => Ok(text),
        }
    }
}

/// The name under which the system finds a program. On Windows the tools are scripts.
fn found(program: &str) -> String {
    if cfg!(windows) && program == "az" {
        format!("{program}.cmd")
    } else {
        program.to_owned()
    }
}

fn install(program: &str) -> &'static str {
    match program {
        "azd" => "install the Azure Developer CLI: https://aka.ms/azd",
        _ => "install the Azure CLI: https://aka.ms/azure-cli",
    }
}

/// What to do about a failure that the tool does not explain by itself.
fn remedy(said: &str) -> &'static str {
    // Where it cannot ask, az refuses to install what a command needs.
    match said.contains("extension") && said.contains("webpubsub") {
        true => "\nhint: az extension add --name webpubsub",
        false => "",
    }
}

/// The end of what a tool said, where the reason is.
fn last_words(said: &str) -> String {
    const LINES: usize = 6;
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let start = lines.len().saturating_sub(LINES);
    match &lines[start..] {
        [] => "it said nothing".to_owned(),
        lines => lines.join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        let call = Call::az("functionapp list")
            .option("--query", "[].name")
            .argument("--settings")
            .argument("@/tmp/x")
            .with_file("{\"A\":\"AccessKey=***\"}");
        assert_eq!(
            call.to_string(),
            "az functionapp list --query '[].name' --settings @/tmp/x    # the file: {\"A\":\"AccessKey=***\"}"
        );
    }

    #[test]
    fn a_missing_extension_is_named() {
        let said =
            "The command requires the extension webpubsub. Unable to prompt for extension install";
        assert!(remedy(said).ends_with("az extension add --name webpubsub"));
        assert_eq!(remedy("ERROR: AuthorizationFailed"), "");
    }

    #[test]
    fn the_reason_is_at_the_end() {
        let said = (0..9).map(|n| format!("line {n}\n\n")).collect::<String>();
        assert!(last_words(&said).starts_with("line 3\n"));
        assert_eq!(last_words(""), "it said nothing");
    }
}
