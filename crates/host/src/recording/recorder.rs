//! The folder of recordings.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::exchange::Recording;
use crate::call::Call;
use crate::hop::{Hop, Hops};

/// Writes recordings into a folder, numbered in the order of the requests.
#[derive(Debug)]
pub(crate) struct Recorder {
    folder: PathBuf,
    next: AtomicU32,
    hops: Hops,
}

impl Recorder {
    /// Makes the folder if it is missing. Numbers go on behind those that are there already.
    pub(crate) fn new(folder: PathBuf, hops: Hops) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let mut last = 0;
        for entry in std::fs::read_dir(&folder)? {
            last = last.max(number(&entry?.path()).unwrap_or_default());
        }
        Ok(Self {
            folder,
            next: AtomicU32::new(last + 1),
            hops,
        })
    }

    /// A number for a request that is about to be sent.
    pub(crate) fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes a file. It is done at once, before the answer's end is passed on: a caller that has the answer finds the
    /// file.
    pub(crate) fn keep(&self, number: u32, call: &Call, recording: &Recording) {
        let event = call.event.as_ref().map(|event| event.name.as_str());
        let name = event.map_or(recording.function.clone(), in_file_name);
        let file = self.folder.join(format!("{number:04}-{name}.json"));
        let text = serde_json::to_string_pretty(recording).map_err(std::io::Error::from);
        let hop = match text.and_then(|text| std::fs::write(&file, text + "\n")) {
            Ok(()) => Hop::Recorded {
                trace: call.trace.clone(),
                invocation: call.invocation.clone(),
                file,
            },
            Err(error) => {
                // Half a recording, as a full disk leaves it, would fail every replay.
                let _ = std::fs::remove_file(&file);
                Hop::Warning(format!("{} cannot be written: {error}", file.display()))
            }
        };
        self.hops.send(hop);
    }

    /// Says why an exchange is missing.
    pub(crate) fn skip(&self, function: &str, why: &str) {
        self.hops
            .send(Hop::Warning(format!("{function} is not recorded: {why}")));
    }
}

/// An event's name as a part of a file's name, without what a file system may refuse.
fn in_file_name(event: &str) -> String {
    let legal = |c: char| match c {
        c if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') => c,
        _ => '_',
    };
    event.chars().map(legal).take(60).collect()
}

/// The number in front of a recording's name.
fn number(file: &Path) -> Option<u32> {
    let (number, _) = file.file_name()?.to_str()?.split_once('-')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_name_becomes_a_files_name() {
        assert_eq!(in_file_name("../say it: \u{1b}ü"), ".._say_it___ü");
        assert_eq!(in_file_name(&"x".repeat(1000)).len(), 60);
    }

    #[test]
    fn numbers_go_on_behind_those_of_earlier_recordings() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0007-f.json", "0012-g.json", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let hops = Hops::new(tokio::sync::broadcast::channel(1).0);
        let recorder = Recorder::new(folder.path().to_owned(), hops).unwrap();
        assert_eq!((recorder.number(), recorder.number()), (13, 14));
    }
}
