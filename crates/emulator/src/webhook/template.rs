//! The URL of a handler, with places for the hub and the event.
//!
//! Source: docs/contracts/service.md, "URL template".

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sio_protocol::names::HubName;
use url::Url;

/// What stands for itself in a URL, whatever its part.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A URL template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// It is not an http or https URL.
    #[error("the upstream {0:?} is not an http or https URL")]
    Url(String),
    /// `{event}` stands in the host.
    #[error(
        "the upstream {0:?} has {{event}} in its host, which would call a different server for each event"
    )]
    EventInHost(String),
    /// It refers to a Key Vault.
    #[error(
        "the upstream {0:?} refers to Key Vault, which an emulator cannot read; put the value itself there"
    )]
    KeyVault(String),
}

/// A URL with places for the hub and the event.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hub,
    Event,
}

impl Template {
    pub(super) fn parse(text: &str, tunnel: &str) -> Result<Self, TemplateError> {
        let resolved = match text.strip_prefix("tunnel://") {
            Some(path) => format!("{}{path}", tunnel.trim_end_matches('/')),
            None => text.to_owned(),
        };
        let lower = resolved.to_ascii_lowercase();
        if lower.contains("{@microsoft.keyvault") {
            return Err(TemplateError::KeyVault(shown(text)));
        }
        let after_scheme = lower.find("://").map_or(0, |at| at + 3);
        let host_end = lower[after_scheme..]
            .find(['/', '?'])
            .map_or(lower.len(), |at| after_scheme + at);
        if lower[..host_end].contains("{event}") {
            return Err(TemplateError::EventInHost(shown(text)));
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = lower[at..].find('{').map(|open| at + open) {
            let place = if lower[open..].starts_with("{hub}") {
                Some((Piece::Hub, 5))
            } else if lower[open..].starts_with("{event}") {
                Some((Piece::Event, 7))
            } else {
                None
            };
            let (end, piece) = match place {
                Some((piece, length)) => (open + length, Some(piece)),
                None => (open + 1, None),
            };
            let text_end = if piece.is_some() { open } else { end };
            pieces.push(Piece::Text(resolved[at..text_end].to_owned()));
            pieces.extend(piece);
            at = end;
        }
        pieces.push(Piece::Text(resolved[at..].to_owned()));
        let template = Self { pieces };
        // A template that makes no URL now will make none later.
        template
            .fill("hub", "event")
            .map_err(|_| TemplateError::Url(shown(text)))?;
        Ok(template)
    }

    pub(super) fn is_https(&self) -> bool {
        self.fill("hub", "event")
            .is_ok_and(|url| url.scheme() == "https")
    }

    pub(super) fn url(&self, hub: &HubName, event: &str) -> Result<Url, TemplateError> {
        self.fill(hub.as_str(), event)
    }

    fn fill(&self, hub: &str, event: &str) -> Result<Url, TemplateError> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Hub => text.extend(utf8_percent_encode(hub, UNRESERVED)),
                Piece::Event => text.extend(utf8_percent_encode(event, UNRESERVED)),
            }
        }
        let url = Url::parse(&text).map_err(|_| TemplateError::Url(shown(&text)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TemplateError::Url(shown(&text)));
        }
        Ok(url)
    }
}

/// A URL for an error: without its query, which may hold a key.
fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or(url).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(template: &str, event: &str) -> Result<String, TemplateError> {
        let hub = HubName::new("hub").unwrap();
        let template = Template::parse(template, "http://127.0.0.1:7071/")?;
        Ok(template.url(&hub, event)?.to_string())
    }

    #[test]
    fn places_are_filled_in_and_escaped() {
        assert_eq!(
            url("http://w/{hub}/{Event}", "chat").unwrap(),
            "http://w/hub/chat"
        );
        assert_eq!(
            url("http://w/{EVENT}?h={hub}", "a/b c").unwrap(),
            "http://w/a%2Fb%20c?h=hub"
        );
        assert_eq!(
            url("http://w/x?code=a{b", "chat").unwrap(),
            "http://w/x?code=a{b"
        );
        assert_eq!(
            url("tunnel:///runtime/webhooks/socketio", "chat").unwrap(),
            "http://127.0.0.1:7071/runtime/webhooks/socketio"
        );
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        assert!(matches!(
            url("http://{event}.w/", "x"),
            Err(TemplateError::EventInHost(_))
        ));
        assert!(matches!(
            url("localhost:7071/x", "x"),
            Err(TemplateError::Url(_))
        ));
        assert!(matches!(url("", "x"), Err(TemplateError::Url(_))));
        assert!(matches!(
            url("https://w/?code={@Microsoft.KeyVault(SecretUri=x)}", "x"),
            Err(TemplateError::KeyVault(_))
        ));
    }
}
