//! Writing JSON piece by piece: what is known beforehand as it stands, and values in between.
//!
//! An answer consists of names that never change, for the most part. A serialiser looks for something to escape in each
//! of them again and again, which costs more than all the rest of the answer.

use super::text::plain;

/// A JSON text that is being written.
#[derive(Debug)]
pub(super) struct Json(Vec<u8>);

impl Json {
    /// An empty text with room for an ordinary answer.
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(512))
    }

    /// Adds JSON as it stands.
    pub(super) fn raw(&mut self, json: &str) -> &mut Self {
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    /// Adds a string.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        if plain(text.as_bytes(), 0) < text.len() {
            // Writing a string to memory cannot fail.
            let _ = serde_json::to_writer(&mut self.0, text);
            return self;
        }
        self.raw("\"").raw(text).raw("\"")
    }

    /// Adds a list of strings.
    pub(super) fn texts<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> &mut Self {
        self.raw("[");
        for (at, text) in texts.into_iter().enumerate() {
            if at > 0 {
                self.raw(",");
            }
            self.text(text.as_ref());
        }
        self.raw("]")
    }

    /// The whole text.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_what_a_serialiser_writes(
            text in "[a\"\\\\\n\u{1}\u{7f}é/]{0,20}", texts: Vec<String>,
        ) {
            let mut json = Json::new();
            json.raw(r#"{"text":"#).text(&text).raw(r#","texts":"#).texts(&texts).raw("}");
            let expected = serde_json::json!({ "text": text, "texts": texts }).to_string();
            prop_assert_eq!(json.into_bytes(), expected.into_bytes());
        }
    }
}
