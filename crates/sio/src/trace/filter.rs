//! Which traces are shown.

use std::str::FromStr;

use sio_trace::Summary;

/// One condition: a word in a field, or in any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    field: Field,
    /// In lower case.
    word: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Event,
    User,
    Room,
    Outcome,
    Any,
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, word) = match text.split_once('=') {
            Some(("event", word)) => (Field::Event, word),
            Some(("user", word)) => (Field::User, word),
            Some(("room", word)) => (Field::Room, word),
            Some(("outcome", word)) => (Field::Outcome, word),
            Some((other, _)) => {
                return Err(format!(
                    "unknown field {other:?}; expected event, user, room or outcome"
                ));
            }
            None => (Field::Any, text),
        };
        if word.is_empty() {
            return Err("missing word to filter by".to_owned());
        }
        Ok(Self {
            field,
            word: word.to_lowercase(),
        })
    }
}

impl Filter {
    /// Whether a trace fits.
    pub(crate) fn fits(&self, trace: &Summary) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.word);
        let user = || trace.user.as_deref().is_some_and(has);
        let room = || trace.sent.iter().any(|sent| has(&sent.to));
        match self.field {
            Field::Event => has(&trace.name),
            Field::User => user(),
            Field::Room => room(),
            Field::Outcome => has(trace.outcome.word()),
            Field::Any => {
                let said = trace.arguments.iter().any(|text| has(text));
                let found = trace.findings.iter().any(|found| has(&found.text));
                let socket = trace.socket.as_deref().is_some_and(has);
                has(&trace.name) || user() || room() || said || found || socket
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sio_trace::{Step, What};

    use super::*;

    #[test]
    fn filters_look_where_they_say() {
        let mut event = Step::new(
            0,
            None,
            What::Event {
                event: "Message".to_owned(),
                ack: false,
                bytes: 1,
            },
        );
        event.user = Some("ada".to_owned());
        let delivered = What::Delivered {
            event: "news".to_owned(),
            to: "room lobby".to_owned(),
            clients: 1,
        };
        let trace = Summary::of("t", &[event, Step::new(1, None, delivered)]).unwrap();
        let fits = |text: &str| text.parse::<Filter>().unwrap().fits(&trace);
        for text in [
            "event=message",
            "user=AD",
            "room=lobby",
            "outcome=run",
            "lobby",
            "ada",
        ] {
            assert!(fits(text), "{text}");
        }
        for text in [
            "event=ada",
            "user=bob",
            "room=den",
            "outcome=failed",
            "nothing",
        ] {
            assert!(!fits(text), "{text}");
        }
        assert!("colour=red".parse::<Filter>().is_err());
        assert!("user=".parse::<Filter>().is_err());
    }
}
