//! Lines for stdout and stderr that never hold a server up.
//!
//! An unread pipe fills up, and then every write to it waits: a paused terminal would stop serving. So one
//! thread a stream writes, from a queue of limited size. A caller waits for a slow reader for a moment; after that, lines
//! that find no room are dropped and counted, and the count is written as soon as the stream is read again.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many bytes may wait for a stream's reader.
const ROOM: usize = 1024 * 1024;

/// How long a caller waits for a reader that has kept up so far.
const PATIENCE: Duration = Duration::from_millis(20);

/// The writer needs little: it copies bytes into a stream.
const STACK: usize = 64 * 1024;

/// The lines of one stream.
#[derive(Debug, Clone)]
pub struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write.
    filled: Condvar,
    /// Something was written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// How many bytes were queued since the start, and how many of them the stream has taken.
    queued: u64,
    taken: u64,
    /// Lines that found no room since the count was last written.
    dropped: u64,
    /// The reader did not keep up, so no caller waits for it until it has read again.
    is_stalled: bool,
}

impl Lines {
    /// Writes to a stream from a thread of its own. `name` is what the count of dropped lines calls the stream.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new(name: &'static str, stream: impl Write + Send + 'static) -> io::Result<Self> {
        let lines = Self::unwritten();
        let shared = lines.0.clone();
        thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK)
            .spawn(move || shared.write_to(stream, name))?;
        Ok(lines)
    }

    /// The lines of this process's stdout.
    #[must_use]
    pub fn stdout() -> &'static Self {
        static STDOUT: LazyLock<Lines> = LazyLock::new(|| Lines::of("stdout", io::stdout()));
        &STDOUT
    }

    /// The lines of this process's stderr.
    #[must_use]
    pub fn stderr() -> &'static Self {
        static STDERR: LazyLock<Lines> = LazyLock::new(|| Lines::of("stderr", io::stderr()));
        &STDERR
    }

    /// A process without threads left still serves what it can; its lines are dropped.
    fn of(name: &'static str, stream: impl Write + Send + 'static) -> Self {
        Self::new(name, stream).unwrap_or_else(|_| {
            let lines = Self::unwritten();
            lines.0.state().is_stalled = true;
            lines
        })
    }

    fn unwritten() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            written: Condvar::new(),
        }))
    }

    /// Queues whole lines, each with its end. They are dropped if the queue stays full.
    pub fn write(&self, lines: &[u8]) {
        // A line that is longer than the room is written when nothing else waits.
        let fits =
            |state: &State| state.waiting.is_empty() || state.waiting.len() + lines.len() <= ROOM;
        let mut state = self.0.state();
        if !fits(&state) && !state.is_stalled {
            state = self.0.wait(state, PATIENCE, fits);
            state.is_stalled |= !fits(&state);
        }
        if fits(&state) {
            state.waiting.extend_from_slice(lines);
            state.queued += lines.len() as u64;
        } else {
            let count = lines.iter().filter(|byte| **byte == b'\n').count();
            state.dropped += count.max(1) as u64;
        }
        self.0.filled.notify_one();
    }

    /// Queues whole lines and waits until they are written, unless the reader does not keep up.
    pub fn write_now(&self, lines: &[u8]) {
        self.write(lines);
        let state = self.0.state();
        if state.is_stalled {
            return;
        }
        let end = state.queued;
        let mut state = self.0.wait(state, PATIENCE, |state| state.taken >= end);
        state.is_stalled |= state.taken < end;
    }

    /// Waits until everything that was queued is written, at most this long. To be called before a process ends.
    pub fn flush(&self, patience: Duration) {
        let state = self.0.state();
        let end = state.queued;
        drop(self.0.wait(state, patience, |state| state.taken >= end));
    }
}

impl Shared {
    /// No holder of the lock panics while the state is half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a condition holds, at most this long.
    fn wait<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        patience: Duration,
        holds: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let deadline = Instant::now() + patience;
        while !holds(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.written.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    /// Writes what is queued until the process ends.
    fn write_to(&self, mut stream: impl Write, name: &str) {
        let mut batch = Vec::new();
        let mut state = self.state();
        loop {
            while state.waiting.is_empty() && state.dropped == 0 {
                let woken = self.filled.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
            }
            batch.clear();
            std::mem::swap(&mut batch, &mut state.waiting);
            let length = batch.len() as u64;
            let dropped = std::mem::take(&mut state.dropped);
            drop(state);
            if dropped > 0 {
                let count =
                    format!("WARN: {dropped} lines were dropped because {name} was not read\n");
                batch.extend_from_slice(count.as_bytes());
            }
            // A closed stream has no reader to report to.
            let _ = stream.write_all(&batch).and_then(|()| stream.flush());
            state = self.state();
            state.taken += length;
            state.is_stalled = false;
            self.written.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A stream that takes each write only once it was told to.
    struct Held {
        may: mpsc::Receiver<()>,
        took: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.may.recv().map_err(io::Error::other)?;
            self.took.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn held() -> (Lines, mpsc::Sender<()>, mpsc::Receiver<Vec<u8>>) {
        let (allow, may) = mpsc::channel();
        let (took, taken) = mpsc::channel();
        let lines = Lines::new("stderr", Held { may, took }).unwrap();
        (lines, allow, taken)
    }

    #[test]
    fn an_unread_stream_holds_nobody_up_and_its_lines_are_counted() {
        let (lines, allow, taken) = held();
        let line = [&b"x".repeat(999)[..], b"\n"].concat();
        // Ten times what there is room for. Were each to wait, this would take minutes.
        let all = 10 * ROOM / line.len();
        for _ in 0..all {
            lines.write_now(&line);
        }
        // The reader is back: what had waited comes whole, then the count of the rest.
        let mut text = Vec::new();
        let count = loop {
            allow.send(()).unwrap();
            text.extend(taken.recv_timeout(Duration::from_secs(20)).unwrap());
            let text = String::from_utf8_lossy(&text);
            if let Some((_, rest)) = text.split_once("WARN: ") {
                let (count, _) = rest.split_once(" lines were dropped").unwrap();
                break count.parse::<usize>().unwrap();
            }
        };
        let whole = text.chunks(line.len()).filter(|chunk| *chunk == line);
        assert_eq!(whole.count() + count, all);
        assert!(count > all / 2, "{count} of {all} were dropped");
    }

    #[test]
    fn lines_are_written_in_order_and_before_flush_returns() {
        let (lines, allow, taken) = held();
        for _ in 0..3 {
            allow.send(()).unwrap();
        }
        lines.write(b"first\n");
        lines.write(b"second\n");
        lines.flush(Duration::from_secs(20));
        let text: Vec<u8> = taken.try_iter().flatten().collect();
        assert_eq!(text, b"first\nsecond\n");
    }
}
