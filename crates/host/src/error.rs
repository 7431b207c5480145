//! Why a host did not start.

use std::path::PathBuf;

use crate::app::FileError;
use crate::process::HandlerError;

/// The host did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The script root is not a folder.
    #[error("{} is not a folder\nhint: name the script root, the folder with host.json", root.display())]
    Root {
        /// What was given.
        root: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file of the app cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// There are function folders, but none of them can be used.
    #[error("no function could be loaded:\n{}", list(.0))]
    Functions(Vec<FileError>),
    /// host.json does not name a handler.
    #[error("{} has no customHandler section, so nothing can answer its functions\nhint: add \"customHandler\": {{\"description\": {{\"defaultExecutablePath\": \"handler\"}}}}", .0.display())]
    NoHandler(PathBuf),
    /// The bindings of the Socket.IO extension cannot be used: no connection, two functions for one event.
    #[error("the Socket.IO extension cannot be loaded: {0}")]
    SocketIo(String),
    /// CORS allows every origin, and credentials too.
    #[error(
        "CORS cannot allow any origin (*) with credentials: every site could act as the user\nhint: name the origins in Host.CORS of local.settings.json or --cors, or leave credentials out"
    )]
    Cors,
    /// The folder for recordings cannot be made or written to.
    #[error("{} cannot hold recordings", folder.display())]
    Record {
        /// What was given.
        folder: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The host cannot listen.
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
    /// The handler does not run.
    #[error(transparent)]
    Handler(#[from] HandlerError),
}

fn list(problems: &[FileError]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
