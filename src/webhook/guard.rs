//! Who may post to the webhook.
//!
//! Source: docs/contracts/service.md, "Abuse protection" and "Signature"; docs/contracts/socketio-extension.md, "Origin
//! and signature check".

use http::{HeaderMap, HeaderValue, StatusCode};
use sio_protocol::signature::Signer;

use crate::handler::Response;
use crate::settings::{Connection, Settings, SettingsError};
use crate::telemetry::{Abridged, abridge};

use super::caller::Caller;
use super::headers::{ALLOWED_ORIGIN, CONNECTION_ID, REQUEST_ORIGIN, SIGNATURE};
use super::stranger::Stranger;

/// The services that an app trusts, and the names they may go by.
#[derive(Debug, Default)]
pub(super) struct Guard {
    services: Vec<Trusted>,
    hosts: Vec<String>,
    caller: Option<Caller>,
    asked: Abridged,
}

#[derive(Debug)]
struct Trusted {
    setting: String,
    proof: Proof,
}

/// What shows that a request comes from a service.
#[derive(Debug)]
enum Proof {
    /// Its signature.
    Signature(Box<Signer>),
    /// That it is the configured caller's.
    Caller,
    /// Nothing. Only on a developer's machine.
    None,
}

impl Guard {
    /// Trusts the services behind these connection settings.
    ///
    /// # Errors
    /// One of them is missing or wrong, or nothing would tell its requests from a stranger's.
    pub(super) fn new<'a>(
        connections: impl IntoIterator<Item = &'a str>,
        settings: &Settings,
    ) -> Result<Self, SettingsError> {
        let mut guard = Self {
            caller: settings.webhook_caller()?.map(Caller::new),
            hosts: settings
                .allowed_origins()?
                .into_iter()
                .map(str::to_owned)
                .collect(),
            ..Self::default()
        };
        for name in connections {
            if guard.services.iter().any(|known| known.setting == name) {
                continue;
            }
            let connection = settings.connection(name)?;
            guard.hosts.push(connection.endpoint().host().to_owned());
            let proof = match &connection {
                Connection::Key(connection) => {
                    Proof::Signature(Box::new(Signer::new(connection.access_key())))
                }
                Connection::Identity { .. } if guard.caller.is_some() => Proof::Caller,
                Connection::Identity { .. } if settings.is_development() => {
                    tracing::warn!(
                        "the connection {name} has no access key and no caller is configured: on this developer's machine every caller may post to the webhook"
                    );
                    Proof::None
                }
                // Microsoft's extension takes the webhook, so no caller may post here.
                Connection::Identity { .. } if settings.is_staged_for_extension() => continue,
                Connection::Identity { .. } => {
                    return Err(SettingsError::NoCaller {
                        name: name.to_owned(),
                    });
                }
            };
            guard.services.push(Trusted {
                setting: name.to_owned(),
                proof,
            });
        }
        Ok(guard)
    }

    /// The connection settings whose service sent the request; there is at least one.
    ///
    /// Where the request names its origin, that must be a known host besides. Some platforms drop the header, so its
    /// absence decides nothing.
    ///
    /// # Errors
    /// A stranger sent it, and what shows that.
    pub(super) async fn trusts(&self, headers: &HeaderMap) -> Result<Vec<&str>, Stranger> {
        if headers.contains_key(&REQUEST_ORIGIN) && self.known(headers).is_none() {
            return Err(Stranger::Origin {
                found: origins(headers).collect::<Vec<_>>().join(" "),
                expected: self.hosts.join(" or "),
            });
        }
        let connection_id = headers.get(&CONNECTION_ID).and_then(|id| id.to_str().ok());
        let connection_id = connection_id.ok_or(Stranger::NoConnection)?;
        let trusted = self.settings_with(|proof| match proof {
            // The digests may come as several lines; each is one list.
            Proof::Signature(signer) => headers
                .get_all(&SIGNATURE)
                .iter()
                .filter_map(|digests| digests.to_str().ok())
                .any(|digests| signer.verify(digests, connection_id)),
            Proof::None => true,
            Proof::Caller => false,
        });
        if !trusted.is_empty() {
            return Ok(trusted);
        }
        let by_caller = self.settings_with(|proof| matches!(proof, Proof::Caller));
        if let Some(caller) = self.caller.as_ref().filter(|_| !by_caller.is_empty()) {
            // Boxed, because it is large and most apps have a key: every event's future would be as large.
            let admitted = Box::pin(caller.admits(headers)).await;
            return admitted.map(|()| by_caller).map_err(Stranger::Caller);
        }
        match self.settings_with(|_| true).join(" or ") {
            none if none.is_empty() => Err(Stranger::Nobody),
            settings => Err(Stranger::Signature(settings)),
        }
    }

    /// The connection settings whose services are known by such a proof.
    fn settings_with(&self, is_such: impl Fn(&Proof) -> bool) -> Vec<&str> {
        let services = self.services.iter();
        let such = services.filter(|service| is_such(&service.proof));
        such.map(|service| service.setting.as_str()).collect()
    }

    /// Answers the service's question whether it may post here, which needs no credential.
    pub(super) fn validate(&self, headers: &HeaderMap) -> Response {
        let allowed = if headers.contains_key(&REQUEST_ORIGIN) {
            self.known(headers).map(str::to_owned)
        } else {
            Some("*".to_owned())
        };
        match allowed.and_then(|host| HeaderValue::from_str(&host).ok()) {
            Some(host) => {
                Response::status(StatusCode::OK).with_header(ALLOWED_ORIGIN.clone(), host)
            }
            None => {
                abridge!(
                    warn,
                    self.asked,
                    "a service that calls itself {:?} asked to post here; expected {}. If it is yours, list the host in {}",
                    origins(headers).collect::<Vec<_>>().join(" "),
                    self.hosts.join(" or "),
                    Settings::ALLOWED_ORIGINS,
                );
                Response::status(StatusCode::BAD_REQUEST)
            }
        }
    }

    /// The first origin that is a known host, spelled as it came.
    fn known<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let is_known = |origin: &&str| {
            let mut hosts = self.hosts.iter();
            hosts.any(|host| host.eq_ignore_ascii_case(origin))
        };
        origins(headers).find(is_known)
    }
}

/// All values of the origin header, separated by commas or blanks.
fn origins(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(&REQUEST_ORIGIN)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ' ']))
        .filter(|origin| !origin.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0f9c97a2f0bf4706afe87a14e0797b11";
    const DIGEST: &str = "sha256=7767effcb3946f3e1de039df4b986ef02c110b1469d02c0a06f41b3b727ab561";

    fn guard() -> Guard {
        let settings = Settings::new()
            .with(
                "C",
                "Endpoint=http://localhost;Port=8080;AccessKey=7aab239577fd4f24bc919802fb629f5f;",
            )
            .with(
                crate::settings::Settings::ALLOWED_ORIGINS,
                "https://custom.example/, other.example",
            );
        Guard::new(["C", "C"], &settings).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    /// What shows that a stranger has sent a request, if anything does.
    fn doubt(pairs: &[(&'static str, &str)]) -> Option<Stranger> {
        let (guard, headers) = (guard(), headers(pairs));
        let trusted = futures_util::FutureExt::now_or_never(guard.trusts(&headers)).unwrap();
        trusted.map(|found| assert_eq!(found, ["C"])).err()
    }

    fn trusted(origin: Option<&str>, signatures: &[&str]) -> bool {
        let mut pairs = vec![("ce-connectionid", ID)];
        pairs.extend(origin.map(|origin| ("webhook-request-origin", origin)));
        pairs.extend(signatures.iter().map(|digest| ("ce-signature", *digest)));
        doubt(&pairs).is_none()
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
    }

    #[test]
    fn what_gives_a_stranger_away_is_told() {
        let told = |pairs: &[(&'static str, &str)]| doubt(pairs).unwrap().to_string();
        let signed = ("ce-signature", DIGEST);
        let text = told(&[signed, ("webhook-request-origin", "evil.example")]);
        assert!(text.contains("\"evil.example\""), "{text}");
        assert!(
            text.contains("localhost or") || text.contains("or localhost"),
            "{text}"
        );
        assert!(
            text.contains(crate::settings::Settings::ALLOWED_ORIGINS),
            "{text}"
        );
        let text = told(&[signed]);
        assert!(text.contains("ce-connectionId"), "{text}");
        let text = told(&[("ce-connectionid", ID), ("ce-signature", "sha256=00")]);
        assert!(text.contains("access key in C,"), "{text}");
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
