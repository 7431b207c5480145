//! What happens, on the terminal: one line for each trace.
//!
//! | file | what |
//! |---|---|
//! | `host.rs` | what the host reports, as steps or as words of its own |
//! | `log_line.rs` | lines of the runtime's log, taken apart |
//! | `panics.rs` | panics with their backtraces, as one line |
//! | `capture.rs` | one trace, waited for |
//! | `effects.rs` | what an invocation caused, without what differs each time |
//! | `recorded.rs` | the event and its effects, added to a recording |
//! | `fold.rs` | which successes are only counted |
//! | `line.rs` | a trace as text |
//! | `watch.rs` | the task that puts all of it together |

mod capture;
pub(crate) mod effects;
mod fold;
#[cfg(test)]
mod growth;
mod host;
mod line;
mod log_line;
mod panics;
mod recorded;
mod watch;

pub(crate) use capture::Capture;
pub(crate) use watch::Watch;

use std::path::PathBuf;

use sio_trace::Filter;

use crate::terminal::Form;

/// What a long-running command shows on stderr.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Show every step of each trace, and assets, polls and timers too.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// The form of stderr: lines for people, or a JSON object on each line.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) log: Form,
    /// Show only traces that fit, such as user=ada, event=message, room=lobby, outcome=failed, or a word in any of them;
    /// all of several filters must fit.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Vec<Filter>,
    /// Print the JSON ready line on stdout even if stdout is a terminal.
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave out what the host says about itself, unless something is wrong.
    #[arg(skip)]
    pub(crate) quiet: bool,
    /// The project's folder, which is left out of places in its source.
    #[arg(skip)]
    pub(crate) project: Option<PathBuf>,
}
