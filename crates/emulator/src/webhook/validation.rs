//! Abuse protection: a URL is called only after it said that it wants this service's events.
//!
//! Source: docs/contracts/service.md, "Abuse protection".

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use reqwest::Client;
use sio_protocol::cloud_events::header as ce;
use tokio::sync::Mutex;
use url::Url;

use super::caller::network;
use super::hints;
use super::outcome::Failure;
use crate::settings::WebhookSettings;

/// Time for one validation request. It holds up the first event of a client, whose patience is not much longer.
const VALIDATION_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest pause between validations that fail. A function app that is started late waits no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How many URLs are remembered. With a hub in the template there are as many as clients can think of.
const MOST_KNOWN: usize = 1024;

/// What is known about each URL.
pub(super) struct Validations {
    origin: String,
    send_origin: bool,
    timeout: Duration,
    lifetime: Duration,
    first_pause: Duration,
    longest_pause: Duration,
    known: StdMutex<HashMap<Url, Arc<Mutex<Known>>>>,
}

/// The last word about a URL. Its lock is held while the URL is asked, so that it is asked once.
#[derive(Default)]
enum Known {
    #[default]
    Nothing,
    Passed {
        until: Instant,
        renewing: bool,
    },
    Failed {
        failure: Failure,
        again: Instant,
        pause: Duration,
    },
}

impl Validations {
    pub(super) fn new(settings: &WebhookSettings, origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            send_origin: settings.send_origin,
            timeout: VALIDATION_TIMEOUT,
            lifetime: settings.validation_lifetime,
            first_pause: settings.validation_pause,
            longest_pause: LONGEST_PAUSE,
            known: StdMutex::default(),
        }
    }

    /// Waits until it is known whether a URL may be called.
    pub(super) async fn pass(
        self: &Arc<Self>,
        client: &Client,
        url: Url,
        bearer: Option<&str>,
    ) -> Result<(), Failure> {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MOST_KNOWN && !known.contains_key(&url) {
                // Those in use stay: their URLs are being asked.
                known.retain(|_, slot| Arc::strong_count(slot) > 1);
            }
            known.entry(url.clone()).or_default().clone()
        };
        let mut known = slot.lock().await;
        match &mut *known {
            Known::Passed { until, .. } if Instant::now() < *until => return Ok(()),
            Known::Passed { renewing, .. } => {
                // It held until now; the event does not wait for the renewal.
                if !std::mem::replace(renewing, true) {
                    let (this, client, slot) = (self.clone(), client.clone(), slot.clone());
                    let bearer = bearer.map(str::to_owned);
                    tokio::spawn(async move {
                        let result = this.ask(&client, &url, bearer.as_deref()).await;
                        this.note(&mut *slot.lock().await, &result);
                    });
                }
                return Ok(());
            }
            Known::Failed { failure, again, .. } if Instant::now() < *again => {
                return Err(failure.clone());
            }
            Known::Failed { .. } | Known::Nothing => {}
        }
        let result = self.ask(client, &url, bearer).await;
        self.note(&mut known, &result);
        result
    }

    fn note(&self, known: &mut Known, result: &Result<(), Failure>) {
        let now = Instant::now();
        *known = match result {
            Ok(()) => Known::Passed {
                until: now + self.lifetime,
                renewing: false,
            },
            Err(failure) => {
                let pause = match known {
                    Known::Failed { pause, .. } => (*pause * 2).min(self.longest_pause),
                    _ => self.first_pause,
                };
                Known::Failed {
                    failure: failure.clone(),
                    again: now + pause,
                    pause,
                }
            }
        };
    }

    async fn ask(&self, client: &Client, url: &Url, bearer: Option<&str>) -> Result<(), Failure> {
        // A query may hold a function key.
        let mut shown = url.clone();
        shown.set_query(None);
        let exchange = async {
            let answer = self.request(client, Method::OPTIONS, url, bearer).await?;
            if answer.0 == StatusCode::NOT_FOUND {
                self.request(client, Method::GET, url, bearer).await
            } else {
                Ok(answer)
            }
        };
        let (status, allowed) = match tokio::time::timeout(self.timeout, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => {
                let problem = format!("Abuse protection for '{shown}' failed: {failure}");
                return Err(Failure::Unvalidated(problem));
            }
            Err(_) => {
                let problem = format!(
                    "Abuse protection for '{shown}' failed: no answer within {:?}",
                    self.timeout
                );
                return Err(Failure::Unvalidated(problem));
            }
        };
        if !status.is_success() {
            let hint = match status {
                StatusCode::NOT_FOUND => hints::nobody_at(&shown),
                _ => "",
            };
            let problem = format!("Abuse protection for '{shown}' failed: {status}{hint}");
            return Err(Failure::Validation(problem));
        }
        if allowed.iter().any(|allowed| allows(allowed, &self.origin)) {
            return Ok(());
        }
        let allowed = allowed.join(", ");
        Err(Failure::Validation(format!(
            "Abuse protection for '{shown}' missing allowed origins: {allowed}.\n\
             hint: the function app must answer OPTIONS with the header WebHook-Allowed-Origin: {} (or *)",
            self.origin
        )))
    }

    async fn request(
        &self,
        client: &Client,
        method: Method,
        url: &Url,
        bearer: Option<&str>,
    ) -> Result<(StatusCode, Vec<String>), Failure> {
        let mut request = client
            .request(method, url.clone())
            .header(ce::SERVICE_VERSION, "1.0");
        if self.send_origin {
            request = request.header(ce::REQUEST_ORIGIN, &self.origin);
        }
        if let Some(bearer) = bearer {
            request = request.header(AUTHORIZATION, bearer);
        }
        let response = request.send().await.map_err(|error| network(&error))?;
        let allowed = response.headers().get_all(ce::ALLOWED_ORIGIN).iter();
        let allowed = allowed
            .filter_map(|values| values.to_str().ok())
            .flat_map(|values| values.split([',', ' ']))
            .filter(|value| !value.is_empty())
            .map(str::to_owned);
        Ok((response.status(), allowed.collect()))
    }
}

/// Whether an allowed origin is everything, or names a host: alone, with a port, or in a URL.
fn allows(allowed: &str, host: &str) -> bool {
    let authority = allowed.split_once("://").map_or(allowed, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => authority,
    };
    allowed == "*" || name.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_origin_may_have_a_port_or_be_a_url() {
        for allowed in [
            "*",
            "devbox",
            "DevBox",
            "devbox:8080",
            "http://devbox",
            "https://devbox:8080/",
            "devbox:",
        ] {
            assert!(allows(allowed, "devbox"), "{allowed}");
        }
        for allowed in [
            "",
            "dev",
            "devbox.example",
            "devbox@evil",
            "http://evil/devbox",
            "**",
            "devbox:x",
        ] {
            assert!(!allows(allowed, "devbox"), "{allowed}");
        }
        assert!(allows("[::1]:8080", "[::1]"));
    }
}
