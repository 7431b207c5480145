//! Which traces are shown, on the terminal and on the page.

use std::str::FromStr;

use crate::finding::Level;
use crate::outcome::Outcome;
use crate::summary::Summary;

/// One condition: a word in a field, or in any. Case does not matter.
///
/// ```
/// let filter: sio_trace::Filter = "room=lobby".parse()?;
/// # Ok::<_, String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    field: Field,
    /// In lower case.
    word: String,
}

/// The outcome of everything in which an author should look at something.
const WRONG: &str = "wrong";

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
        let word = word.to_lowercase();
        let mut outcomes = Outcome::ALL
            .iter()
            .map(|outcome| outcome.word().to_lowercase());
        if field == Field::Outcome && word != WRONG && !outcomes.any(|known| known.contains(&word))
        {
            return Err(format!(
                "unknown outcome {word:?}; expected running, ok, acked, refused, unhandled, failed or wrong"
            ));
        }
        Ok(Self { field, word })
    }
}

impl Filter {
    /// Whether a trace fits. The outcome `wrong` is any with something that an author should look at.
    #[must_use]
    pub fn fits(&self, trace: &Summary) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.word);
        let user = || trace.user.as_deref().is_some_and(has);
        // A room is sent to, joined and left.
        let room = || {
            trace.sent.iter().any(|sent| has(&sent.to)) || trace.calls.iter().any(|call| has(call))
        };
        match self.field {
            Field::Event => has(&trace.name),
            Field::User => user(),
            Field::Room => room(),
            Field::Outcome if self.word == WRONG => trace.is_wrong(),
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

impl Summary {
    /// Whether something went wrong, also where the outcome is a success.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.outcome.is_wrong() || self.findings.iter().any(|found| found.level == Level::Bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{Step, What};

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
            bytes: 9,
        };
        let joined = What::Rest {
            method: "PUT".to_owned(),
            path: "/api/hubs/h/groups/0~Lw~YXR0aWM/connections/c".to_owned(),
            status: 200,
            error: None,
            bytes: 0,
            took: 1.0,
        };
        let steps = [
            event,
            Step::new(1, None, delivered),
            Step::new(2, None, joined),
        ];
        let trace = Summary::of("t", &steps).unwrap();
        let fits = |text: &str| text.parse::<Filter>().unwrap().fits(&trace);
        for text in [
            "event=message",
            "user=AD",
            "room=lobby",
            "room=attic",
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
            "outcome=wrong",
            "nothing",
        ] {
            assert!(!fits(text), "{text}");
        }
        assert!("colour=red".parse::<Filter>().is_err());
        assert!("user=".parse::<Filter>().is_err());
        assert!("outcome=bogus".parse::<Filter>().is_err());
    }
}
