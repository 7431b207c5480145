//! Requests to the service: signed, sent, and sent again as the SDK does (extension contract, "Authorization of REST
//! calls" and "Retry, errors, service answers").

use std::time::Duration;

use sio_protocol::token::{NewClaims, sign};

use super::call::{RestCall, escaped};
use super::connection::Connection;

/// Seconds for which a request's token holds.
const LIFETIME: i64 = 300;
const RETRIES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(800);
const LONGEST_DELAY: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(100);
/// How much of an error's body is repeated.
const SHOWN: usize = 300;

/// Clients for services.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// For services elsewhere, by the proxy of the environment if there is one.
    outside: reqwest::Client,
    /// For one on this machine, which no proxy can reach.
    here: reqwest::Client,
}

impl Service {
    pub(crate) fn new() -> Result<Self, String> {
        let client = || {
            reqwest::Client::builder()
                .timeout(TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
        };
        let built =
            |client: reqwest::ClientBuilder| client.build().map_err(|error| error.to_string());
        Ok(Self {
            outside: built(client())?,
            here: built(client().no_proxy())?,
        })
    }

    /// Sends a request, up to four times; `now` tells the seconds since 1970 for each token.
    pub(crate) async fn send(
        &self,
        connection: &Connection,
        hub: &str,
        call: &RestCall,
        now: impl Fn() -> i64,
    ) -> Result<(), String> {
        let url = format!(
            "{}/api/hubs/{}{}",
            connection.endpoint(),
            escaped(hub),
            call.target
        );
        let client = if connection.endpoint().is_loopback() {
            &self.here
        } else {
            &self.outside
        };
        let mut attempt = 0;
        loop {
            let claims = NewClaims::new(&url, now(), LIFETIME);
            let token = sign(connection.key(), &claims).map_err(|error| error.to_string())?;
            let sent = client
                .post(&url)
                .header("accept", "application/json")
                .header("content-type", call.content_type)
                .bearer_auth(token)
                .body(call.body.clone())
                .send()
                .await;
            let (error, wait) = match sent {
                Ok(answer) if answer.status().as_u16() == call.success => return Ok(()),
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    let again = matches!(status, 408 | 429 | 500 | 502 | 503 | 504);
                    let after = answer
                        .headers()
                        .get("retry-after")
                        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                        .map(Duration::from_secs);
                    let said = answer.text().await.unwrap_or_default();
                    let said: String = said.trim().chars().take(SHOWN).collect();
                    let error = format!(
                        "the service answered {status} instead of {}{}{said}",
                        call.success,
                        if said.is_empty() { "" } else { ": " }
                    );
                    if !again {
                        return Err(error);
                    }
                    (error, after)
                }
                Err(error) => (reason(connection, error), None),
            };
            if attempt == RETRIES {
                return Err(error);
            }
            let delay = (FIRST_DELAY * 2_u32.pow(attempt)).min(LONGEST_DELAY);
            tokio::time::sleep(wait.unwrap_or(delay).max(delay)).await;
            attempt += 1;
        }
    }
}

/// An error with its causes, without the URL: its filter may name users.
fn reason(connection: &Connection, error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = format!(
        "the service at {} was not reached: {error}",
        connection.endpoint()
    );
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
