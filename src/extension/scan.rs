//! Where the members of a JSON object lie, without reading them.
//!
//! Of the host's envelope, which says most things two or three times, little is needed. What is needed is checked when it
//! is read; of what is skipped only the brackets and quotes are, so that its end is found. An event costs half of what it
//! would if all of its envelope were read.

use super::text::plain;

/// A place in a JSON text.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// The text is no object, or ends before the object does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it is no JSON object")]
    NoObject,
    #[error("it is no JSON from byte {0} on")]
    At(usize),
}

/// Goes through an object: `visit` gets each name, as it is written between its quotes, and the place of the value. It
/// may read the value or leave it.
///
/// # Errors
/// It is no object, or something comes after it.
pub(super) fn object<'a>(
    text: &'a str,
    mut visit: impl FnMut(&'a str, &mut Cursor<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blank();
    if cursor.byte() != Some(b'{') {
        return Err(Malformed::NoObject);
    }
    cursor.members(&mut visit)?;
    cursor.blank();
    match cursor.byte() {
        None => Ok(()),
        Some(_) => Err(Malformed::At(cursor.at)),
    }
}

impl<'a> Cursor<'a> {
    /// The text of the value that begins here; afterwards the cursor is behind it.
    ///
    /// # Errors
    /// It is no value.
    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        let end = value(self.text.as_bytes(), self.at).ok_or(Malformed::At(self.at))?;
        let text = &self.text[self.at..end];
        self.at = end;
        Ok(text)
    }

    /// Everything from here to the end of the text.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Goes on behind so many bytes, which somebody has read.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Goes through the object that begins here; afterwards the cursor is behind it. Any other value has no members.
    ///
    /// # Errors
    /// The object is malformed.
    pub(super) fn members(
        &mut self,
        mut visit: impl FnMut(&'a str, &mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        if self.byte() != Some(b'{') {
            return self.text().map(|_| ());
        }
        self.at += 1;
        self.blank();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let begin = self.at;
            self.at = string(self.text.as_bytes(), begin).ok_or(Malformed::At(begin))?;
            let name = &self.text[begin + 1..self.at - 1];
            self.blank();
            self.take(b':')?;
            self.blank();
            let value = self.at;
            visit(name, self)?;
            if self.at == value {
                self.text()?;
            }
            self.blank();
            if self.byte() == Some(b'}') {
                self.at += 1;
                return Ok(());
            }
            self.take(b',')?;
            self.blank();
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.byte() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(Malformed::At(self.at))
        }
    }

    /// Goes on behind any white space.
    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }
}

/// Behind the string that begins here.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        at = plain(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            // Whatever is escaped does not end the string.
            b'\\' => at += 2,
            _ => return None,
        }
    }
}

/// Behind the value that begins here.
fn value(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => at = string(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            _ if depth > 0 => at += 1,
            _ => {
                let scalar = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let length = bytes[at..].iter().take_while(scalar).count();
                return (length > 0).then_some(at + length);
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    fn members(text: &str) -> Result<Vec<(&str, &str)>, Malformed> {
        let mut members = Vec::new();
        object(text, |name, value| {
            members.push((name, value.text()?));
            Ok(())
        })?;
        Ok(members)
    }

    #[test]
    fn members_are_found_in_their_order() {
        let text =
            "\n{ \"a\" : 1 , \"b\\\"\":\"x\\\\\",\"c\":[{\"d\":\"]\"}, -1.5e+3 ],\t\"\": null\r} ";
        assert_eq!(
            members(text).unwrap(),
            [
                ("a", "1"),
                ("b\\\"", "\"x\\\\\""),
                ("c", "[{\"d\":\"]\"}, -1.5e+3 ]"),
                ("", "null")
            ]
        );
        assert_eq!(members("{}").unwrap(), []);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "null", "[]", "\"{}\"", "  1"] {
            assert_eq!(members(text), Err(Malformed::NoObject), "{text}");
        }
        for text in [
            "{",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{\"a\":\"",
            "{\"a\":\"\\",
            "{\"a\":[}",
            "{\"a\":1}{",
            "{\"a\":é}",
        ] {
            assert!(matches!(members(text), Err(Malformed::At(_))), "{text}");
        }
    }

    #[test]
    fn an_object_is_gone_through_where_it_stands() {
        let mut found = Vec::new();
        let text = r#"{"a":{"b":1,"c":{"d":2}},"e":[{"b":3}],"f":{}}"#;
        let outcome = object(text, |name, value| match name {
            "a" | "f" => value.members(|name, value| {
                if name != "c" {
                    found.push((name, value.text()?));
                }
                Ok(())
            }),
            // What is no object has no members.
            "e" => value.members(|_, _| panic!("a list")),
            _ => Ok(()),
        });
        assert_eq!((outcome, found), (Ok(()), vec![("b", "1")]));
    }

    proptest! {
        /// In whatever is JSON, the members are those that a full reader finds.
        #[test]
        fn the_members_are_the_readers(
            object in proptest::collection::btree_map(any::<String>(), value(), 0..5), pretty: bool,
        ) {
            let object = serde_json::json!(object);
            let text = if pretty { format!("{object:#}") } else { object.to_string() };
            let read: std::collections::HashMap<String, &RawValue> =
                serde_json::from_str(&text).unwrap();
            let found = members(&text).unwrap();
            prop_assert_eq!(found.len(), read.len());
            for (name, value) in found {
                let name: String = serde_json::from_str(&format!("\"{name}\"")).unwrap();
                prop_assert_eq!(read[&name].get(), value);
            }
        }

        /// Whatever a full reader takes for an object is one, and nothing panics or runs on for ever.
        #[test]
        fn no_text_panics(text in "[{}\\[\\]\":,a-z0-9 .\\\\é]{0,40}") {
            let read = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text);
            prop_assert!(members(&text).is_ok() || read.is_err());
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                proptest::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| serde_json::json!(map)),
            ]
        })
    }
}
