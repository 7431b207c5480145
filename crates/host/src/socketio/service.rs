//! Requests to the service: signed, sent, and sent again as the SDK does (docs/contracts/socketio-extension.md,
//! "Authorization of REST calls" and "Retries and errors").

use std::time::Duration;

use bytes::Bytes;

use super::call::{API_VERSION, RestCall, escaped};
use super::connection::Connection;

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

    /// Sends a request, up to four times; `now` tells the seconds since 1970 for each token, and
    /// `parent` is the header that makes it a part of a trace.
    pub(crate) async fn send(
        &self,
        connection: &Connection,
        hub: &str,
        call: &RestCall,
        parent: Option<&str>,
        now: impl Fn() -> i64,
    ) -> Result<(), String> {
        let answer = self.answer(connection, hub, call, parent, now);
        answer.await.map(drop)
    }

    /// Asks the service for a client's token, as a connection without a key must
    /// (docs/contracts/socketio-extension.md, "Identity mode"). Unconfirmed: the order of the parameters.
    pub(crate) async fn client_token(
        &self,
        connection: &Connection,
        hub: &str,
        user: Option<&str>,
        now: i64,
    ) -> Result<String, String> {
        let user = user.map_or(String::new(), |user| format!("userId={}&", escaped(user)));
        let call = RestCall {
            target: format!(
                "/:generateToken?{user}minutesToExpire=59&api-version={API_VERSION}&clientType=default"
            ),
            content_type: "application/json",
            body: String::new(),
            success: 200,
        };
        let answer = self.answer(connection, hub, &call, None, || now).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)
            .map_err(|error| format!("the service's answer is not JSON: {error}"))?;
        let token = answer["token"].as_str();
        token
            .map(str::to_owned)
            .ok_or_else(|| "the service's answer has no token".to_owned())
    }

    async fn answer(
        &self,
        connection: &Connection,
        hub: &str,
        call: &RestCall,
        parent: Option<&str>,
        now: impl Fn() -> i64,
    ) -> Result<Bytes, String> {
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
            let token = connection.token(&url, now()).await?;
            let mut request = client
                .post(&url)
                .header("accept", "application/json")
                .header("content-type", call.content_type)
                .bearer_auth(token)
                .body(call.body.clone());
            if let Some(parent) = parent {
                request = request.header(sio_trace::id::HEADER, parent);
            }
            let sent = request.send().await;
            let (error, wait) = match sent {
                Ok(answer) if answer.status().as_u16() == call.success => {
                    match answer.bytes().await {
                        Ok(body) => return Ok(body),
                        Err(error) => (reason(connection, error), None),
                    }
                }
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
