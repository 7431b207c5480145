//! Values for output bindings, which functions with bindings of their own can return.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

/// Values for the output bindings of a function, by the bindings' names.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::reply::Outputs;
/// # use serde_json::json;
/// async fn copy(Message(text): Message<String>) -> Outputs {
///     Outputs::new().text("archive", text)
/// }
/// # let _ = App::new().raw(
/// #     "copy",
/// #     json!([{ "type": "blobTrigger", "name": "blob", "direction": "in", "path": "in/{name}" },
/// #            { "type": "blob", "name": "archive", "direction": "out", "path": "out/{name}" }]),
/// #     copy,
/// # );
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "outputs have no effect unless the handler returns them"]
pub struct Outputs {
    values: Map<String, Value>,
    returned: Option<Value>,
    error: Option<String>,
}

impl Outputs {
    /// No outputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// A value for a binding, as JSON. A list is one item for each element where the binding takes several.
    pub fn value(mut self, name: &str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::String(text)) => return self.text(name, text),
            Ok(value) => {
                self.values.insert(name.to_owned(), value);
            }
            Err(error) => self.error = Some(format!("output {name:?}: {error}")),
        }
        self
    }

    /// Text for a binding, which gets exactly this text.
    pub fn text(mut self, name: &str, text: impl Into<String>) -> Self {
        let text = guarded(text.into());
        self.values.insert(name.to_owned(), Value::String(text));
        self
    }

    /// Bytes for a binding.
    pub fn bytes(mut self, name: &str, bytes: impl Into<Bytes>) -> Self {
        let text = STANDARD.encode(bytes.into());
        self.values.insert(name.to_owned(), Value::String(text));
        self
    }

    /// The value that the function returns, for triggers that use it and for a binding named `$return`.
    pub fn returning(mut self, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => self.returned = Some(value),
            Err(error) => self.error = Some(format!("return value: {error}")),
        }
        self
    }

    /// The outputs and the return value, as the host wants them.
    ///
    /// # Errors
    /// A value did not serialise.
    pub fn into_parts(self) -> Result<(Map<String, Value>, Option<Value>), String> {
        match self.error {
            Some(error) => Err(error),
            None => Ok((self.values, self.returned)),
        }
    }
}

/// Text in a form that arrives as it is. The host takes whatever is valid base64 for bytes, and rewrites dates; base64
/// of the text comes out as the text again.
fn guarded(text: String) -> String {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let is_base64 = STANDARD.decode(&bare).is_ok();
    let is_date = text.len() >= 8
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.contains(['-', '/', ':']);
    if is_base64 || is_date {
        STANDARD.encode(text)
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the binding gets: the host decodes what it can.
    fn received(text: &str) -> Vec<u8> {
        let (values, _) = Outputs::new().text("out", text).into_parts().unwrap();
        let sent = values["out"].as_str().unwrap();
        let bare: String = sent.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(bare);
        decoded.unwrap_or_else(|_| sent.as_bytes().to_vec())
    }

    #[test]
    fn text_arrives_as_it_is() {
        for text in [
            "hello",
            "test",
            "good news",
            "",
            "1234",
            "Hello return",
            r#"{"a":1}"#,
            "2026-04-20T00:00:00.000Z",
        ] {
            assert_eq!(received(text), text.as_bytes(), "{text:?}");
        }
        let (values, _) = Outputs::new()
            .text("out", "2026-04-20T00:00:00Z")
            .into_parts()
            .unwrap();
        assert!(!values["out"].as_str().unwrap().contains('-'));
    }

    #[test]
    fn a_value_that_does_not_serialise_is_an_error_with_its_binding() {
        let wrong = std::collections::HashMap::from([((1, 2), 3)]);
        let error = Outputs::new().value("out", wrong).into_parts().unwrap_err();
        assert!(error.contains("\"out\""), "{error}");
    }
}
