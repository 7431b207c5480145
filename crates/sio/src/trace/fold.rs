//! Which successes are only counted: assets, polls and timers.

use std::collections::HashMap;

use sio_trace::{Finding, Outcome, Subject, Summary};

/// How long, in microseconds, a repeated request counts as a poll.
const POLL: u64 = 10_000_000;

/// How many paths are remembered to notice polls.
const PATHS: usize = 256;

/// Counts what is not shown.
#[derive(Debug, Default)]
pub(super) struct Fold {
    assets: usize,
    polls: usize,
    timers: usize,
    /// When a request was seen last, by method and path.
    seen: HashMap<String, u64>,
}

impl Fold {
    /// Whether a trace is only counted.
    pub(super) fn takes(&mut self, trace: &Summary) -> bool {
        if trace.subject == Subject::Http && trace.name == "GET /favicon.ico" {
            self.assets += 1;
            return true;
        }
        // What a timer sends it sends each time, whether or not a client listens.
        let timer = trace.subject == Subject::Timer;
        let silent = trace.sent.is_empty() || timer;
        let told = |found: &Finding| !(timer && found.says_nobody_listens());
        let quiet = trace.logs.is_empty() && !trace.findings.iter().any(told);
        if !quiet || !silent || trace.outcome != Outcome::Ok {
            return false;
        }
        match trace.subject {
            // The webhooks of the same moment say more.
            Subject::Session => return matches!(&*trace.name, "open" | "closed" | "gone"),
            Subject::Timer => self.timers += 1,
            Subject::Http => {
                let read = ["GET ", "HEAD ", "OPTIONS "]
                    .iter()
                    .any(|method| trace.name.starts_with(method));
                let last = trace.name.rsplit('/').next().unwrap_or_default();
                let checked = trace.name.starts_with("OPTIONS ");
                if read && (checked || last.is_empty() || last.contains('.')) {
                    self.assets += 1;
                } else if read && self.again(trace) {
                    self.polls += 1;
                } else {
                    return false;
                }
            }
            _ => return false,
        }
        true
    }

    /// Whether the same request was seen a moment ago.
    fn again(&mut self, trace: &Summary) -> bool {
        if self.seen.len() >= PATHS {
            self.seen.clear();
        }
        let before = self.seen.insert(trace.name.clone(), trace.began);
        before.is_some_and(|before| trace.began.saturating_sub(before) < POLL)
    }

    /// What was counted since the last time, in words.
    pub(super) fn take(&mut self) -> Option<String> {
        let counts = [
            (std::mem::take(&mut self.assets), "asset"),
            (std::mem::take(&mut self.polls), "poll"),
            (std::mem::take(&mut self.timers), "timer"),
        ];
        let words = counts.into_iter().filter(|(count, _)| *count > 0);
        let words = words.map(|(count, word)| {
            let end = if count == 1 { "" } else { "s" };
            format!("{count} {word}{end}")
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use sio_trace::{Step, What};

    use super::*;

    fn trace(at: u64, path: &str, status: u16) -> Summary {
        triggered("httpTrigger", at, path, status)
    }

    fn triggered(trigger: &str, at: u64, path: &str, status: u16) -> Summary {
        let invoked = What::Invoked {
            function: "f".to_owned(),
            trigger: trigger.to_owned(),
            event: None,
            mode: "proxied".to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
        };
        let answered = What::Answered {
            function: "f".to_owned(),
            status,
            error: None,
            took: 1.0,
        };
        let sent = What::Delivered {
            event: "tick".to_owned(),
            to: "all of /".to_owned(),
            clients: 0,
            bytes: 9,
        };
        let mut steps = vec![invoked, answered];
        if path.is_empty() {
            steps.push(sent);
        }
        let steps: Vec<Step> = steps
            .into_iter()
            .map(|what| Step::new(at, None, what))
            .collect();
        Summary::of("t", &steps).unwrap()
    }

    #[test]
    fn assets_polls_and_timers_are_counted_unless_they_fail() {
        let mut fold = Fold::default();
        assert!(fold.takes(&trace(0, "/chat.js", 200)));
        assert!(fold.takes(&trace(0, "/", 200)));
        assert!(!fold.takes(&trace(0, "/chat.js", 500)));
        assert!(!fold.takes(&trace(0, "/api/list", 200)));
        assert!(fold.takes(&trace(1, "/api/list", 200)));
        assert!(!fold.takes(&trace(1 + POLL, "/api/list", 200)));
        assert!(fold.takes(&triggered("timerTrigger", 0, "", 200)));
        assert!(!fold.takes(&triggered("timerTrigger", 0, "", 500)));
        assert!(!fold.takes(&triggered("queueTrigger", 0, "", 200)));
        assert_eq!(fold.take().as_deref(), Some("2 assets, 1 poll, 1 timer"));
        assert_eq!(fold.take(), None);
    }
}
