//! How two answers differ, in lines for people.

use serde_json::Value;
use sio_host::{RecordedAnswer, RecordedBody};

use super::alike::alike;
use super::ignored::Ignored;

/// How long a value may be before the rest of it is left out, in characters.
const SHOWN: usize = 120;

/// A line for each difference: what it was, then what it is now.
pub(super) fn between(
    was: &RecordedAnswer,
    is: &RecordedAnswer,
    ignored: &[Ignored],
) -> Vec<String> {
    let mut lines = Vec::new();
    if was.status != is.status {
        lines.push(format!("status: {} → {}", was.status, is.status));
    }
    let content_type = |answer: &RecordedAnswer| {
        let values = answer.headers.get("content-type");
        values.map_or("none".to_owned(), |values| values.join(", "))
    };
    let (old, new) = (content_type(was), content_type(is));
    if old != new {
        lines.push(format!("content-type: {old} → {new}"));
    }
    match (&was.body, &is.body) {
        (was, is) if was == is => {}
        (RecordedBody::Text(was), RecordedBody::Text(is)) => texts(was, is, ignored, &mut lines),
        (was, is) => {
            let length = |body: &RecordedBody| body.bytes().unwrap_or_default().len();
            lines.push(format!(
                "body: {} bytes → {} other bytes",
                length(was),
                length(is)
            ));
        }
    }
    lines
}

/// A line for each difference of what two invocations caused.
pub(super) fn of_effects(was: &Value, is: &Value, ignored: &[Ignored], lines: &mut Vec<String>) {
    let nothing = Value::Array(Vec::new());
    for (member, name) in [("sent", "sent"), ("calls", "calls"), ("logs", "log")] {
        // A host without a service that reports does not know what was sent, and what an answer shows is compared there.
        let Some(was) = was.get(member).filter(|was| !was.is_null()) else {
            continue;
        };
        let is = is.get(member).unwrap_or(&nothing);
        let mut documents = Documents {
            path: Vec::new(),
            ignored,
            lines,
        };
        documents.values(name, was, is);
    }
}

fn texts(was: &str, is: &str, ignored: &[Ignored], lines: &mut Vec<String>) {
    if let (Some(was), Some(is)) = (json(was), json(is)) {
        let mut documents = Documents {
            path: Vec::new(),
            ignored,
            lines,
        };
        return documents.values("body", &was, &is);
    }
    let (mut old, mut new) = (was.lines(), is.lines());
    let mut number = 0;
    loop {
        number += 1;
        let (old, new) = match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) => (old.map(quoted), new.map(quoted)),
        };
        if old != new {
            let nothing = || "nothing".to_owned();
            lines.push(format!(
                "body, line {number}: {} → {}",
                old.unwrap_or_else(nothing),
                new.unwrap_or_else(nothing)
            ));
        }
    }
    if lines.is_empty() {
        lines.push("body: the ends of lines differ".to_owned());
    }
}

/// A document, also one that follows the number of a Socket.IO packet, such as `43[{"ok":true}]`.
fn json(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let at = text.find(['[', '{'])?;
    let (packet, document) = text.split_at(at);
    let document: Value = serde_json::from_str(document).ok()?;
    Some(serde_json::json!([packet, document]))
}

/// Two documents that are compared.
struct Documents<'a> {
    /// The names and indices on the way to where they are compared now.
    path: Vec<String>,
    ignored: &'a [Ignored],
    lines: &'a mut Vec<String>,
}

impl Documents<'_> {
    /// Goes down to the places that differ, also through text that is JSON itself, as in the host's envelopes.
    fn values(&mut self, place: &str, was: &Value, is: &Value) {
        if was == is
            || alike(was, is)
            || self
                .ignored
                .iter()
                .any(|ignored| ignored.covers(&self.path))
        {
            return;
        }
        match (was, is) {
            (Value::Object(was), Value::Object(is)) => {
                for (name, old) in was {
                    let new = is.get(name);
                    self.below(name, &format!("{place}.{name}"), Some(old), new);
                }
                for (name, new) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
                    self.below(name, &format!("{place}.{name}"), None, Some(new));
                }
            }
            (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
                for (index, (old, new)) in was.iter().zip(is).enumerate() {
                    let place = format!("{place}[{index}]");
                    self.below(&index.to_string(), &place, Some(old), Some(new));
                }
            }
            (Value::String(old), Value::String(new)) => match (document(old), document(new)) {
                (Some(old), Some(new)) => self.values(place, &old, &new),
                _ => self
                    .lines
                    .push(format!("{place}: {} → {}", short(was), short(is))),
            },
            (was, is) => self
                .lines
                .push(format!("{place}: {} → {}", short(was), short(is))),
        }
    }

    fn below(&mut self, name: &str, place: &str, was: Option<&Value>, is: Option<&Value>) {
        self.path.push(name.to_owned());
        match (was, is) {
            (Some(was), Some(is)) => self.values(place, was, is),
            _ if self
                .ignored
                .iter()
                .any(|ignored| ignored.covers(&self.path)) => {}
            (was, is) => {
                let shown = |value: Option<&Value>| value.map_or("nothing".to_owned(), short);
                self.lines
                    .push(format!("{place}: {} → {}", shown(was), shown(is)));
            }
        }
        self.path.pop();
    }
}

/// A text that is an object or a list.
fn document(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    (value.is_object() || value.is_array()).then_some(value)
}

fn short(value: &Value) -> String {
    cut(&value.to_string())
}

fn quoted(line: &str) -> String {
    cut(&format!("{line:?}"))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, kind: &str, body: &str) -> RecordedAnswer {
        let answer = json!({"status": status, "headers": {"content-type": [kind], "x-id": [body]}, "body": body});
        serde_json::from_value(answer).unwrap()
    }

    #[test]
    fn json_is_compared_as_json_and_other_headers_do_not_matter() {
        let was = answer(200, "a/b", r#"{"a":1,"b":[2]}"#);
        let same = answer(200, "a/b", r#"{ "b": [2], "a": 1 }"#);
        assert_eq!(between(&was, &same, &[]), Vec::<String>::new());
        let other = answer(200, "a/b", r#"{"a":1,"b":[3],"c":null}"#);
        assert_eq!(
            between(&was, &other, &[]),
            ["body.b[0]: 2 → 3", "body.c: nothing → null"]
        );
    }

    #[test]
    fn status_type_and_the_place_in_an_acknowledgement_are_named() {
        let was = answer(200, "text/plain", r#"43[{"ok":true,"at":1}]"#);
        let now = answer(204, "none", r#"43[{"ok":false,"at":1}]"#);
        assert_eq!(
            between(&was, &now, &[]),
            [
                "status: 200 → 204",
                "content-type: text/plain → none",
                "body[1][0].ok: true → false"
            ]
        );
    }

    #[test]
    fn text_is_compared_line_by_line() {
        let was = answer(200, "text/plain", "one\ntwo");
        let now = answer(200, "text/plain", "one\n2\nthree");
        assert_eq!(
            between(&was, &now, &[]),
            [
                r#"body, line 2: "two" → "2""#,
                r#"body, line 3: nothing → "three""#
            ]
        );
    }

    #[test]
    fn what_is_ignored_may_differ_or_be_missing_and_the_rest_may_not() {
        let was = answer(
            200,
            "a/b",
            r#"{"id":1,"items":[{"at":1,"n":1},{"at":2,"n":2}]}"#,
        );
        let now = answer(
            200,
            "a/b",
            r#"{"items":[{"at":3,"n":1},{"at":4,"n":3}],"new":0}"#,
        );
        let ignored = ["/id", "/items/*/at", "/new"].map(|pointer| pointer.parse().unwrap());
        assert_eq!(between(&was, &now, &ignored), ["body.items[1].n: 2 → 3"]);
        assert_eq!(between(&was, &now, &ignored[..1]).len(), 4);
    }

    #[test]
    fn text_inside_an_envelope_is_compared_as_what_it_is() {
        let body = |text: &str| json!({"Outputs": {"res": {"body": text}}}).to_string();
        let was = answer(200, "a/b", &body(r#"{"id":1,"name":"a"}"#));
        let now = answer(200, "a/b", &body(r#"{"name":"b","id":2}"#));
        let ignored = ["/Outputs/res/body/id".parse().unwrap()];
        assert_eq!(
            between(&was, &now, &ignored),
            [r#"body.Outputs.res.body.name: "a" → "b""#]
        );
    }
}
