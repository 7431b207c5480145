//! Requests to the service: signed, sent, and sent again as the SDK does (docs/contracts/socketio-extension.md,
//! "Authorization of REST calls" and "Retries and errors").

use std::time::Duration;

use super::call::{API_VERSION, RestCall, escaped};
use super::connection::Connection;

const RETRIES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(800);
const LONGEST_DELAY: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(100);
/// How many characters of an error's body are repeated.
const SHOWN: usize = 300;
/// How many bytes of an error's body are read for that, and for how long: a body may never end.
const LONGEST_ERROR: usize = 8 * 1024;
const ERROR_TIME: Duration = Duration::from_secs(1);
/// How many bytes of the response with a token are read.
const LONGEST_TOKEN: usize = 64 * 1024;

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
        let answer = self.answer(connection, hub, call, parent, now, 0);
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
        let answer = self.answer(connection, hub, &call, None, || now, LONGEST_TOKEN);
        let answer = answer.await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)
            .map_err(|error| format!("the service's answer is not JSON: {error}"))?;
        let token = answer["token"].as_str();
        token
            .map(str::to_owned)
            .ok_or_else(|| "the service's answer has no token".to_owned())
    }

    /// The first bytes of the response's body, as many as are wanted. One that isn't read may break off: the service has
    /// accepted the request.
    async fn answer(
        &self,
        connection: &Connection,
        hub: &str,
        call: &RestCall,
        parent: Option<&str>,
        now: impl Fn() -> i64,
        wanted: usize,
    ) -> Result<Vec<u8>, String> {
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
                    let mut body = Vec::new();
                    match read(answer, wanted, &mut body).await {
                        Ok(()) => return Ok(body),
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
                    let mut said = Vec::new();
                    // What was read before the end, the limit or an error is as much as there is to repeat.
                    let reading = read(answer, LONGEST_ERROR, &mut said);
                    let _ = tokio::time::timeout(ERROR_TIME, reading).await;
                    let said = String::from_utf8_lossy(&said);
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

/// Reads a body, but no more than `most` bytes of it.
async fn read(
    mut answer: reqwest::Response,
    most: usize,
    body: &mut Vec<u8>,
) -> reqwest::Result<()> {
    while body.len() < most
        && let Some(piece) = answer.chunk().await?
    {
        let piece = &piece[..piece.len().min(most - body.len())];
        body.extend_from_slice(piece);
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::app::Variables;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// What becomes of an action if the service answers with this head, then with this piece of a body so many times, and
    /// closes the connection; how many requests there were, and how many pieces were taken.
    async fn sent(
        head: &'static str,
        piece: Vec<u8>,
        times: usize,
    ) -> (Result<(), String>, usize, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, pieces) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = (requests.clone(), pieces.clone());
        let server = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n6") {
                    stream.read_buf(&mut request).await.unwrap();
                }
                counted.0.fetch_add(1, Ordering::Relaxed);
                let _ = stream.write_all(head.as_bytes()).await;
                for _ in 0..times {
                    if stream.write_all(&piece).await.is_err() {
                        break;
                    }
                    counted.1.fetch_add(1, Ordering::Relaxed);
                    // A small piece now and then keeps a client waiting that wants the whole body.
                    if piece.len() < 10 {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
        let mut variables = Variables::default();
        variables.set(
            "S",
            format!("Endpoint=http://{address};AccessKey=k;Version=1.0;"),
        );
        let connection = Connection::find(&variables, "S", None).unwrap();
        let call = RestCall {
            target: "/:send".to_owned(),
            content_type: "text/plain",
            body: "6".to_owned(),
            success: 202,
        };
        let service = Service::new().unwrap();
        let sending = service.send(&connection, "hub", &call, None, || 0);
        let outcome = tokio::time::timeout(PATIENCE, sending).await.unwrap();
        server.abort();
        let count = |counter: Arc<AtomicUsize>| counter.load(Ordering::Relaxed);
        (outcome, count(requests), count(pieces))
    }

    #[tokio::test]
    async fn an_accepted_request_is_not_sent_again_if_its_response_breaks_off() {
        let head = "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n";
        let (outcome, requests, _) = sent(head, b"abc".to_vec(), 1).await;
        assert_eq!((outcome, requests), (Ok(()), 1));
    }

    #[tokio::test]
    async fn an_error_is_read_as_far_as_it_is_repeated() {
        let head = "HTTP/1.1 400 Bad Request\r\n\r\n";
        let megabyte = vec![b'x'; 1_000_000];
        let (outcome, requests, pieces) = sent(head, megabyte, 1000).await;
        let error = outcome.unwrap_err();
        assert!(error.len() < 2 * SHOWN, "{error}");
        assert!(error.ends_with(&"x".repeat(SHOWN)), "{error}");
        assert_eq!(requests, 1);
        // What the system's buffers take is not read.
        assert!(pieces < 100, "{pieces} MB were taken");
    }

    #[tokio::test]
    async fn an_error_that_goes_on_and_on_is_not_awaited() {
        let head = "HTTP/1.1 400 Bad Request\r\n\r\n";
        let (outcome, _, pieces) = sent(head, b"slow ".to_vec(), 1000).await;
        let error = outcome.unwrap_err();
        assert!(error.ends_with("slow"), "{error}");
        assert!(pieces < 500, "{pieces} of 1000 pieces were awaited");
    }
}
