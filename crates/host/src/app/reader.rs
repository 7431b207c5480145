//! Typed look-ups in host.json, with errors that name the line.

use super::error::{FileError, Source};
use crate::json::Json;

/// The items of a list. App settings may give it without an item 0, as an object whose names are the items' numbers.
pub(super) fn items(list: &Json) -> Option<Vec<&Json>> {
    match list {
        Json::Array(items) => Some(items.iter().collect()),
        Json::Object(members) if !members.is_empty() => {
            let numbered = members.iter();
            let numbered = numbered.map(|(name, item)| Some((name.parse::<usize>().ok()?, item)));
            let mut numbered: Vec<_> = numbered.collect::<Option<_>>()?;
            numbered.sort_by_key(|(number, _)| *number);
            Some(numbered.into_iter().map(|(_, item)| item).collect())
        }
        _ => None,
    }
}

/// Looks values up and says what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    /// A port that is taken by the handler itself.
    pub(super) held: Option<u16>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, held: None }
    }

    /// A scalar as text: every value may come from a setting, which is text.
    pub(super) fn text(&self, parent: &Json, name: &str) -> Result<Option<String>, FileError> {
        match parent.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(several @ (Json::Array(_) | Json::Object(_))) => Err(self
                .source
                .about(
                    name,
                    format!("{name} must be a single value, found {}", several.kind()),
                )
                .hint("write it without brackets")),
            Some(scalar) => Ok(Some(scalar.dotnet_text())),
        }
    }

    /// `true` or `false`; an empty text is neither.
    pub(super) fn switch(&self, parent: &Json, name: &str) -> Result<Option<bool>, FileError> {
        match self.text(parent, name)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => Err(self
                .source
                .about(name, format!("{name} is \"{text}\""))
                .hint("write true or false")),
        }
    }

    /// A list of scalars as texts.
    pub(super) fn list(&self, parent: &Json, name: &str) -> Result<Vec<String>, FileError> {
        match parent.get(name) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(found) => match items(found) {
                Some(items) => Ok(items.into_iter().map(Json::dotnet_text).collect()),
                None => Err(self.source.about(
                    name,
                    format!("{name} must be a list of strings, found {}", found.kind()),
                )),
            },
        }
    }

    /// `port`, if it is free.
    pub(super) fn port(&self, section: &Json) -> Result<Option<u16>, FileError> {
        let Some(text) = self.text(section, "port")? else {
            return Ok(None);
        };
        let port = text.parse::<u16>().ok().filter(|port| *port != 0);
        // Taking it for a moment is how the host finds out whether it is free.
        let usable = port.filter(|port| {
            self.held == Some(*port) || std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()
        });
        usable.map(Some).ok_or_else(|| {
            self.source.about(
                "port",
                format!("Unable to bind to port {text} specified in configuration. Please specify a different port or remove the section to allow dynamic binding of port."),
            )
        })
    }
}
