//! A PostgreSQL server of a test's own: in a temporary folder, reached by a socket in it.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running server. It ends when it is dropped.
pub(crate) struct Server {
    folder: TempDir,
    programs: PathBuf,
}

impl Server {
    /// Makes a database cluster and starts a server for it.
    ///
    /// # Errors
    /// The server is not installed, or does not start.
    pub(crate) fn start() -> Result<Self, Error> {
        let folder = TempDir::new()?;
        let programs = programs()?;
        if is_root()? {
            // The server refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let server = Self { folder, programs };
        let data = server.data();
        run(server
            .command("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data))?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off",
            server.folder.path().display()
        );
        run(server
            .command("pg_ctl")
            .args([
                "start",
                "--wait",
                "--silent",
                "--options",
                &options,
                "--pgdata",
            ])
            .arg(&data))?;
        Ok(server)
    }

    /// The address of its database.
    pub(crate) fn address(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@localhost/postgres?host={folder}")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if is_root().unwrap_or_default() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]);
        // A server that has ended already is as good.
        let _ = run(stop.arg(data));
    }
}

/// The folder with the newest server's programs, where Debian and others put them.
fn programs() -> Result<PathBuf, Error> {
    let missing = || {
        Error::new(
            ErrorKind::NotFound,
            "PostgreSQL's server is not installed; install it, for example with: apt-get install postgresql",
        )
    };
    let root = Path::new("/usr/lib/postgresql");
    let versions = std::fs::read_dir(root).map_err(|_| missing())?;
    let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let mut programs: Vec<_> = programs
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    programs.sort();
    programs.pop().ok_or_else(missing)
}

fn is_root() -> Result<bool, Error> {
    let id = Command::new("id").arg("-u").output()?;
    Ok(id.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> Result<(), Error> {
    let done = command.current_dir("/").stdout(Stdio::null()).status()?;
    match done.success() {
        true => Ok(()),
        false => Err(Error::other(format!("{command:?} ended with {done}"))),
    }
}
