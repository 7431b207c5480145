//! The JSON that the handler gets: `Data`, `Metadata`, and texts inside texts (docs/contracts/functions-host.md, "How a
//! value is written").

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;
use time::macros::format_description;

use super::dates;
use crate::app::Function;
use crate::json::{Json, Members};

/// An invocation's request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) data: Vec<(String, Json)>,
    pub(crate) metadata: BindingData,
}

impl Envelope {
    /// Gives an input its value.
    pub(crate) fn fill(&mut self, binding: &str, value: &Json) {
        if let Some((_, slot)) = self.data.iter_mut().find(|(name, _)| name == binding) {
            *slot = nested(value);
        }
    }

    pub(crate) fn text(&self) -> String {
        Json::object([
            ("Data", Json::Object(self.data.iter().cloned().collect())),
            ("Metadata", Json::Object(self.metadata.wire())),
        ])
        .compact()
    }
}

/// A value in the form of the conversion table: objects stay, everything else becomes JSON text inside a string.
pub(crate) fn nested(value: &Json) -> Json {
    match value {
        Json::Object(_) => value.clone(),
        other => Json::String(other.compact()),
    }
}

/// What a trigger tells about itself. Names compare ignoring case; the casing that came first is kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BindingData {
    entries: Vec<(String, Json)>,
    /// Where each name is, in lower case.
    places: HashMap<String, usize>,
    /// Places of texts that are sent as they are, not as text inside text: times.
    bare: HashSet<usize>,
}

impl BindingData {
    pub(crate) fn put(&mut self, name: &str, value: Json) {
        match self.places.get(&name.to_ascii_lowercase()) {
            Some(place) => {
                self.entries[*place].1 = value;
                self.bare.remove(place);
            }
            None => {
                self.places
                    .insert(name.to_ascii_lowercase(), self.entries.len());
                self.entries.push((name.to_owned(), value));
            }
        }
    }

    /// Puts a time, which is written as it is.
    pub(crate) fn put_bare(&mut self, name: &str, text: String) {
        self.put(name, Json::String(text));
        if let Some(place) = self.places.get(&name.to_ascii_lowercase()) {
            self.bare.insert(*place);
        }
    }

    pub(crate) fn put_if_absent(&mut self, name: &str, value: Json) {
        if self.get(name).is_none() {
            self.put(name, value);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        let place = self.places.get(&name.to_ascii_lowercase())?;
        Some(&self.entries[*place].1)
    }

    /// All of it, as one object.
    pub(crate) fn into_object(self) -> Json {
        Json::Object(self.entries.into_iter().collect())
    }

    /// Merges the members of a JSON object given as text; they win over what is there. A member that is called as the
    /// trigger is left out.
    pub(crate) fn merge_text(&mut self, text: &str, trigger: &str) {
        let trimmed = text.trim();
        if !(trimmed.starts_with('{') && trimmed.ends_with('}')) {
            return;
        }
        let Ok(document) = Json::lenient(trimmed) else {
            return;
        };
        for (name, value) in document.members() {
            match value {
                _ if name.eq_ignore_ascii_case(trigger) => {}
                Json::Null | Json::Array(_) => {}
                Json::Object(_) => self.put(name, dates::reread(value.clone())),
                scalar => self.put(name, Json::String(dates::text(scalar))),
            }
        }
    }

    /// `sys`, under another name where the author's data has that one.
    pub(crate) fn put_sys(&mut self, function: &str, now: OffsetDateTime) {
        let name = if self.get("sys").is_some() {
            "$sys"
        } else {
            "sys"
        };
        self.put(
            name,
            Json::object([
                ("MethodName", Json::text(function)),
                ("UtcNow", Json::text(utc(now))),
                ("RandGuid", Json::text(uuid::Uuid::new_v4().to_string())),
            ]),
        );
    }

    /// What is sent: nothing that is null, nothing whose name ends in `trigger`.
    fn wire(&self) -> Members {
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, (name, value))| {
                !value.is_null() && !name.to_ascii_lowercase().ends_with("trigger")
            })
            .map(|(place, (name, value))| match self.bare.contains(&place) {
                true => (name.clone(), value.clone()),
                false => (name.clone(), nested(value)),
            })
            .collect()
    }
}

/// A time as .NET prints it: seven digits of a second, and `Z`.
pub(crate) fn utc(now: OffsetDateTime) -> String {
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");
    // Every part exists in a date with a time.
    now.to_offset(time::UtcOffset::UTC)
        .format(&form)
        .unwrap_or_default()
}

/// An invocation of a timer by hand: it gets its schedule, and what the caller sent is metadata.
pub(crate) fn for_timer(
    function: &Function,
    value: &Json,
    input: Option<&str>,
    now: OffsetDateTime,
) -> Envelope {
    let mut envelope = for_object(function, value, now);
    let trigger = function.trigger();
    if let (Some(trigger), Some(input)) = (trigger, input) {
        envelope.metadata.put(&trigger.name, Json::text(input));
    }
    envelope
}

/// An invocation whose trigger has a message, with what is known about it.
pub(crate) fn for_message(
    function: &Function,
    message: &[u8],
    mut metadata: BindingData,
    now: OffsetDateTime,
) -> Envelope {
    let input = String::from_utf8_lossy(message);
    let mut data = Vec::new();
    for binding in function.inputs() {
        let value = if binding.is_trigger() {
            metadata.merge_text(&input, &binding.name);
            if binding.binary {
                // Bytes are a bare base64 string, not text inside text.
                Json::String(super::base64_rule::encoded(message))
            } else {
                nested(&Json::text(input.as_ref()))
            }
        } else {
            nested(&Json::Null)
        };
        data.push((binding.name.clone(), value));
    }
    metadata.put_sys(&function.name, now);
    Envelope { data, metadata }
}

/// An invocation whose trigger has this value and no binding data.
pub(crate) fn for_object(function: &Function, value: &Json, now: OffsetDateTime) -> Envelope {
    let data = function.inputs().map(|binding| {
        let value = if binding.is_trigger() {
            nested(value)
        } else {
            nested(&Json::Null)
        };
        (binding.name.clone(), value)
    });
    let data = data.collect();
    let mut metadata = BindingData::default();
    metadata.put_sys(&function.name, now);
    Envelope { data, metadata }
}

/// An invocation whose trigger has a text and binding data of its own.
pub(crate) fn for_value(
    function: &Function,
    text: &str,
    mut metadata: BindingData,
    now: OffsetDateTime,
) -> Envelope {
    let data = function.inputs().map(|binding| {
        let value = match (binding.is_trigger(), binding.binary) {
            (true, true) => Json::String(super::base64_rule::encoded(text.as_bytes())),
            (true, false) => nested(&Json::text(text)),
            (false, _) => nested(&Json::Null),
        };
        (binding.name.clone(), value)
    });
    let data = data.collect();
    // Bytes are not looked into.
    if let Some(trigger) = function.trigger().filter(|trigger| !trigger.binary) {
        metadata.merge_text(text, &trigger.name);
    }
    metadata.put_sys(&function.name, now);
    Envelope { data, metadata }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Json {
        Json::lenient(text).unwrap()
    }

    #[test]
    fn everything_but_an_object_is_text_inside_text() {
        for (value, wire) in [
            ("'HelloWorld'", r#""\"HelloWorld\"""#),
            ("4", r#""4""#),
            ("true", r#""true""#),
            ("null", r#""null""#),
            ("['a','b']", r#""[\"a\",\"b\"]""#),
            ("{'a':1}", r#"{"a":1}"#),
        ] {
            assert_eq!(nested(&read(value)).compact(), wire);
        }
    }

    #[test]
    fn names_that_end_in_trigger_are_left_out() {
        let mut data = BindingData::default();
        data.put("myQueueTrigger", Json::String("x".to_owned()));
        data.put("nothing", Json::Null);
        assert!(data.wire().is_empty());
    }

    #[test]
    fn the_members_of_a_json_text_are_merged() {
        let mut data = BindingData::default();
        for (name, value) in [("foo", "Value1"), ("bar", "Value2"), ("baz", "Value3")] {
            data.put(name, Json::String(value.to_owned()));
        }
        data.merge_text("{'req':1,'test':'testing','baz':123,'subObject':{'p1':777,'p2':888},'subArray':[1],'paid':true}", "req");
        let shown = Json::Object(data.wire()).compact();
        assert_eq!(
            shown,
            r#"{"foo":"\"Value1\"","bar":"\"Value2\"","baz":"\"123\"","test":"\"testing\"","subObject":{"p1":777,"p2":888},"paid":"\"True\""}"#
        );
    }

    #[test]
    fn sys_makes_way_for_data_of_that_name() {
        let mut data = BindingData::default();
        data.put("SYS", Json::Bool(true));
        data.put_sys("f", OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            data.get("$sys").unwrap().get("UtcNow").unwrap().as_str(),
            Some("1970-01-01T00:00:00.0000000Z")
        );
    }
}
