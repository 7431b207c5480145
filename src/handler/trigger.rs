//! What an invocation by a timer, a queue or any other trigger brings.
//!
//! The host writes values as JSON, most of them once more inside a string, and documents them without that nesting.
//! What a value means is decided by the type that the handler declares, never by its looks. Source:
//! docs/contracts/functions-host.md, "How a value is written".

use std::any::TypeId;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde_json::{Map, Value};
use sio_protocol::surrogates::replace_lone_surrogates;

use crate::arguments::Bytes;

/// An invocation that neither a socket nor an HTTP request caused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TriggerInput {
    /// Name of the trigger's binding, under which its value is among the data.
    pub binding: String,
    /// The value of each input binding.
    pub data: Map<String, Value>,
    /// What the trigger says about the value.
    pub metadata: Map<String, Value>,
}

impl TriggerInput {
    /// What the trigger brought; `null` if nothing.
    #[must_use]
    pub fn value(&self) -> Payload<'_> {
        Payload(self.data.get(&self.binding).unwrap_or(&Value::Null))
    }
}

/// A value as the host wrote it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payload<'a>(pub &'a Value);

impl Payload<'_> {
    /// The value as text: the text itself, or the JSON of anything else.
    #[must_use]
    pub fn text(self) -> String {
        let Value::String(written) = self.0 else {
            return self.0.to_string();
        };
        // Quoted text is text; everything else in the string is JSON of another kind, or text without its quotes.
        serde_json::from_str(&replace_lone_surrogates(written)).unwrap_or_else(|_| written.clone())
    }

    /// The value as bytes, which the host writes in base64.
    ///
    /// # Errors
    /// It is not base64.
    pub fn bytes(self) -> Result<Bytes, String> {
        let text = self.0.as_str().ok_or("expected base64, got no string")?;
        let bytes = STANDARD.decode(text.trim());
        bytes
            .map(Bytes::from)
            .map_err(|error| format!("expected base64: {error}"))
    }

    /// The value as a type: `String` is the text, [`Bytes`] the bytes, and everything else is read from JSON, or from
    /// the text if that is not JSON.
    ///
    /// # Errors
    /// It is something else.
    pub fn decode<T: DeserializeOwned + 'static>(self) -> Result<T, String> {
        type Plain<'a> = serde::de::value::StrDeserializer<'a, serde::de::value::Error>;

        let declared = TypeId::of::<T>();
        if declared == TypeId::of::<Bytes>() {
            let bytes = self.bytes()?;
            let read = serde::de::value::BytesDeserializer::<serde::de::value::Error>::new(&bytes);
            return T::deserialize(read).map_err(|error| error.to_string());
        }
        if declared != TypeId::of::<String>() && !self.0.is_string() {
            return T::deserialize(self.0).map_err(|error| error.to_string());
        }
        let text = self.text();
        let plain = |text: &str| {
            let text: Plain<'_> = text.into_deserializer();
            T::deserialize(text)
        };
        if declared == TypeId::of::<String>() {
            return plain(&text).map_err(|error| error.to_string());
        }
        serde_json::from_str(&replace_lone_surrogates(&text))
            .or_else(|error| plain(&text).map_err(|_| error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        order_id: u32,
    }

    fn decode<T: DeserializeOwned + 'static>(value: &Value) -> Result<T, String> {
        Payload(value).decode()
    }

    #[test]
    fn text_is_text_however_the_host_nests_it() {
        assert_eq!(decode::<String>(&json!("\"hello\"")).unwrap(), "hello");
        assert_eq!(decode::<String>(&json!("hello")).unwrap(), "hello");
        assert_eq!(decode::<String>(&json!("4")).unwrap(), "4");
        let nested = json!(r#""{\"orderId\":42}""#);
        assert_eq!(decode::<String>(&nested).unwrap(), r#"{"orderId":42}"#);
        assert_eq!(decode::<Order>(&nested).unwrap().order_id, 42);
    }

    #[test]
    fn half_of_a_character_is_no_reason_to_lose_a_message() {
        let value = json!(r#"{"name":"\ud83d"}"#);
        let read: std::collections::HashMap<String, String> = decode(&value).unwrap();
        assert_eq!(read["name"], "\u{fffd}");
        assert_eq!(
            decode::<String>(&json!(r#""a\udc00""#)).unwrap(),
            "a\u{fffd}"
        );
    }

    #[test]
    fn a_typed_value_is_read_from_each_form() {
        for value in [
            json!({ "orderId": 42 }),
            json!(r#"{"orderId":42}"#),
            json!(r#""{\"orderId\":42}""#),
        ] {
            assert_eq!(decode::<Order>(&value).unwrap().order_id, 42, "{value}");
        }
        assert_eq!(decode::<Vec<u8>>(&json!("[1,2]")).unwrap(), [1, 2]);
        assert!(decode::<bool>(&json!("true")).unwrap());
        assert!(decode::<Order>(&json!("\"hello\"")).is_err());
        let batch = json!(r#"["{\"a\":1}","plain"]"#);
        assert_eq!(
            decode::<Vec<String>>(&batch).unwrap(),
            [r#"{"a":1}"#, "plain"]
        );
    }

    #[test]
    fn bytes_are_base64_because_the_handler_says_so() {
        // Also JSON, also text: only the declared type tells.
        assert_eq!(decode::<Bytes>(&json!("1234")).unwrap().len(), 3);
        assert_eq!(decode::<u32>(&json!("1234")).unwrap(), 1234);
        assert!(decode::<Bytes>(&json!("!")).is_err());
        assert!(decode::<Bytes>(&json!(7)).is_err());
    }

    proptest! {
        #[test]
        fn text_survives_the_hosts_nesting(text: String) {
            let written = Value::String(Value::String(text.clone()).to_string());
            prop_assert_eq!(decode::<String>(&written).unwrap(), text);
        }

        #[test]
        fn bytes_survive_the_hosts_encoding(bytes: Vec<u8>) {
            let written = Value::String(STANDARD.encode(&bytes));
            prop_assert_eq!(decode::<Bytes>(&written).unwrap(), Bytes::from(bytes));
        }

        #[test]
        fn no_text_panics(text: String) {
            let value = Value::String(text);
            let _ = decode::<Order>(&value);
            let _ = decode::<Vec<Option<String>>>(&value);
        }
    }
}
