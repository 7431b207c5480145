//! What went wrong, also where every status said success.

use crate::audience;
use crate::finding::{Finding, NO_CLIENT};
use crate::outcome::Outcome;
use crate::step::{Step, What};
use crate::summary::{Subject, Summary};

impl Summary {
    /// What became of the steps of one trace; `None` without any step.
    #[must_use]
    pub fn of(id: &str, steps: &[Step]) -> Option<Self> {
        let mut summary = Self::gathered(id, steps)?;
        summary.findings = find(steps, &summary);
        summary.name_sender();
        if summary.outcome != Outcome::Running {
            let found = |outcome| {
                summary
                    .findings
                    .iter()
                    .any(|found| found.outcome == Some(outcome))
            };
            summary.outcome = match (found(Outcome::Failed), found(Outcome::Unhandled)) {
                (true, _) => Outcome::Failed,
                (_, true) => Outcome::Unhandled,
                _ => summary.outcome,
            };
        }
        Some(summary)
    }
}

impl Summary {
    /// Names the room of the socket itself, in which every socket is, as what it stands for.
    fn name_sender(&mut self) {
        let Some(socket) = &self.socket else { return };
        let room = format!("room {socket}");
        let sent = self.sent.iter_mut().map(|sent| &mut sent.to);
        let found = self.findings.iter_mut().map(|found| &mut found.text);
        for text in sent.chain(&mut self.calls).chain(found) {
            *text = text.replace(&room, "its sender");
        }
    }
}

/// What the runtime's line about a panic begins with.
const PANIC: &str = "panicked at ";

/// What the runtime logs about an event without a handler.
const UNHANDLED: &str = "has no handler";

/// The findings of a trace.
fn find(steps: &[Step], summary: &Summary) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wanted = false;
    // A host alone sees the answer to an event and no webhook.
    let refuses_an_event = summary.outcome == Outcome::Failed
        && summary.subject != Subject::Http
        && !steps
            .iter()
            .any(|step| matches!(step.what, What::Webhook { .. }));
    // The webhook's 404 says the same.
    let unhandled = steps
        .iter()
        .any(|step| matches!(step.what, What::Unhandled { .. }));
    for step in steps {
        match &step.what {
            What::Event { ack, .. } => wanted = *ack,
            What::Try {
                number, problem, ..
            } => {
                findings.push(Finding::note(format!("try {number} failed: {problem}")));
            }
            What::Webhook {
                error: Some(error), ..
            } => findings.push(Finding::failure(format!("the webhook failed: {error}"))),
            What::Webhook {
                status: Some(status),
                event,
                ..
            } if !(200..300).contains(status) && event != "connect" && !unhandled => {
                findings.push(Finding::failure(format!("the webhook returned {status}")));
            }
            What::Unhandled { problem, .. } => findings.push(Finding::unhandled(problem.clone())),
            What::Unmatched { event } => findings.push(Finding::unhandled(format!(
                "no event handler of the service takes {event:?}"
            ))),
            What::Rest {
                method,
                path,
                status,
                error,
                ..
            } if *status >= 400 && method != "HEAD" => {
                let path = audience::in_words(path);
                let why = error
                    .as_ref()
                    .map_or(String::new(), |error| format!(": {error}"));
                findings.push(Finding::bad(format!(
                    "the service returned {status} to {method} {path}{why}"
                )));
            }
            What::Delivered {
                event,
                to,
                clients: 0,
                ..
            } => findings.push(Finding::note(format!("{event}{NO_CLIENT} ({to})"))),
            What::Dropped { problem } => findings.push(Finding::bad(problem.clone())),
            What::Refused { reason, .. } => findings.push(Finding::note(reason.clone())),
            What::Rejected { message } => findings.push(Finding::note(message.clone())),
            What::Answered {
                error: Some(error), ..
            } => findings.push(Finding::failure(error.clone())),
            What::Answered {
                function, status, ..
            } if *status >= 500 || (*status >= 400 && refuses_an_event) => {
                findings.push(Finding::failure(format!("{function} returned {status}")));
            }
            What::Retrying { retry, problem, .. } => {
                findings.push(Finding::note(format!("retry {retry}: {problem}")));
            }
            What::Unrouted { status, .. } => {
                findings.push(Finding::note(format!(
                    "{status}: no function has this route"
                )));
            }
            // The place of a panic was said by a line of its own.
            What::Log { text, .. }
                if text.contains("panicked: ")
                    && findings.iter().any(|found| found.text.starts_with(PANIC)) => {}
            What::Log { level, text } if level == "error" => {
                findings.push(Finding::failure(text.clone()));
            }
            What::Log { level, text } if level == "warning" && text.contains(UNHANDLED) => {
                findings.push(Finding::unhandled(text.clone()));
            }
            _ => {}
        }
    }
    let ended = summary.outcome != Outcome::Running;
    if wanted && ended && summary.ack.is_none() && !answered_with_packets(steps) {
        findings.push(Finding::bad("an ack was wanted and none was sent"));
    }
    findings.dedup();
    findings
}

/// Whether the webhook's response had packets that could not be read here, since only their beginning is known.
fn answered_with_packets(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        matches!(step.what, What::Webhook { bytes: 1.., .. })
            && step.body.as_deref().is_none_or(|body| body.contains('…'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gathered::tests::{event, steps, webhook};

    fn texts(what: Vec<What>) -> (Vec<String>, Outcome) {
        let summary = Summary::of("t", &steps(what)).unwrap();
        let texts = summary.findings.into_iter().map(|found| found.text);
        (texts.collect(), summary.outcome)
    }

    #[test]
    fn a_missing_acknowledgement_stands_out() {
        let (found, outcome) = texts(vec![event(true), webhook(200, 0)]);
        assert_eq!(found, ["an ack was wanted and none was sent"]);
        assert_eq!(outcome, Outcome::Ok);
        let (found, _) = texts(vec![event(false), webhook(200, 0)]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_handler_that_failed_makes_a_trace_failed_though_the_webhook_said_200() {
        let log = What::Log {
            level: "error".to_owned(),
            text: "the handler panicked: no".to_owned(),
        };
        let (found, outcome) = texts(vec![event(false), log, webhook(200, 0)]);
        assert_eq!(found, ["the handler panicked: no"]);
        assert_eq!(outcome, Outcome::Failed);
    }

    #[test]
    fn an_event_without_a_handler_is_unhandled_though_the_webhook_said_200() {
        let log = |level: &str, text: &str| What::Log {
            level: level.to_owned(),
            text: text.to_owned(),
        };
        let warning = log("warning", "event \"jion\" has no handler; register it");
        let (found, outcome) = texts(vec![event(false), warning.clone(), webhook(200, 0)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(outcome, Outcome::Unhandled);
        let (_, outcome) = texts(vec![event(false), warning.clone()]);
        assert_eq!(outcome, Outcome::Running);
        let failed = vec![event(false), warning, log("error", "lost"), webhook(200, 0)];
        assert_eq!(texts(failed).1, Outcome::Failed);
    }

    #[test]
    fn an_event_for_which_no_function_waits_is_unhandled_and_not_failed() {
        let unhandled = What::Unhandled {
            event: "message".to_owned(),
            problem: "no function waits".to_owned(),
        };
        let (found, outcome) = texts(vec![event(false), unhandled, webhook(404, 0)]);
        assert_eq!(found, ["no function waits"]);
        assert_eq!(outcome, Outcome::Unhandled);
    }

    #[test]
    fn a_panic_is_found_once_with_its_place() {
        let log = |text: &str| What::Log {
            level: "error".to_owned(),
            text: text.to_owned(),
        };
        let place = "panicked at src/lib.rs:3:5: no";
        let (found, _) = texts(vec![
            event(false),
            log(place),
            log("the handler panicked: no"),
            webhook(200, 0),
        ]);
        assert_eq!(found, [place]);
    }

    #[test]
    fn tries_errors_of_the_service_and_empty_audiences_are_named() {
        let (found, outcome) = texts(vec![
            event(false),
            What::Try {
                event: "message".to_owned(),
                number: 1,
                problem: "503".to_owned(),
            },
            What::Rest {
                method: "POST".to_owned(),
                path: "/api/hubs/h/groups/0~Lw~YQ/:send".to_owned(),
                status: 413,
                error: Some("too large".to_owned()),
                bytes: 9,
                took: 1.0,
            },
            What::Delivered {
                event: "news".to_owned(),
                to: "room a".to_owned(),
                clients: 0,
                bytes: 9,
            },
            What::Dropped {
                problem: "a packet for clients was dropped: it is broken".to_owned(),
            },
            webhook(200, 0),
        ]);
        assert_eq!(
            found,
            [
                "try 1 failed: 503",
                "the service returned 413 to POST /api/hubs/h/groups/room a/:send: too large",
                "news reached no client (room a)",
                "a packet for clients was dropped: it is broken"
            ]
        );
        assert_eq!(outcome, Outcome::Ok);
    }
}
