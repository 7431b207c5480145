//! A handler's process and what it started, as each system can end them.

#[cfg(any(not(unix), test))]
use std::process::{Command, Stdio};

use tokio::process::Child;

/// What can be done to a process and to those that it started.
pub(super) trait Family: Sized {
    /// Prepares a command, so that what it starts can be found again.
    fn prepare(command: &mut tokio::process::Command);

    /// The family of a process that was just started.
    fn of(child: &Child) -> Self;

    /// Asks all of them to end; false where nothing can be asked.
    fn ask(&self, child: &Child) -> bool;

    /// Ends all of them at once.
    fn kill(&self, child: &Child);
}

/// This system's way.
#[cfg(unix)]
pub(super) type Processes = Group;
/// This system's way.
#[cfg(not(unix))]
pub(super) type Processes = Tree;

/// Unix: a process group, which the handler leads.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Group(Option<rustix::process::Pid>);

#[cfg(unix)]
impl Group {
    /// An ended process's id may be another's by now; a group's id is not, while anything is in it.
    fn signal(&self, signal: rustix::process::Signal) -> bool {
        self.0
            .is_some_and(|id| rustix::process::kill_process_group(id, signal).is_ok())
    }
}

#[cfg(unix)]
impl Family for Group {
    fn prepare(command: &mut tokio::process::Command) {
        command.process_group(0);
    }

    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(rustix::process::Pid::from_raw))
    }

    fn ask(&self, _: &Child) -> bool {
        self.signal(rustix::process::Signal::TERM)
    }

    fn kill(&self, _: &Child) {
        self.signal(rustix::process::Signal::KILL);
    }
}

/// Windows: the processes that have the handler as an ancestor, which the system's own `taskkill` knows. There are no
/// signals, so nothing is asked. What a handler started can only be found while the handler itself still runs.
#[cfg(any(not(unix), test))]
#[derive(Debug)]
pub(super) struct Tree;

#[cfg(any(not(unix), test))]
impl Tree {
    fn taskkill(id: u32) -> Command {
        let mut command = Command::new("taskkill");
        command
            .args(["/PID", &id.to_string(), "/T", "/F"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

#[cfg(any(not(unix), test))]
impl Family for Tree {
    fn prepare(_: &mut tokio::process::Command) {}

    fn of(_: &Child) -> Self {
        Self
    }

    fn ask(&self, _: &Child) -> bool {
        false
    }

    fn kill(&self, child: &Child) {
        // An ended child has no id any more, so the id is not another process's.
        if let Some(id) = child.id() {
            // If it fails, the caller's own kill still ends the handler itself.
            let _ = Self::taskkill(id).status();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_ended_by_the_systems_own_tool() {
        let command = Tree::taskkill(7);
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(command.get_program(), "taskkill");
        assert_eq!(arguments, ["/PID", "7", "/T", "/F"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_group_ends_with_what_it_started() {
        use tokio::io::AsyncReadExt as _;

        let mut command = tokio::process::Command::new("sh");
        // Both processes hold the pipe, so it ends when both have.
        command
            .args(["-c", "sleep 60 & wait"])
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true);
        Processes::prepare(&mut command);
        let mut child = command.spawn().unwrap();
        let family = Processes::of(&child);
        let mut pipe = child.stdout.take().unwrap();
        assert!(family.ask(&child));
        let patience = std::time::Duration::from_secs(20);
        let ended = async {
            child.wait().await.unwrap();
            pipe.read_to_end(&mut Vec::new()).await.unwrap();
        };
        tokio::time::timeout(patience, ended).await.unwrap();
    }
}
