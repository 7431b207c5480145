//! A trace as text: a line that says what became of it, what went wrong below, and each step for who asks.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sio_trace::{Level, Outcome, Step, Subject, Summary, What, audience};

use crate::style::{Look, Tone};

/// How many characters of arguments and of an acknowledgement are shown.
const ARGUMENTS: usize = 60;

/// How many kinds of sent events are named.
const SENT: usize = 4;

/// Where lines below a trace begin.
pub(super) const INDENT: &str = "              ";

/// The lines of a trace; with steps, all of them.
pub(super) fn lines(trace: &Summary, steps: Option<&[Step]>, look: Look) -> Vec<String> {
    let mut lines = match trace.subject {
        Subject::Log => Vec::new(),
        _ => vec![first(trace, steps.is_some(), look)],
    };
    for found in &trace.findings {
        // The first line says that as "0 clients".
        if found.says_nobody_listens() {
            continue;
        }
        let (tone, mark) = match found.level {
            Level::Bad => (Tone::Bad, look.symbol("✗", "x")),
            Level::Note => (Tone::Note, "!"),
        };
        let text = look.foreign(&found.text);
        lines.push(format!(
            "{INDENT}{}",
            look.paint(tone, format_args!("{mark} {text}"))
        ));
    }
    if let Some(steps) = steps {
        lines.extend(steps.iter().map(|step| detail(step, trace.began, look)));
        return lines;
    }
    for logged in &trace.logs {
        // What is a finding is there already.
        let said = |text: &str| {
            text == logged.text
                || (text.starts_with("panicked at ") && logged.text.contains("panicked: "))
        };
        if trace.findings.iter().any(|found| said(&found.text)) {
            continue;
        }
        let tone = match &*logged.level {
            "error" => Tone::Bad,
            "warning" => Tone::Note,
            _ => Tone::Plain,
        };
        let text = look.foreign(&logged.text);
        let level = look.paint(Tone::Quiet, &logged.level);
        lines.push(format!("{INDENT}{level} {}", look.paint(tone, text)));
    }
    lines
}

/// What became of a trace. What was said is for those who ask for details.
fn first(trace: &Summary, details: bool, look: Look) -> String {
    let user = trace.user.as_deref().map(|user| look.foreign(user));
    let user = user.unwrap_or_else(|| match trace.subject {
        Subject::Event | Subject::Session => "anonymous".to_owned(),
        _ => look.symbol("·", "-").to_owned(),
    });
    let mut name = look.foreign(&trace.name);
    if let Some(namespace) = trace.namespace.as_deref().filter(|name| *name != "/") {
        name = format!("{} {name}", look.foreign(namespace));
    }
    let arguments = look.foreign(&cut(&trace.arguments.join(" "), ARGUMENTS, look));
    let tone = match trace.outcome {
        Outcome::Ok | Outcome::Acked => Tone::Good,
        Outcome::Running | Outcome::Refused => Tone::Note,
        Outcome::Unhandled | Outcome::Failed => Tone::Bad,
    };
    let mut text = format!(
        "{}  {}  {name}",
        look.paint(Tone::Quiet, clock(trace.began)),
        look.paint(Tone::Name, format_args!("{:<9}", cut(&user, 24, look))),
    );
    if details && !arguments.is_empty() {
        text.push(' ');
        text.push_str(&look.paint(Tone::Quiet, arguments));
    }
    text.push_str("  ");
    text.push_str(&look.paint(tone, trace.outcome.word()));
    if let Some(ack) = trace.ack.as_ref().filter(|ack| details && !ack.is_empty()) {
        text.push(' ');
        text.push_str(&look.foreign(&cut(&ack.join(" "), ARGUMENTS, look)));
    }
    if let Some(took) = trace.took {
        text.push_str(&format!(
            "  {}",
            look.paint(Tone::Quiet, format_args!("{took:.1} ms"))
        ));
    }
    let arrow = look.symbol("→", "->");
    for sent in trace.sent.iter().take(SENT) {
        // A packet for the client itself has no other audience.
        let clients = match sent.clients {
            1 => "1 client".to_owned(),
            0 => look.paint(Tone::Note, "0 clients"),
            several => format!("{several} clients"),
        };
        let to = if sent.to.is_empty() {
            clients
        } else {
            format!("{} ({clients})", look.foreign(&sent.to))
        };
        text.push_str(&format!("  {arrow} {} {to}", look.foreign(&sent.event)));
    }
    if trace.sent.len() > SENT {
        text.push_str(&format!("  {arrow} {} more", trace.sent.len() - SENT));
    }
    text
}

/// A step on a line of its own, with the time since the trace began.
fn detail(step: &Step, began: u64, look: Look) -> String {
    let mut text = look.foreign(&text(&step.what));
    if let (What::Invoked { .. }, Some(invocation)) = (&step.what, &step.invocation) {
        text.push_str(&format!(" [{invocation}]"));
    }
    if let Some(reason) = &step.derived {
        text.push_str(&format!(" (derived: {reason})"));
    }
    #[expect(clippy::cast_precision_loss, reason = "a trace takes no centuries")]
    let after = step.at.saturating_sub(began) as f64 / 1000.0;
    format!(
        "{INDENT}{}  {text}",
        look.paint(Tone::Quiet, format_args!("+{after:>8.1} ms"))
    )
}

/// What happened at a step.
fn text(what: &What) -> String {
    match what {
        What::Opened { transport } => format!("client     opened by {transport}"),
        What::Refused { status, reason } => format!("client     refused with {status}: {reason}"),
        What::Connected => "client     connected".to_owned(),
        What::Rejected { message } => format!("client     rejected: {message}"),
        What::Event { event, ack, bytes } => {
            let ack = if *ack { ", wants an ack" } else { "" };
            format!("client     {event} ({bytes} bytes{ack})")
        }
        What::Try {
            number, problem, ..
        } => format!("webhook    try {number}: {problem}"),
        What::Unhandled { problem, .. } => format!("host       {problem}"),
        What::Webhook {
            event,
            status,
            error,
            bytes,
            tries,
            took,
        } => {
            let outcome = match (status, error) {
                (Some(status), _) => status.to_string(),
                (None, Some(error)) => format!("failed: {error}"),
                (None, None) => "failed".to_owned(),
            };
            let packets = match bytes {
                0 => String::new(),
                bytes => format!(", {bytes} bytes of packets"),
            };
            let tries = match tries {
                1 => String::new(),
                several => format!(", {several} tries"),
            };
            format!("webhook    {event}: {outcome} in {took:.1} ms{packets}{tries}")
        }
        What::Unmatched { event } => format!("webhook    {event}: no event handler"),
        What::Rest {
            method,
            path,
            status,
            error,
            bytes,
            took,
        } => {
            let path = audience::in_words(path);
            let error = error
                .as_ref()
                .map_or(String::new(), |error| format!(": {error}"));
            let sent = match bytes {
                0 => String::new(),
                bytes => format!(" ({bytes} bytes)"),
            };
            format!("service    {method} {path}{sent}: {status} in {took:.1} ms{error}")
        }
        What::Delivered {
            event,
            to,
            clients,
            bytes,
        } => {
            let to = if to.is_empty() {
                String::new()
            } else {
                format!(" to {to}")
            };
            let clients = match clients {
                1 => "1 client".to_owned(),
                several => format!("{several} clients"),
            };
            format!("delivered  {event}{to}: {clients}, {bytes} bytes")
        }
        What::Dropped { problem } => format!("delivered  {problem}"),
        What::Disconnected { reason } => format!("client     disconnected {reason}"),
        What::Closed { reason } => format!("client     closed: {reason}"),
        What::Invoked {
            function,
            mode,
            method,
            path,
            ..
        } => format!("host       {function} {method} {path} {mode}"),
        What::Answered {
            function,
            status,
            error,
            took,
        } => {
            let error = error
                .as_ref()
                .map_or(String::new(), |error| format!(": {error}"));
            format!("host       {function}: {status} in {took:.1} ms{error}")
        }
        What::Retrying {
            function,
            retry,
            problem,
        } => format!("host       {function}: retry {retry}: {problem}"),
        What::Unrouted {
            method,
            path,
            status,
        } => format!("host       {method} {path}: {status}, no function has this route"),
        What::Log { level, text } => format!("log        {level}: {text}"),
        What::Output { text } => format!("output     {text}"),
        What::Action { action } => format!("output     sent {action}"),
    }
}

/// The local time of day.
fn clock(micros: u64) -> String {
    let time = i64::try_from(micros)
        .ok()
        .and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let time = time.unwrap_or_default().to_zoned(TimeZone::system());
    time.strftime("%H:%M:%S%.3f").to_string()
}

fn cut(text: &str, most: usize, look: Look) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}{}", &text[..at], look.symbol("…", "...")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look {
        colour: false,
        unicode: true,
    };

    fn trace() -> (Summary, Vec<Step>) {
        let step = |at, what| Step::new(at, Some("t".to_owned()), what);
        let mut event = step(
            0,
            What::Event {
                event: "message".to_owned(),
                ack: true,
                bytes: 20,
            },
        );
        event.user = Some("ada".to_owned());
        event.body = Some(r#"42["message","lobby","hi"]"#.to_owned());
        let delivered = What::Delivered {
            event: "message".to_owned(),
            to: "room lobby".to_owned(),
            clients: 3,
            bytes: 9,
        };
        let webhook = What::Webhook {
            event: "message".to_owned(),
            status: Some(200),
            error: None,
            bytes: 0,
            tries: 1,
            took: 3.25,
        };
        let steps = vec![event, step(1500, delivered), step(3000, webhook)];
        (Summary::of("t", &steps).unwrap(), steps)
    }

    #[test]
    fn a_trace_is_one_line_and_what_went_wrong_stands_below() {
        let (summary, _) = trace();
        let lines = lines(&summary, None, PLAIN);
        // The time of day depends on the zone.
        assert_eq!(
            lines[0].split_once("  ").unwrap().1,
            r#"ada        message  ok  3.2 ms  → message room lobby (3 clients)"#
        );
        assert_eq!(lines[1].trim(), "✗ an ack was wanted and none was sent");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn with_steps_each_has_its_time_and_a_terminal_without_unicode_gets_ascii() {
        let (summary, steps) = trace();
        let ascii = Look {
            colour: false,
            unicode: false,
        };
        let lines = lines(&summary, Some(&steps), ascii);
        assert!(lines.iter().all(|line| line.is_ascii()), "{lines:?}");
        assert_eq!(lines.len(), 5);
        assert!(lines[0].contains(r#"message "lobby" "hi""#), "{}", lines[0]);
        assert!(
            lines[3].contains("1.5 ms  delivered  message to room lobby: 3 clients, 9 bytes"),
            "{}",
            lines[3]
        );
    }

    #[test]
    fn colours_are_written_where_they_are_wanted() {
        let (summary, _) = trace();
        let look = Look {
            colour: true,
            unicode: true,
        };
        assert!(lines(&summary, None, look)[0].contains("\u{1b}["));
    }
}
