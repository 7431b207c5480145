//! Who may post to the webhook.
//!
//! Source: service contract, "Abuse protection" and "Signature"; extension contract, "Origin and signature check".

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, StatusCode};
use sio_protocol::cloud_events::header;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::signature::Signer;

use crate::handler::Response;

/// The services that an app trusts, and the names they may go by.
#[derive(Debug, Default)]
pub(super) struct Guard {
    services: Vec<Trusted>,
    hosts: Vec<String>,
}

#[derive(Debug)]
struct Trusted {
    setting: String,
    signer: Signer,
}

impl Guard {
    /// Trusts the service behind a connection setting.
    pub(super) fn trust(&mut self, setting: &str, connection: &ConnectionString) {
        if self.services.iter().any(|known| known.setting == setting) {
            return;
        }
        self.hosts.push(connection.endpoint().host().to_owned());
        self.services.push(Trusted {
            setting: setting.to_owned(),
            signer: Signer::new(connection.access_key()),
        });
    }

    /// Accepts another host name as an origin.
    pub(super) fn allow_host(&mut self, host: &str) {
        self.hosts.push(host.to_owned());
    }

    /// The connection settings whose key signed the request; none for a stranger's.
    ///
    /// Where the request names its origin, that must be a known host besides. Some platforms drop the header, so its
    /// absence decides nothing.
    pub(super) fn signed_by(&self, headers: &HeaderMap) -> Vec<&str> {
        let origins = origins(headers);
        if headers.contains_key(header::REQUEST_ORIGIN) && self.known(&origins).is_none() {
            return Vec::new();
        }
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let Some(connection_id) = text(header::CONNECTION_ID) else {
            return Vec::new();
        };
        // The digests may come as several lines; each is one list.
        let digests: Vec<&str> = headers
            .get_all(header::SIGNATURE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let digests = digests.join(",");
        self.services
            .iter()
            .filter(|service| service.signer.verify(&digests, connection_id))
            .map(|service| service.setting.as_str())
            .collect()
    }

    /// Answers the service's question whether it may post here, which needs no credential.
    pub(super) fn validate(&self, headers: &HeaderMap) -> Response {
        let allowed = if headers.contains_key(header::REQUEST_ORIGIN) {
            self.known(&origins(headers))
        } else {
            Some("*".to_owned())
        };
        match allowed.and_then(|host| HeaderValue::from_str(&host).ok()) {
            Some(host) => Response::status(StatusCode::OK)
                .with_header(HeaderName::from_static(header::ALLOWED_ORIGIN), host),
            None => {
                tracing::warn!(
                    "a service that calls itself {:?} asked to post here; expected {}. If it is yours, list the host in {}",
                    origins(headers).join(" "),
                    self.hosts.join(" or "),
                    crate::settings::ALLOWED_ORIGINS,
                );
                Response::status(StatusCode::BAD_REQUEST)
            }
        }
    }

    /// The first origin that is a known host, spelled as it came.
    fn known(&self, origins: &[String]) -> Option<String> {
        let known = |origin: &&String| {
            self.hosts
                .iter()
                .any(|host| host.eq_ignore_ascii_case(origin))
        };
        origins.iter().find(known).cloned()
    }
}

/// All values of the origin header, separated by commas or blanks.
fn origins(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::REQUEST_ORIGIN)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ' ']))
        .filter(|origin| !origin.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0f9c97a2f0bf4706afe87a14e0797b11";
    const DIGEST: &str = "sha256=7767effcb3946f3e1de039df4b986ef02c110b1469d02c0a06f41b3b727ab561";

    fn guard() -> Guard {
        let connection = ConnectionString::parse(
            "Endpoint=http://localhost;Port=8080;AccessKey=7aab239577fd4f24bc919802fb629f5f;",
        );
        let mut guard = Guard::default();
        guard.trust("C", &connection.unwrap());
        guard.allow_host("custom.example");
        guard
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn trusted(origin: Option<&str>, signatures: &[&str]) -> bool {
        let mut pairs = vec![("ce-connectionid", ID)];
        pairs.extend(origin.map(|origin| ("webhook-request-origin", origin)));
        pairs.extend(signatures.iter().map(|digest| ("ce-signature", *digest)));
        !guard().signed_by(&headers(&pairs)).is_empty()
    }

    #[test]
    fn a_signed_request_passes_with_or_without_its_origin() {
        assert!(trusted(Some("localhost"), &[DIGEST]));
        assert!(trusted(Some("LOCALHOST"), &[DIGEST]));
        assert!(trusted(Some("other, custom.example"), &[DIGEST]));
        assert!(trusted(None, &[DIGEST]));
        assert!(trusted(None, &["sha256=00", DIGEST]));
        assert!(trusted(None, &[&format!("sha256=00,{DIGEST}")]));
    }

    #[test]
    fn strangers_do_not() {
        assert!(!trusted(Some("localhost"), &[]));
        assert!(!trusted(Some("localhost"), &["abc"]));
        assert!(!trusted(Some("localhost:8080"), &[DIGEST]));
        assert!(!trusted(Some("evil.example"), &[DIGEST]));
        assert!(!trusted(Some(""), &[DIGEST]));
        let no_connection = headers(&[("ce-signature", DIGEST)]);
        assert!(guard().signed_by(&no_connection).is_empty());
    }

    #[test]
    fn validation_answers_with_the_origin_as_it_came() {
        let answer = |origin: &str| {
            let response = guard().validate(&headers(&[("webhook-request-origin", origin)]));
            let allowed = response.headers.get("webhook-allowed-origin").cloned();
            (response.status.as_u16(), allowed)
        };
        let allowed = |text: &str| Some(HeaderValue::from_str(text).unwrap());
        assert_eq!(answer("LocalHost"), (200, allowed("LocalHost")));
        assert_eq!(answer("x.com localhost,y.com"), (200, allowed("localhost")));
        assert_eq!(answer("x.com"), (400, None));
        assert_eq!(answer(""), (400, None));
        let missing = guard().validate(&HeaderMap::new());
        assert_eq!(missing.headers["webhook-allowed-origin"], "*");
    }
}
