//! One process: started, read, ended. Whatever happens to this value, no process outlives it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::command_line::Launch;
use super::console::{self, LastErrors, Stream};
use super::error::HandlerError;
use super::family::{Family as _, Processes};
use crate::hop::{Hop, Hops};
use crate::level::Level;

/// How long a handler may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_millis(1500);

/// A running handler.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    pub(crate) last: LastErrors,
    family: Processes,
}

impl Running {
    /// Starts a process, in a group of its own.
    pub(crate) async fn start(
        launch: &Launch,
        stderr_is_error: bool,
        hops: &Hops,
    ) -> Result<Self, HandlerError> {
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.arguments)
            .current_dir(&launch.directory)
            .env_clear()
            .envs(launch.variables.iter())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Processes::prepare(&mut command);
        let mut child = spawn(&mut command)
            .await
            .map_err(|error| HandlerError::Spawn {
                program: launch.program.display().to_string(),
                reason: error.to_string(),
            })?;
        let family = Processes::of(&child);
        let last = LastErrors::default();
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let hops = hops.clone();
            readers.push(tokio::spawn(async move {
                console::read(stdout, |line| {
                    let (level, text) = console::classify(Stream::Out, line, stderr_is_error);
                    hops.send(Hop::Console {
                        level,
                        text: text.to_owned(),
                    });
                })
                .await;
            }));
        }
        if let Some(stderr) = child.stderr.take() {
            let (hops, last) = (hops.clone(), last.clone());
            readers.push(tokio::spawn(async move {
                console::read(stderr, |line| {
                    let (level, text) = console::classify(Stream::Err, line, stderr_is_error);
                    if level == Level::Error {
                        last.push(text);
                    }
                    hops.send(Hop::Console {
                        level,
                        text: text.to_owned(),
                    });
                })
                .await;
            }));
        }
        Ok(Self {
            child,
            readers,
            last,
            family,
        })
    }

    /// The process's id, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end. The code of a process that a signal ended is 128 + the signal's number.
    pub(crate) async fn exited(&mut self) -> i32 {
        let code = match self.child.wait().await {
            Ok(status) => exit_code(status),
            Err(_) => -1,
        };
        // The last lines are often the reason. Something it started may hold the pipe open, so this has an end.
        let readers = std::mem::take(&mut self.readers);
        let _ = timeout(
            Duration::from_millis(500),
            futures_util::future::join_all(readers),
        )
        .await;
        code
    }

    /// Ends it: asks, waits, kills; kills at once when `at_once` or where nothing can be asked.
    pub(crate) async fn end(mut self, at_once: bool) {
        if !at_once && self.family.ask(&self.child) {
            let _ = timeout(GRACE, self.child.wait()).await;
        }
        self.family.kill(&self.child);
        let _ = self.child.start_kill();
        let _ = timeout(Duration::from_millis(1000), self.child.wait()).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `kill_on_drop` reaches the process alone; this reaches its group too.
        self.family.kill(&self.child);
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// A file that was written a moment ago may still be open elsewhere; then the system says "text file busy".
async fn spawn(command: &mut Command) -> std::io::Result<Child> {
    for _ in 0..20 {
        match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            other => return other,
        }
    }
    command.spawn()
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return 128 + signal;
        }
    }
    status.code().unwrap_or(-1)
}
