//! Who may use the inspector: this machine, and others with an access key; no web page of another origin.
//!
//! It can do what REST can and more, so callers that need a key there need one here. Only this machine does not: it is
//! the developer's.

use std::net::SocketAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED, HOST, HeaderName, ORIGIN, VIA};
use http::uri::Authority;
use http::{HeaderMap, Method};
use sio_net::{Door, Refused};

use crate::settings::InspectorAccess;

/// What proxies add. A request with one of them may not come from this machine.
const OF_PROXIES: [HeaderName; 7] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("cf-connecting-ip"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// Why a request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// A page of another origin is behind it, or may be.
    #[error(transparent)]
    Foreign(#[from] Refused),
    /// A form of another site can send such a body; one of JSON, its script has to ask for first.
    #[error("the body must be of type application/json")]
    Form,
    /// It comes from elsewhere and has no access key.
    #[error(
        "other machines need an access key of the emulator, as the password or as a bearer token"
    )]
    NoKey,
}

impl Refusal {
    /// What is wrong and what to do.
    pub(super) fn reason(self) -> String {
        let hint = match self {
            Self::Foreign(Refused::Host) => "; --allow-host NAME allows it",
            _ => "",
        };
        format!("{self}{hint}")
    }

    /// The header whose value says more.
    pub(super) fn header(self) -> HeaderName {
        match self {
            Self::Foreign(Refused::Origin) => ORIGIN,
            Self::Foreign(_) => HOST,
            Self::Form => CONTENT_TYPE,
            Self::NoKey => AUTHORIZATION,
        }
    }
}

/// The rules of one emulator.
pub(super) struct Access<'a> {
    pub(super) access: InspectorAccess,
    pub(super) door: &'a Door,
    pub(super) keys: &'a [String],
}

impl Access<'_> {
    /// Checks a request.
    pub(super) fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Result<(), Refusal> {
        self.door.check(method, headers)?;
        let text = |name| {
            let value = headers.get(name);
            value.and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let kind = text(CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if method == Method::POST && !kind.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::Form);
        }
        // A tunnel that ends on this machine brings strangers in from a local address, under its own name.
        let names_loopback = |host: &str| {
            host.parse()
                .is_ok_and(|host: Authority| sio_net::is_loopback(&host))
        };
        let here = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
            && text(HOST).is_some_and(names_loopback)
            && !OF_PROXIES.iter().any(|name| headers.contains_key(name));
        let open = self.access == InspectorAccess::Open;
        if here || open || text(AUTHORIZATION).is_some_and(|given| self.has_key(given)) {
            Ok(())
        } else {
            Err(Refusal::NoKey)
        }
    }

    /// Whether an `Authorization` header has an access key: as a bearer token, or as a password, which browsers ask for.
    fn has_key(&self, authorization: &str) -> bool {
        let Some((scheme, given)) = authorization.split_once(' ') else {
            return false;
        };
        let given = given.trim();
        let decoded;
        let key = if scheme.eq_ignore_ascii_case("bearer") {
            given.as_bytes()
        } else if scheme.eq_ignore_ascii_case("basic") {
            decoded = STANDARD.decode(given).unwrap_or_default();
            let colon = decoded.iter().position(|byte| *byte == b':');
            colon.map_or(&[][..], |colon| &decoded[colon + 1..])
        } else {
            return false;
        };
        let mut keys = self.keys.iter();
        keys.any(|own| verify_slices_are_equal(own.as_bytes(), key).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a key with: a colon";

    fn check(access: InspectorAccess, peer: &str, given: &[(&str, &str)]) -> Result<(), Refusal> {
        let keys = ["another".to_owned(), KEY.to_owned()];
        let door = Door::default().host("devbox").any_address();
        let access = Access {
            access,
            door: &door,
            keys: &keys,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name = HeaderName::try_from(*name).unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        access.check(&Method::GET, &headers, Some(peer.parse().unwrap()))
    }

    const LOCAL: (&str, &str) = ("host", "localhost:8080");

    #[test]
    fn this_machine_needs_no_key() {
        for (peer, host) in [
            ("127.0.0.1:5", "localhost:8080"),
            ("127.0.0.9:5", "127.0.0.1"),
            ("[::1]:5", "[::1]:8080"),
            ("[::ffff:127.0.0.1]:5", "LOCALHOST"),
        ] {
            assert_eq!(
                check(InspectorAccess::Key, peer, &[("host", host)]),
                Ok(()),
                "{peer}"
            );
        }
    }

    #[test]
    fn another_machine_needs_a_key_whatever_it_says_of_itself() {
        for peer in ["192.168.1.7:5", "[fe80::1]:5", "172.17.0.1:5"] {
            assert_eq!(
                check(InspectorAccess::Key, peer, &[LOCAL]),
                Err(Refusal::NoKey),
                "{peer}"
            );
            assert_eq!(check(InspectorAccess::Open, peer, &[LOCAL]), Ok(()));
        }
    }

    #[test]
    fn a_tunnel_that_ends_here_needs_a_key() {
        let peer = "127.0.0.1:5";
        for headers in [
            &[("host", "devbox")][..],
            &[("host", "192.168.1.7:8080")],
            &[LOCAL, ("x-forwarded-for", "203.0.113.9")],
            &[LOCAL, ("forwarded", "for=203.0.113.9")],
        ] {
            assert_eq!(
                check(InspectorAccess::Key, peer, headers),
                Err(Refusal::NoKey),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn every_access_key_opens_and_nothing_else() {
        let basic =
            |user: &str, key: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{key}")));
        let with = |value: &str| {
            let headers = [("host", "devbox:8080"), ("authorization", value)];
            check(InspectorAccess::Key, "192.168.1.7:5", &headers)
        };
        for value in [
            format!("Bearer {KEY}"),
            "bearer another".to_owned(),
            basic("", KEY),
            basic("me", KEY),
        ] {
            assert_eq!(with(&value), Ok(()), "{value}");
        }
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            "Basic",
            "Basic !",
            &basic("me", ""),
            &basic("me", "wrong"),
            &STANDARD.encode(KEY),
            &format!("Digest {KEY}"),
        ] {
            assert_eq!(with(value), Err(Refusal::NoKey), "{value}");
        }
    }

    #[test]
    fn a_key_does_not_help_a_page_of_another_origin() {
        let bearer = format!("Bearer {KEY}");
        let headers = [
            LOCAL,
            ("origin", "http://evil.example"),
            ("authorization", &bearer),
        ];
        let refused = check(InspectorAccess::Open, "127.0.0.1:5", &headers);
        assert!(matches!(refused, Err(Refusal::Foreign(_))), "{refused:?}");
        let headers = [("host", "evil.example"), ("authorization", &bearer)];
        let refused = check(InspectorAccess::Open, "127.0.0.1:5", &headers);
        assert!(matches!(refused, Err(Refusal::Foreign(_))), "{refused:?}");
    }
}
