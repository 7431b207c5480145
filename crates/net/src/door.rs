//! The door of a server on a developer's machine: which web pages may use it.
//!
//! A browser lets any page send requests to a server on the same machine, and a name of the page's own site can be made
//! to lead there. So the name that a request was sent to must be known, and a page behind it must be one of the server's
//! own or allowed. Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`, and pass. A browser sends
//! neither with a plain GET to an address over http that is not loopback. Such a request passes; the page cannot read the
//! response.

use std::net::IpAddr;

use http::header::{HOST, HeaderName, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method};

/// The names of a server, and the pages that may use it.
#[derive(Debug, Clone, Default)]
pub struct Door {
    hosts: Vec<String>,
    origins: Vec<String>,
    any_address: bool,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// `Host` is missing, doubled or malformed.
    #[error("the request must have one Host header, which names a host")]
    Malformed,
    /// The server does not know the name.
    #[error("the Host header names an unknown host")]
    Host,
    /// A page of another origin sent it.
    #[error("the request comes from a page of another origin")]
    Origin,
}

impl Door {
    /// Allows a host: a name, or an address without port. Loopback names and addresses need not be listed.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Allows every IP address as a host, for a server that other machines reach. No site can make an address its own.
    #[must_use]
    pub fn any_address(mut self) -> Self {
        self.any_address = true;
        self
    }

    /// Allows pages of an origin, such as `https://app.example`; `*` allows all. Pages of the server itself need not be
    /// listed.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Checks host and origin of a request.
    ///
    /// # Errors
    /// The first rule that the request breaks.
    pub fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
        self.check_host(headers)?;
        self.check_origin(method, headers)
    }

    /// Checks the name that a request was sent to.
    ///
    /// # Errors
    /// There is not exactly one host, or it is not one of the server's.
    pub fn check_host(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let host = sole(headers, &HOST).ok().flatten().unwrap_or_default();
        let authority: Authority = host.parse().map_err(|_| Refused::Malformed)?;
        let name = authority.host();
        let port = host.strip_prefix(name).ok_or(Refused::Malformed)?;
        if !port.is_empty() && authority.port_u16().is_none() {
            return Err(Refused::Malformed);
        }
        let bare = name.trim_matches(['[', ']']);
        let own = |own: &String| own.trim_matches(['[', ']']).eq_ignore_ascii_case(bare);
        let known = is_loopback(&authority)
            || self.any_address && bare.parse::<IpAddr>().is_ok()
            || self.hosts.iter().any(own);
        if known { Ok(()) } else { Err(Refused::Host) }
    }

    /// Checks the page behind a request. A page may navigate to any path with GET: by link, form or script.
    ///
    /// # Errors
    /// It is a page of another origin, which is not allowed.
    pub fn check_origin(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
        let value = |name| sole(headers, &name).map_err(|()| Refused::Origin);
        let fetch = |name| value(HeaderName::from_static(name));
        let every = self.origins.iter().any(|allowed| allowed == "*");
        let passes = match (value(ORIGIN)?, fetch("sec-fetch-site")?) {
            // Behind TLS that ends elsewhere, the page's origin is https://NAME. No script can set this header.
            (_, Some("same-origin")) | (None, None | Some("none")) => true,
            (Some(origin), _) => {
                let own = origin.strip_prefix("http://");
                let listed = |allowed: &String| allowed.eq_ignore_ascii_case(origin);
                own.is_some() && own == value(HOST)? || every || self.origins.iter().any(listed)
            }
            (None, Some(_)) => {
                let to = (fetch("sec-fetch-mode")?, fetch("sec-fetch-dest")?);
                every || to == (Some("navigate"), Some("document")) && method == Method::GET
            }
        };
        if passes { Ok(()) } else { Err(Refused::Origin) }
    }
}

/// Whether an authority, such as a `Host` header, names this machine: `localhost` or a loopback address.
#[must_use]
pub fn is_loopback(authority: &Authority) -> bool {
    let name = authority.host().trim_matches(['[', ']']);
    let address = |address: IpAddr| address.to_canonical().is_loopback();
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(address)
}

/// The value of a header that may be there once.
fn sole<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &Method = &Method::POST;

    fn check(door: &Door, method: &Method, given: &[(&'static str, &str)]) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().unwrap());
        }
        door.check(method, &headers)
    }

    #[test]
    fn loopback_names_are_known_with_and_without_port() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.8.9.1:7071",
            "[::1]:1",
            "[::ffff:127.0.0.1]",
        ] {
            assert_eq!(
                check(&Door::default(), POST, &[("host", host)]),
                Ok(()),
                "{host}"
            );
        }
    }

    #[test]
    fn a_host_that_was_made_to_lead_here_is_refused() {
        for host in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "localhost.",
            "127.0.0.1.nip.io",
        ] {
            assert_eq!(
                check(&Door::default(), POST, &[("host", host)]),
                Err(Refused::Host),
                "{host}"
            );
        }
    }

    #[test]
    fn a_host_must_be_one_authority() {
        for host in [
            "",
            "localhost:80@evil.example",
            "a@localhost",
            "[::1].evil.example",
            "localhost:",
            "localhost:x",
            "localhost/x",
            "localhost, evil.example",
        ] {
            let refused = check(&Door::default(), POST, &[("host", host)]);
            assert_eq!(refused, Err(Refused::Malformed), "{host}");
        }
        assert_eq!(check(&Door::default(), POST, &[]), Err(Refused::Malformed));
        let doubled = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(
            check(&Door::default(), POST, &doubled),
            Err(Refused::Malformed)
        );
    }

    #[test]
    fn listed_hosts_and_addresses_are_known() {
        let door = Door::default()
            .host("devbox")
            .host("192.168.1.7")
            .host("[fe80::1]");
        for host in ["devbox", "DevBox:8080", "192.168.1.7:1", "[fe80::1]:8080"] {
            assert_eq!(check(&door, POST, &[("host", host)]), Ok(()), "{host}");
        }
        let other = [("host", "192.168.1.8")];
        assert_eq!(check(&door, POST, &other), Err(Refused::Host));
        assert_eq!(check(&door.any_address(), POST, &other), Ok(()));
    }

    #[test]
    fn programs_and_own_pages_pass() {
        let host = ("host", "localhost:8080");
        for given in [
            &[host][..],
            &[host, ("origin", "http://localhost:8080")],
            &[host, ("sec-fetch-site", "same-origin")],
            &[host, ("sec-fetch-site", "none")],
        ] {
            assert_eq!(check(&Door::default(), POST, given), Ok(()), "{given:?}");
        }
    }

    #[test]
    fn an_own_page_behind_tls_passes() {
        let door = Door::default().host("devbox");
        let page = |site| {
            let origin = ("origin", "https://devbox");
            [("host", "devbox"), origin, ("sec-fetch-site", site)]
        };
        assert_eq!(check(&door, POST, &page("same-origin")), Ok(()));
        for site in ["same-site", "cross-site", "none", ""] {
            let refused = check(&door, POST, &page(site));
            assert_eq!(refused, Err(Refused::Origin), "{site}");
        }
        // A name that was made to lead here is of the same origin as its own page.
        let rebound = [
            ("host", "evil.example"),
            ("origin", "http://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(check(&door, POST, &rebound), Err(Refused::Host));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let host = ("host", "localhost:8080");
        for origin in [
            "http://evil.example",
            "null",
            "",
            "http://localhost",
            "http://localhost:1",
            "https://localhost:8080",
            "http://localhost:8080.evil.example",
            "http://evil.example/localhost:8080",
            "chrome-extension://localhost:8080",
        ] {
            let given = [host, ("origin", origin)];
            assert_eq!(
                check(&Door::default(), &Method::GET, &given),
                Err(Refused::Origin),
                "{origin}"
            );
        }
        for given in [
            &[
                host,
                ("origin", "http://localhost:8080"),
                ("origin", "http://evil.example"),
            ][..],
            &[host, ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-site")],
            &[
                host,
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
        ] {
            assert_eq!(
                check(&Door::default(), &Method::GET, given),
                Err(Refused::Origin),
                "{given:?}"
            );
        }
    }

    #[test]
    fn a_navigation_passes_only_with_get() {
        let followed = [
            ("host", "localhost"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert_eq!(check(&Door::default(), &Method::GET, &followed), Ok(()));
        assert_eq!(
            check(&Door::default(), POST, &followed),
            Err(Refused::Origin)
        );
    }

    #[test]
    fn listed_origins_pass() {
        let given = [
            ("host", "localhost"),
            ("origin", "https://app.example"),
            ("sec-fetch-site", "cross-site"),
        ];
        for door in [
            Door::default().origin("https://app.example"),
            Door::default().origin("*"),
        ] {
            assert_eq!(check(&door, POST, &given), Ok(()));
        }
        let other = Door::default().origin("https://app.example.org");
        assert_eq!(check(&other, POST, &given), Err(Refused::Origin));
    }
}
