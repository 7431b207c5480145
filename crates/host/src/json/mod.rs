//! JSON as the host sees it: members in their order, and numbers in .NET's forms.
//!
//! The host reads every document with Newtonsoft.Json, and prints object bodies back in the order in which they came.
//! `serde_json::Value` keeps neither that order nor the writing of numbers, so this value does.

mod long_integers;
mod number;
mod read;
mod write;

use indexmap::IndexMap;

pub(crate) use number::Number;

/// The members of an object, in the order in which they were written; of equal names the last one is kept.
pub(crate) type Members = IndexMap<String, Json>;

/// A JSON value whose objects keep the order of their members.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Any number
    Number(Number),
    /// Text
    String(String),
    /// A list
    Array(Vec<Json>),
    /// An object
    Object(Members),
}

impl Json {
    /// The member of an object, its name compared ignoring case.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The member of an object, its name compared exactly.
    pub(crate) fn get_exact(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> indexmap::map::Iter<'_, String, Self> {
        match self {
            Self::Object(members) => members.iter(),
            _ => indexmap::map::Iter::default(),
        }
    }

    /// An object of these members.
    pub(crate) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        let members = members.into_iter();
        Self::Object(
            members
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// An object without members.
    pub(crate) fn empty() -> Self {
        Self::Object(Members::new())
    }

    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Is it `null`?
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as .NET prints it when it is asked for text: strings bare, `True`, indented objects.
    pub(crate) fn dotnet_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::String(text) => text.clone(),
            Self::Array(_) | Self::Object(_) => self.indented(),
        }
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}
