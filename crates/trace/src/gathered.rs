//! A summary from the steps of a trace, before anything is found in them.

use crate::audience;
use crate::outcome::Outcome;
use crate::packet;
use crate::step::{Step, What};
use crate::subject::subject;
use crate::summary::{Logged, Sent, Subject, Summary};

impl Summary {
    /// What the steps of one trace say, before anything is found in them; `None` without any step.
    pub(crate) fn gathered(id: &str, steps: &[Step]) -> Option<Self> {
        let first = steps.first()?;
        let (subject, name) = subject(steps);
        let field =
            |of: fn(&Step) -> &Option<String>| steps.iter().find_map(|step| of(step).clone());
        let mut summary = Self {
            id: id.to_owned(),
            began: first.at,
            subject,
            name,
            arguments: Vec::new(),
            user: field(|step| &step.user),
            hub: field(|step| &step.hub),
            namespace: field(|step| &step.namespace),
            socket: field(|step| &step.socket).or(field(|step| &step.connection)),
            outcome: Outcome::Running,
            took: None,
            ack: None,
            sent: Vec::new(),
            calls: Vec::new(),
            logs: Vec::new(),
            findings: Vec::new(),
        };
        for step in steps {
            summary.add(step);
        }
        if !is_open(steps) {
            let last = steps.iter().map(|step| step.at).max().unwrap_or(first.at);
            let own = own_time(steps, subject);
            #[expect(clippy::cast_precision_loss, reason = "a trace takes no centuries")]
            let whole = last.saturating_sub(first.at) as f64 / 1000.0;
            summary.took = Some(own.unwrap_or(whole));
            summary.outcome = outcome(steps, summary.ack.is_some());
        }
        Some(summary)
    }

    fn add(&mut self, step: &Step) {
        match &step.what {
            What::Event { .. } => {
                let arguments = step.body.as_deref().and_then(packet::arguments);
                self.arguments = arguments.unwrap_or_default();
            }
            What::Webhook { bytes: 1.., .. } => {
                let body = step.body.as_deref().unwrap_or_default();
                self.ack = self.ack.take().or(packet::acknowledgement(body));
            }
            // An acknowledgement is said by the outcome.
            What::Delivered { event, .. } if is_ack(event, step.body.as_deref()) => {
                let arguments = step.body.as_deref().and_then(packet::arguments);
                self.ack = self
                    .ack
                    .take()
                    .or_else(|| Some(arguments.unwrap_or_default()));
            }
            What::Delivered {
                event, to, clients, ..
            } => {
                self.sent.push(Sent {
                    event: event.clone(),
                    to: to.clone(),
                    clients: *clients,
                    arguments: step
                        .body
                        .as_deref()
                        .and_then(packet::arguments)
                        .unwrap_or_default(),
                });
            }
            What::Rest { method, path, .. } if !path.ends_with("/:send") && method != "HEAD" => {
                let body = step.body.as_deref();
                self.calls.push(audience::call(method, path, body));
            }
            What::Log { level, text } => self.logs.push(Logged {
                level: level.clone(),
                text: text.clone(),
            }),
            _ => {}
        }
    }
}

/// Whether a packet that was delivered is an acknowledgement, and not an event of that name.
fn is_ack(name: &str, body: Option<&str>) -> bool {
    name == "ack" && body.is_none_or(|body| body.starts_with("43") || body.starts_with("46"))
}

/// How long what a trace is about took: the webhooks of a client that joins are two.
fn own_time(steps: &[Step], subject: Subject) -> Option<f64> {
    let mut webhooks = None;
    let mut answered = None;
    let mut called = None;
    for step in steps {
        match step.what {
            What::Webhook { took, .. } => webhooks = Some(webhooks.unwrap_or(0.0) + took),
            What::Answered { took, .. } => answered = answered.or(Some(took)),
            What::Rest { took, .. } => called = called.or(Some(took)),
            _ => {}
        }
    }
    match subject {
        Subject::Event | Subject::Session => webhooks.or(answered),
        Subject::Http | Subject::Timer | Subject::Trigger => answered,
        Subject::Call => called,
        Subject::Log => None,
    }
}

/// Whether something that began has not ended.
#[must_use]
pub(crate) fn is_open(steps: &[Step]) -> bool {
    let mut events = 0_i32;
    let mut invocations = 0_i32;
    // The tries of an event of the service are all that is known of it before its end.
    let mut tries = false;
    for step in steps {
        match step.what {
            What::Event { .. } => events += 1,
            What::Webhook { .. } | What::Unmatched { .. } => {
                events -= 1;
                tries = false;
            }
            What::Try { .. } => tries = true,
            What::Invoked { .. } => invocations += 1,
            What::Answered { .. } => invocations -= 1,
            _ => {}
        }
    }
    events > 0 || invocations > 0 || tries
}

fn outcome(steps: &[Step], acked: bool) -> Outcome {
    let mut outcome = if acked { Outcome::Acked } else { Outcome::Ok };
    // The event of the invocation that was answered last; a host alone knows no webhook.
    let mut event = None;
    for step in steps {
        match &step.what {
            What::Invoked { event: of, .. } => event = of.as_deref(),
            What::Answered {
                status: 400..=499, ..
            } if event == Some("connect") => outcome = Outcome::Refused,
            What::Answered {
                status: 400..=499, ..
            } if event.is_some() => return Outcome::Failed,
            What::Refused { .. } | What::Rejected { .. } => outcome = Outcome::Refused,
            What::Webhook {
                status: Some(400..=499),
                event,
                ..
            } if event == "connect" => {
                outcome = Outcome::Refused;
            }
            What::Webhook {
                status: Some(200..=299),
                ..
            } => {}
            What::Webhook { .. } => return Outcome::Failed,
            What::Answered { status, .. } if *status >= 500 => return Outcome::Failed,
            What::Unrouted { .. } => outcome = Outcome::Failed,
            _ => {}
        }
    }
    outcome
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn steps(what: Vec<What>) -> Vec<Step> {
        let steps = what.into_iter().enumerate();
        steps
            .map(|(at, what)| Step::new(at as u64 * 1000, Some("t".to_owned()), what))
            .collect()
    }

    pub(crate) fn event(ack: bool) -> What {
        What::Event {
            event: "message".to_owned(),
            ack,
            bytes: 9,
        }
    }

    pub(crate) fn webhook(status: u16, bytes: usize) -> What {
        What::Webhook {
            event: "message".to_owned(),
            status: Some(status),
            error: None,
            bytes,
            tries: 1,
            took: 2.5,
        }
    }

    fn summary(steps: &[Step]) -> Summary {
        Summary::of("t", steps).unwrap()
    }

    #[test]
    fn an_event_with_its_acknowledgement_and_what_it_sent() {
        let delivered = |event: &str, clients| What::Delivered {
            event: event.to_owned(),
            to: "room a".to_owned(),
            clients,
            bytes: 9,
        };
        let mut steps = steps(vec![
            event(true),
            delivered("message", 3),
            webhook(200, 9),
            delivered("ack", 1),
        ]);
        steps[0].body = Some(r#"42["message","hi"]"#.to_owned());
        steps[0].user = Some("ada".to_owned());
        steps[2].body = Some("431[true]".to_owned());
        let summary = summary(&steps);
        assert_eq!(
            (summary.subject, &*summary.name, summary.outcome),
            (Subject::Event, "message", Outcome::Acked)
        );
        assert_eq!(summary.arguments, ["\"hi\""]);
        assert_eq!(summary.ack.as_deref(), Some(&["true".to_owned()][..]));
        assert_eq!(summary.sent.len(), 1);
        assert_eq!(summary.took, Some(2.5));
        assert_eq!(summary.user.as_deref(), Some("ada"));
    }

    #[test]
    fn what_has_not_ended_is_running() {
        let open = summary(&steps(vec![event(true)]));
        assert_eq!((open.outcome, open.took), (Outcome::Running, None));
        assert!(open.findings.is_empty(), "{:?}", open.findings);
    }

    #[test]
    fn functions_without_an_event_are_named_by_their_request_or_themselves() {
        let invoked = |path: &str| What::Invoked {
            function: "tick".to_owned(),
            trigger: "timerTrigger".to_owned(),
            event: None,
            mode: "envelope".to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
        };
        let answered = |status| What::Answered {
            function: "tick".to_owned(),
            status,
            error: None,
            took: 1.0,
        };
        let timer = summary(&steps(vec![invoked(""), answered(200)]));
        assert_eq!(
            (timer.subject, &*timer.name, timer.outcome),
            (Subject::Timer, "tick", Outcome::Ok)
        );
        let http = summary(&steps(vec![invoked("/api/x"), answered(500)]));
        assert_eq!(
            (http.subject, &*http.name, http.outcome),
            (Subject::Http, "GET /api/x", Outcome::Failed)
        );
    }

    #[test]
    fn a_client_that_joins_is_named_by_both_webhooks_and_takes_the_time_of_both() {
        let joined = |event: &str| What::Webhook {
            event: event.to_owned(),
            status: Some(200),
            error: None,
            bytes: 0,
            tries: 1,
            took: 2.0,
        };
        let joining = summary(&steps(vec![
            joined("connect"),
            What::Connected,
            joined("connected"),
        ]));
        assert_eq!(
            (joining.subject, &*joining.name, joining.took),
            (Subject::Session, "connect, connected", Some(4.0))
        );
    }

    #[test]
    fn an_event_of_the_service_that_is_tried_again_is_running_under_its_name() {
        let tried = What::Try {
            event: "connect".to_owned(),
            number: 1,
            problem: "503".to_owned(),
        };
        let running = summary(&steps(vec![tried]));
        assert_eq!(
            (running.subject, &*running.name, running.outcome),
            (Subject::Session, "connect", Outcome::Running)
        );
    }

    #[test]
    fn a_host_alone_knows_an_event_by_its_webhook() {
        let mut invoked = What::Invoked {
            function: "socketio".to_owned(),
            trigger: "httpTrigger".to_owned(),
            event: Some("say".to_owned()),
            mode: "proxied".to_owned(),
            method: "POST".to_owned(),
            path: "/api/socketio".to_owned(),
        };
        let answered = What::Answered {
            function: "socketio".to_owned(),
            status: 200,
            error: None,
            took: 1.5,
        };
        let event = summary(&steps(vec![invoked.clone(), answered]));
        assert_eq!(
            (event.subject, &*event.name, event.took),
            (Subject::Event, "say", Some(1.5))
        );
        let refused = || What::Answered {
            function: "socketio".to_owned(),
            status: 401,
            error: None,
            took: 1.5,
        };
        let unsigned = summary(&steps(vec![invoked.clone(), refused()]));
        assert_eq!(unsigned.outcome, Outcome::Failed);
        assert_eq!(unsigned.findings[0].text, "socketio returned 401");
        let What::Invoked { event, .. } = &mut invoked else {
            unreachable!()
        };
        *event = Some("connect".to_owned());
        let connect = summary(&steps(vec![invoked, refused()]));
        assert_eq!(connect.outcome, Outcome::Refused);
    }

    #[test]
    fn a_refused_connect_is_refused_and_a_failed_webhook_failed() {
        let connect = What::Webhook {
            event: "connect".to_owned(),
            status: Some(403),
            error: None,
            bytes: 0,
            tries: 1,
            took: 1.0,
        };
        assert_eq!(summary(&steps(vec![connect])).outcome, Outcome::Refused);
        let failed = summary(&steps(vec![event(false), webhook(500, 0)]));
        assert_eq!(failed.outcome, Outcome::Failed);
    }
}
