//! `Endpoint=…;Port=…;AccessKey=…`: where a service is and how to prove that it is ours.
//!
//! Source: docs/contracts/socketio-extension.md, "Connection-string grammar".

use std::fmt;

use url::Url;

/// A service: its endpoint and its access key.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionString {
    endpoint: Endpoint,
    access_key: String,
}

/// The address of a service: scheme, host, port unless it is the scheme's default, and a path if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// What is wrong with a connection string. The texts show no value: one that is written wrong may hold a part of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionStringError {
    /// A required property is missing or empty.
    #[error("property {0:?} is missing; expected Endpoint=https://…;AccessKey=…;Version=1.0;")]
    Missing(&'static str),
    /// A property occurs twice.
    #[error("property {0:?} is given twice; expected Endpoint=https://…;AccessKey=…;Version=1.0;")]
    Duplicate(&'static str),
    /// The endpoint is not an http or https URL.
    #[error("the endpoint is not an http or https URL such as https://NAME.webpubsub.azure.com")]
    Endpoint,
    /// The endpoint has parts that an address of a service does not have.
    #[error(
        "the endpoint has a user, a query or a fragment; expected the service's address alone, such as https://NAME.webpubsub.azure.com"
    )]
    More,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

fn required<'a>(
    value: Option<&'a str>,
    name: &'static str,
) -> Result<&'a str, ConnectionStringError> {
    let value = value.filter(|value| !value.is_empty());
    value.ok_or(ConnectionStringError::Missing(name))
}

/// The properties that mean something.
const PROPERTIES: [&str; 4] = ["Endpoint", "Port", "AccessKey", "Version"];

impl ConnectionString {
    /// Reads a connection string. Names compare ignoring case; `Version` and unknown properties are ignored.
    ///
    /// # Errors
    /// Names the property that is missing, doubled or wrong.
    pub fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let mut values = [None; PROPERTIES.len()];
        for piece in text.split(';') {
            // The key may contain "=" itself, so only the first one separates.
            let Some((name, value)) = piece.split_once('=') else {
                continue;
            };
            let name = name.trim();
            let mut known = PROPERTIES.iter();
            let Some(at) = known.position(|known| known.eq_ignore_ascii_case(name)) else {
                continue;
            };
            if values[at].replace(value.trim()).is_some() {
                return Err(ConnectionStringError::Duplicate(PROPERTIES[at]));
            }
        }
        let [endpoint, port, access_key, _] = values;
        let mut endpoint = Endpoint::parse(required(endpoint, "Endpoint")?)?;
        if let Some(text) = port {
            let port = text.parse().ok().filter(|port| *port != 0);
            endpoint.set_port(port.ok_or(ConnectionStringError::Port)?)?;
        }
        Ok(Self {
            endpoint,
            access_key: required(access_key, "AccessKey")?.to_owned(),
        })
    }

    /// Puts a connection string together.
    #[must_use]
    pub fn new(endpoint: Endpoint, access_key: impl Into<String>) -> Self {
        Self {
            endpoint,
            access_key: access_key.into(),
        }
    }

    /// Where the service is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The key, used as text. Do not log it.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The text to put into a setting, key included.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!(
            "Endpoint={};AccessKey={};Version=1.0;",
            self.endpoint, self.access_key
        )
    }
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint={};AccessKey=…;Version=1.0;", self.endpoint)
    }
}

impl Endpoint {
    /// Reads an address. Without a scheme it is http; trailing slashes are dropped.
    ///
    /// # Errors
    /// It is not an http or https URL with a host.
    pub fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let url = format!("{scheme}://{rest}");
        let mut url = Url::parse(&url).map_err(|_| ConnectionStringError::Endpoint)?;
        // After parsing, which turns backslashes into slashes and drops what no URL has.
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(ConnectionStringError::Endpoint);
        }
        let more = url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if more {
            return Err(ConnectionStringError::More);
        }
        Ok(Self(url))
    }

    fn set_port(&mut self, port: u16) -> Result<(), ConnectionStringError> {
        self.0
            .set_port(Some(port))
            .map_err(|()| ConnectionStringError::Endpoint)
    }

    /// The host alone, which the service sends as the origin of its webhooks.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether the service runs on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The path in front of every REST call: empty for most endpoints.
    #[must_use]
    pub fn base_path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

impl fmt::Display for Endpoint {
    /// Without trailing slash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_forms_are_read() {
        for (text, endpoint, host, key) in [
            (
                "Endpoint=http://localhost;Port=8080;AccessKey=K;Version=1.0;",
                "http://localhost:8080",
                "localhost",
                "K",
            ),
            (
                "Endpoint=https://abc;AccessKey=K;Version=1.0;",
                "https://abc",
                "abc",
                "K",
            ),
            (
                "Endpoint=http://abc;Port=888;AccessKey=KEY==A;Version=1.0;",
                "http://abc:888",
                "abc",
                "KEY==A",
            ),
            (
                "Endpoint=abc.com;AccessKey=K",
                "http://abc.com",
                "abc.com",
                "K",
            ),
            (
                "endpoint = https://a.b/ ; accesskey = K",
                "https://a.b",
                "a.b",
                "K",
            ),
            ("Endpoint=http://a0//;AccessKey=K", "http://a0", "a0", "K"),
            (
                "Endpoint=https://a.b/x/;AccessKey=K",
                "https://a.b/x",
                "a.b",
                "K",
            ),
        ] {
            let parsed = ConnectionString::parse(text).unwrap();
            assert_eq!(parsed.endpoint().to_string(), endpoint);
            assert_eq!(parsed.endpoint().host(), host);
            assert_eq!(parsed.access_key(), key);
        }
    }

    #[test]
    fn an_endpoint_is_an_address_alone() {
        for more in ["?x=1", "/path?x", "#top"] {
            let text = format!("Endpoint=https://a.example{more};AccessKey=k");
            let error = ConnectionString::parse(&text).unwrap_err();
            assert_eq!(error, ConnectionStringError::More);
        }
        let error = Endpoint::parse("https://user:hidden@a.example").unwrap_err();
        assert!(!error.to_string().contains("hidden"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named_and_the_key_is_not_shown() {
        for (text, name) in [
            ("", "Endpoint"),
            ("AccessKey=secret", "Endpoint"),
            ("Endpoint=https://a", "AccessKey"),
            ("Endpoint=https://a;AccessKey=", "AccessKey"),
            (
                "Endpoint=https://a;endpoint=https://b;AccessKey=secret",
                "Endpoint",
            ),
            ("Endpoint=https://a;Port=0;AccessKey=secret", "port"),
            ("Endpoint=https://a;Port=x;AccessKey=secret", "port"),
            ("Endpoint=https://a;Port=;AccessKey=secret", "port"),
            ("Endpoint=https://;AccessKey=secret", "endpoint"),
            ("Endpoint=https:///;AccessKey=secret", "endpoint"),
            ("Endpoint=ftp://a;AccessKey=secret", "endpoint"),
        ] {
            let error = ConnectionString::parse(text).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        // A key where none belongs: behind another separator, before a host, or in the place of the address.
        for text in [
            "Endpoint=https://a AccessKey=secret;Version=1.0",
            "Endpoint=https://a.b/?AccessKey=secret",
            "Endpoint=https://u:secret@a b;AccessKey=x",
            "Endpoint=secret secret;AccessKey=x",
            "Endpoint=https://a;Port=8080,AccessKey=secret",
            "Endpoint=https://a;Port=secret;AccessKey=x",
            "Endpoint=https://me@a.exampleAccessKey=secret",
            "Endpoint=https://a.exampleAccessKey=secret",
            "Endpoint=https://a;AccessKey=x;secret=1;secret=2;AccessKey=y",
            "Endpoint=https://a/secret?x;AccessKey=x",
        ] {
            let error = ConnectionString::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{text:?}: {error}");
        }
        let pasted = Endpoint::parse("Endpoint=https://a.b;AccessKey=secret;Version=1.0;");
        assert!(!pasted.unwrap_err().to_string().contains("secret"));
        let parsed = ConnectionString::parse("Endpoint=https://a;AccessKey=secret").unwrap();
        assert!(!format!("{parsed:?}").contains("secret"));
        assert_eq!(ConnectionString::parse(&parsed.reveal()), Ok(parsed));
    }
}
