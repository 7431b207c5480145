//! Messages of queues: what an output's value becomes, and what a trigger tells about one.

use bytes::Bytes;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use crate::invocation::{BindingData, Value};
use crate::json::Json;

/// How long a message lives unless it is handled.
const LIFE: Duration = Duration::days(7);
/// How long a message that is being handled is hidden from others.
const HIDDEN: Duration = Duration::minutes(10);

/// Times in binding data are bare strings (docs/contracts/functions-host.md, "How a value is written").
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+00:00");

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) body: Bytes,
    id: String,
    inserted: OffsetDateTime,
    /// How often it was handed to a function.
    pub(crate) dequeued: u32,
}

impl Message {
    pub(crate) fn new(body: Bytes, now: OffsetDateTime) -> Self {
        Self {
            body,
            id: uuid::Uuid::new_v4().to_string(),
            inserted: now,
            dequeued: 0,
        }
    }

    /// What the trigger tells besides the message's text.
    pub(crate) fn binding_data(&self, now: OffsetDateTime) -> BindingData {
        let mut data = BindingData::default();
        data.put("DequeueCount", Json::Number(self.dequeued.into()));
        data.put_bare("ExpirationTime", written(self.inserted + LIFE));
        data.put("Id", Json::text(&self.id));
        data.put_bare("InsertionTime", written(self.inserted));
        data.put_bare("NextVisibleTime", written(now + HIDDEN));
        data.put(
            "PopReceipt",
            Json::text(uuid::Uuid::new_v4().simple().to_string()),
        );
        data
    }
}

fn written(moment: OffsetDateTime) -> String {
    // Every part exists in a date with a time.
    moment
        .to_offset(time::UtcOffset::UTC)
        .format(TIME)
        .unwrap_or_default()
}

/// The messages of an output's value: a list is one for each of its elements, even as text
/// (docs/contracts/functions-host.md, "Mapping of outputs").
pub(crate) fn messages(value: &Value) -> Vec<Bytes> {
    match value {
        Value::Bytes(bytes) => vec![Bytes::from(bytes.clone())],
        Value::Json(Json::Array(items)) => items.iter().filter_map(body).collect(),
        Value::Json(Json::String(text)) if text.trim_start().starts_with('[') => {
            match Json::lenient(text) {
                Ok(Json::Array(items)) => items.iter().filter_map(body).collect(),
                _ => vec![Bytes::from(text.clone())],
            }
        }
        Value::Json(other) => body(other).into_iter().collect(),
    }
}

/// Unconfirmed: that an object becomes indented text.
fn body(item: &Json) -> Option<Bytes> {
    Some(Bytes::from(match item {
        Json::Null => return None,
        Json::String(text) => text.clone(),
        Json::Object(_) | Json::Array(_) => item.indented(),
        scalar => scalar.dotnet_text(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_several_messages_and_null_is_none() {
        let of = |text: &str| messages(&Value::Json(Json::lenient(text).unwrap()));
        assert_eq!(of(r#""hello""#), ["hello"]);
        assert_eq!(
            of(r#"["a",{"b":1},null,2]"#),
            ["a", "{\n  \"b\": 1\n}", "2"]
        );
        assert_eq!(of(r#""[\"a\",\"b\"]""#), ["a", "b"]);
        assert_eq!(of(r#""[not a list""#), ["[not a list"]);
        assert!(of("null").is_empty());
        assert_eq!(messages(&Value::Bytes(vec![0xff])), [&[0xff][..]]);
    }
}
