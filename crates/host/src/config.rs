//! What was chosen for a host; one value for all of its parts.

use std::path::PathBuf;

use bytes::Bytes;
use tokio::sync::watch;

use crate::app::Variables;
use crate::clock::Clock;
use crate::platform::SignIn;
use crate::socketio::Tokens;

/// The choices of a [`crate::Builder`].
#[derive(Debug)]
pub(crate) struct Config {
    /// The script root, absolute once the host runs.
    pub(crate) root: PathBuf,
    /// App settings that win over every other source.
    pub(crate) variables: Variables,
    /// The Socket.IO client for browsers.
    pub(crate) client_script: Option<Bytes>,
    /// Pages reload themselves when it changes.
    pub(crate) reload: Option<watch::Receiver<u64>>,
    /// The port of a handler that already listens.
    pub(crate) attach: Option<u16>,
    /// The folder for recordings.
    pub(crate) record: Option<PathBuf>,
    pub(crate) framing: Framing,
    pub(crate) clock: Clock,
    /// The file that keeps the occurrences of timers.
    pub(crate) timer_statuses: Option<PathBuf>,
    /// Timers fire by themselves.
    pub(crate) timers: bool,
    /// Callers need keys.
    pub(crate) auth: bool,
    pub(crate) sign_in: Option<SignIn>,
    /// Origins and whether they may send cookies; local.settings.json says so where this does not.
    pub(crate) cors: Option<(String, bool)>,
    /// Names of this machine besides the usual ones.
    pub(crate) hosts: Vec<String>,
    /// The host starts again when files change.
    pub(crate) watch: bool,
    /// For Socket.IO connections by identity.
    pub(crate) tokens: Option<Tokens>,
}

impl Config {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            variables: Variables::default(),
            client_script: None,
            reload: None,
            attach: None,
            record: None,
            framing: Framing::default(),
            clock: Clock::default(),
            timer_statuses: None,
            timers: true,
            auth: false,
            sign_in: None,
            cors: None,
            hosts: Vec::new(),
            watch: false,
            tokens: None,
        }
    }
}

/// How the body of an envelope is framed (docs/contracts/functions-host.md, "On the wire"). Unconfirmed which of the
/// two comes when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// One or the other by chance, so that a handler that understands only one is found out.
    #[default]
    Random,
    /// With `Content-Length`, as under Core Tools.
    ContentLength,
    /// Chunked, as in Azure.
    Chunked,
}
