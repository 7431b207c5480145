//! Building the handler with cargo, whose progress and errors go straight to the terminal, or as JSON lines to a program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{ChildStderr, Command};

use super::Project;
use crate::terminal::{self, Form};

/// How the handler is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Fast to build.
    Dev,
    /// Fast to run.
    Release,
}

impl Profile {
    /// The profile that a `--release` flag asks for.
    pub(crate) fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }
}

/// The cargo that started us, or the one on the path.
pub(super) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs cargo, which tells people what it does and what is wrong, and returns its data.
pub(super) async fn output(cargo: &mut Command) -> anyhow::Result<std::process::Output> {
    let json = terminal::form() == Form::Json;
    // Not `Command::output`: that would take stderr too.
    let running = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(if json {
            Stdio::piped()
        } else {
            Stdio::inherit()
        })
        .kill_on_drop(true)
        .spawn();
    let output = async {
        let mut child = running?;
        let told = tell(child.stderr.take());
        let (output, ()) = tokio::join!(child.wait_with_output(), told);
        output
    };
    let output = output.await;
    output.context("cargo cannot be run; is a Rust toolchain installed?")
}

/// Passes each line on as an object.
async fn tell(stderr: Option<ChildStderr>) {
    let Some(stderr) = stderr else { return };
    let mut lines = BufReader::new(stderr).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        terminal::object(&json!({ "cargo": String::from_utf8_lossy(&line) }));
    }
}

/// A line of cargo's JSON messages, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<MessageTarget>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
}

/// The hint where cargo finds no such version of the library. `sio new` warns of it, too.
const UNPUBLISHED: &str = "\nhint: this version of socketio-functions is not published: name a checkout in both places of Cargo.toml, socketio-functions = { path = \"DIR\" }, or begin with `sio new NAME --dependency path=DIR`";

/// Whether cargo says that it finds no version of the library.
fn is_unpublished(stderr: &str) -> bool {
    [
        "no matching package named `socketio-functions` found",
        "failed to select a version for the requirement `socketio-functions ",
    ]
    .iter()
    .any(|text| stderr.contains(text))
}

impl Project {
    /// Whether the build failed because cargo does not find the library. The terminal has cargo's words, so it is asked
    /// once more; where it has locked the library's version, something else failed.
    async fn lacks_the_library(&self) -> bool {
        let lock = std::fs::read_to_string(self.root.join("Cargo.lock"));
        if lock.is_ok_and(|lock| lock.contains("name = \"socketio-functions\"\n")) {
            return false;
        }
        let asked = Command::new(cargo())
            .args(["metadata", "--format-version", "1"])
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let asked = asked.await;
        asked.is_ok_and(|output| is_unpublished(&String::from_utf8_lossy(&output.stderr)))
    }

    /// Builds the handler and returns where the binary is.
    ///
    /// Cargo resolves the features of dependencies over the packages that a build selects. Where this tool is a member
    /// of the project's workspace, it is selected too (none of it is built): the handler then uses the dependencies
    /// that `cargo run` has already compiled, instead of a second set.
    ///
    /// A target is a triple, with the oldest glibc to run on behind it if that matters:
    /// `x86_64-unknown-linux-gnu.2.28`. The latter is what `cargo-zigbuild` understands, and needs it.
    pub(crate) async fn build(
        &self,
        profile: Profile,
        target: Option<&str>,
    ) -> anyhow::Result<PathBuf> {
        let versioned = target.is_some_and(|target| target.contains("-gnu."));
        let mut command = Command::new(cargo());
        command.arg(if versioned { "zigbuild" } else { "build" });
        command.args(["--message-format", "json-render-diagnostics"]);
        if let Some(target) = target {
            command.args(["--target", target]);
        }
        command.args(["--package", &self.package, "--bin", &self.binary]);
        for companion in &self.companions {
            command.args(["--package", companion]);
        }
        if profile == Profile::Release {
            command.arg("--release");
        }
        // What `cargo run` tells this process about this process's own package would confuse the build of another.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command.current_dir(&self.root);
        let output = output(&mut command).await?;
        if !output.status.success() {
            let hint = match target {
                Some(_) if versioned => {
                    "\nhint: a target with a glibc version needs `cargo install cargo-zigbuild` and `python3 -m pip install --user ziglang` (Debian and Ubuntu: `apt-get install python3-pip` first, and add --break-system-packages)"
                }
                Some(_) => "\nhint: another target needs its standard library: `rustup target add`",
                None if self.lacks_the_library().await => UNPUBLISHED,
                None => "",
            };
            bail!(
                "the handler of {} does not build{hint}",
                self.root.display()
            );
        }
        let messages = output.stdout.split(|byte| *byte == b'\n');
        messages
            .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
            .filter(|message| message.reason == "compiler-artifact")
            .filter(|message| {
                let name = message.target.as_ref().map(|target| &target.name);
                name == Some(&self.binary)
            })
            .find_map(|message| message.executable)
            .with_context(|| format!("cargo did not say where the binary {:?} is", self.binary))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_published_is_told_from_other_failures() {
        assert!(is_unpublished(
            "error: no matching package named `socketio-functions` found\nlocation searched: crates.io index"
        ));
        assert!(is_unpublished(
            "error: failed to select a version for the requirement `socketio-functions = \"^9\"`"
        ));
        assert!(!is_unpublished(
            "error: no matching package named `other` found"
        ));
    }
}
