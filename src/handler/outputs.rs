//! Values for output bindings, which functions with bindings of their own can return.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::arguments::Bytes;
use crate::json_net::has_date;
use crate::telemetry::{Abridged, abridge};

/// Outputs that the host may change.
static DATES: Abridged = Abridged::new();

/// Values for the output bindings of a function, by the bindings' names.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::reply::Outputs;
/// # use serde_json::json;
/// async fn copy(Data(text): Data<String>) -> Outputs {
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
    values: Vec<(String, Output)>,
    returned: Option<Output>,
    error: Option<String>,
}

/// One value for a binding.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// JSON; a list is one item for each element where the binding takes several.
    Json(Value),
    /// Text, which the binding gets as it is.
    Text(String),
    /// Bytes.
    Bytes(Bytes),
}

impl Outputs {
    /// No outputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// A value for a binding, as JSON. A list is one item for each element where the binding takes several.
    pub fn value(mut self, name: &str, value: impl Serialize) -> Self {
        match Output::of(value) {
            Ok(value) => self.values.push((name.to_owned(), value)),
            Err(error) => self.error = Some(format!("output {name:?}: {error}")),
        }
        self
    }

    /// Text for a binding, which gets exactly this text.
    pub fn text(mut self, name: &str, text: impl Into<String>) -> Self {
        let text = Output::Text(text.into());
        self.values.push((name.to_owned(), text));
        self
    }

    /// Bytes for a binding.
    pub fn bytes(mut self, name: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = Output::Bytes(bytes.into());
        self.values.push((name.to_owned(), bytes));
        self
    }

    /// The value that the function returns, for triggers that use it and for a binding named `$return`.
    pub fn returning(mut self, value: impl Serialize) -> Self {
        match Output::of(value) {
            Ok(value) => self.returned = Some(value),
            Err(error) => self.error = Some(format!("return value: {error}")),
        }
        self
    }

    /// The value for a binding.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Output> {
        let mut values = self.values.iter().rev();
        values
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// The returned value.
    #[must_use]
    pub fn returned(&self) -> Option<&Output> {
        self.returned.as_ref()
    }

    /// The outputs and the return value as the host wants them from a function with these bindings.
    ///
    /// # Errors
    /// A value did not serialise, or no output binding takes it, which the host would not tell.
    pub fn encode(self, bindings: &[Value]) -> Result<(Map<String, Value>, Value), String> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let binding = |name: &str| {
            bindings
                .iter()
                .find(|binding| binding["name"] == name && is_output(binding))
        };
        let mut values = Map::new();
        for (name, value) in self.values {
            let binding = binding(&name).ok_or_else(|| {
                format!("output {name:?}: the function has no output binding of this name")
            })?;
            let value = value.encode(Some(binding));
            values.insert(
                name.clone(),
                value.map_err(|e| format!("output {name:?}: {e}"))?,
            );
        }
        let returned = match self.returned {
            Some(value) => value.encode(binding("$return"))?,
            None => Value::Null,
        };
        if binding("$return").is_none()
            && let Some(name) = returned
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .find(|name| binding(name).is_some())
        {
            return Err(format!(
                "return value: the host would put its member {name:?} into the output of this name; use `value({name:?}, …)`, or name the member otherwise"
            ));
        }
        if has_date(&Value::from(values.clone()).to_string()) {
            abridge!(
                warn,
                DATES,
                "an output has text that looks like a date inside of a list or an object; the host writes it anew, so send dates as numbers, or the whole as text"
            );
        }
        Ok((values, returned))
    }
}

impl Output {
    fn of(value: impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::to_value(value)? {
            Value::String(text) => Self::Text(text),
            value => Self::Json(value),
        })
    }

    /// The value as the host wants it. For a binding it decodes base64 unless the binding is declared as binary; a value
    /// for the trigger itself it passes on as it is.
    fn encode(self, binding: Option<&Value>) -> Result<Value, String> {
        let decodes = binding.is_some_and(|binding| binding["dataType"] != "binary");
        Ok(match self {
            Self::Json(value) => value,
            Self::Text(text) if decodes => Value::String(guarded(text)),
            Self::Text(text) => Value::String(text),
            Self::Bytes(bytes) if decodes => Value::String(STANDARD.encode(bytes)),
            Self::Bytes(_) => {
                return Err(
                    "the host passes bytes only to an output binding without \"dataType\": \"binary\""
                        .to_owned(),
                );
            }
        })
    }
}

/// Whether values go out by a binding; one that does not say is an input.
fn is_output(binding: &Value) -> bool {
    let direction = binding["direction"].as_str().unwrap_or_default();
    direction.eq_ignore_ascii_case("out") || direction.eq_ignore_ascii_case("inout")
}

/// Whether the host could read a text as a date: it tries more forms for outputs than Json.NET does.
fn is_date_of_net(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_digit());
    text.starts_with("/Date(") || text.len() >= 8 && begins && text.contains(['-', '/', ':'])
}

/// Text in a form that arrives as it is. The host takes whatever is valid base64 for bytes, and rewrites dates; base64
/// of the text comes out as the text again.
fn guarded(text: String) -> String {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let is_base64 = STANDARD.decode(&bare).is_ok();
    if is_base64 || is_date_of_net(&text) {
        STANDARD.encode(text)
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(outputs: Outputs, data_type: &str) -> Result<Value, String> {
        let bindings = [json!({ "name": "out", "direction": "out", "dataType": data_type })];
        let (values, _) = outputs.encode(&bindings)?;
        Ok(values["out"].clone())
    }

    /// What the binding gets: the host decodes what it can.
    fn received(text: &str) -> Vec<u8> {
        let sent = sent(Outputs::new().text("out", text), "string").unwrap();
        let sent = sent.as_str().unwrap();
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
            "/Date(0)/",
        ] {
            assert_eq!(received(text), text.as_bytes(), "{text:?}");
            // Where the host does not decode, nothing may be encoded.
            let unchanged = sent(Outputs::new().text("out", text), "binary").unwrap();
            assert_eq!(unchanged, text);
        }
        let date = sent(Outputs::new().text("out", "2026-04-20T00:00:00Z"), "string").unwrap();
        assert!(!date.as_str().unwrap().contains('-'));
        let date = sent(Outputs::new().text("out", "/Date(0)/"), "string").unwrap();
        assert!(!date.as_str().unwrap().contains("Date"));
    }

    #[test]
    fn what_the_host_would_lose_is_an_error_with_its_binding() {
        let wrong = std::collections::HashMap::from([((1, 2), 3)]);
        for (outputs, name) in [
            (Outputs::new().value("out", wrong), "\"out\""),
            (Outputs::new().value("other", 7), "\"other\""),
            (Outputs::new().returning(f64::NAN).value("in", 7), "\"in\""),
            // The host merges what is returned into the outputs.
            (Outputs::new().returning(json!({ "out": 1 })), "\"out\""),
        ] {
            let error = sent(outputs, "string").unwrap_err();
            assert!(error.contains(name), "{error}");
        }
        assert!(sent(Outputs::new().bytes("out", "x"), "binary").is_err());
        assert_eq!(
            sent(Outputs::new().bytes("out", "x"), "string").unwrap(),
            "eA=="
        );
    }
}
