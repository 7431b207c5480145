//! What a trace began with, and its name.

use crate::audience;
use crate::step::{Step, What};
use crate::summary::Subject;

/// The subject of an event by its name, if nothing else is known of it.
fn by_name(event: &str) -> Subject {
    match event {
        "connect" | "connected" | "disconnected" => Subject::Session,
        _ => Subject::Event,
    }
}

/// The webhooks of a client that comes, in their order: `connect`, and `connected` where there was one.
fn webhooks(steps: &[Step]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for step in steps {
        if let What::Webhook { event, .. } | What::Try { event, .. } = &step.what
            && !names.contains(&&**event)
        {
            names.push(event);
        }
    }
    names.join(", ")
}

/// What a trace began with, and its name.
pub(crate) fn subject(steps: &[Step]) -> (Subject, String) {
    let named = |name: &str| name.to_owned();
    for step in steps {
        match &step.what {
            What::Event { event, .. } | What::Unmatched { event } => {
                return (Subject::Event, named(event));
            }
            What::Webhook { event, .. } | What::Try { event, .. } => {
                return (by_name(event), webhooks(steps));
            }
            What::Opened { .. } => return (Subject::Session, named("open")),
            What::Refused { .. } => return (Subject::Session, named("refused")),
            What::Disconnected { .. } => return (Subject::Session, named("gone")),
            What::Closed { .. } => return (Subject::Session, named("closed")),
            _ => {}
        }
    }
    for step in steps {
        match &step.what {
            What::Unhandled { event, .. }
            | What::Invoked {
                event: Some(event), ..
            } => return (by_name(event), named(event)),
            What::Invoked {
                function,
                trigger,
                method,
                path,
                ..
            } => {
                let timer = trigger.eq_ignore_ascii_case("timerTrigger");
                return match (path.is_empty(), timer) {
                    (true, true) => (Subject::Timer, named(function)),
                    (true, false) => (Subject::Trigger, named(function)),
                    (false, _) => (Subject::Http, format!("{method} {path}")),
                };
            }
            What::Unrouted { method, path, .. } => {
                return (Subject::Http, format!("{method} {path}"));
            }
            _ => {}
        }
    }
    if steps
        .iter()
        .all(|step| matches!(step.what, What::Log { .. }))
    {
        return (Subject::Log, named("log"));
    }
    let sent = steps.iter().find_map(|step| match &step.what {
        What::Delivered { event, .. } => Some(named(event)),
        _ => None,
    });
    let called = steps.iter().find_map(|step| match &step.what {
        What::Rest { method, path, .. } => {
            let path = path.split_once("/hubs/").map_or(&**path, |(_, rest)| rest);
            let path = path.split_once('/').map_or(path, |(_, rest)| rest);
            Some(format!("{method} {}", audience::in_words(path)))
        }
        _ => None,
    });
    (
        Subject::Call,
        sent.or(called).unwrap_or_else(|| named("call")),
    )
}
