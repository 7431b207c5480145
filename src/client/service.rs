//! One service resource: its address, how calls to it are signed, and a pool of connections to it.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use sio_protocol::connection_string::{ConnectionString, Endpoint};
use sio_protocol::names::HubName;
use tokio::time::Instant;

use super::access::Access;
use super::{Call, ClientToken, SendError, back_off, now};
use crate::settings::Connection;
use crate::telemetry;

/// The most that is read of an answer: a token in JSON has some KiB.
const LONGEST: usize = 64 * 1024;

/// A service that calls can be made to.
#[derive(Debug)]
pub(crate) struct Service {
    connection: Connection,
    access: Access,
    /// Built at the first call: reading the certificate store would otherwise delay every cold start.
    http: OnceLock<reqwest::Client>,
}

impl Service {
    /// A service. No connection is opened yet.
    #[must_use]
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            access: Access::of(&connection),
            connection,
            http: OnceLock::new(),
        }
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn endpoint(&self) -> &Endpoint {
        self.connection.endpoint()
    }

    /// The address and key, where there is a key.
    #[must_use]
    pub(crate) fn key(&self) -> Option<&ConnectionString> {
        match &self.connection {
            Connection::Key(connection) => Some(connection),
            Connection::Identity { .. } => None,
        }
    }

    /// Makes a call, again when that is safe, until `deadline`.
    ///
    /// # Errors
    /// What the last attempt ended with.
    pub(crate) async fn send(&self, call: &Call, deadline: Instant) -> Result<(), SendError> {
        self.ask(call, deadline).await.map(drop)
    }

    /// Asks the service for a client's token, which an app without the service's key cannot sign itself.
    ///
    /// # Errors
    /// What the last attempt ended with, or an answer without a token.
    pub(crate) async fn client_token(
        &self,
        hub: &HubName,
        wanted: &ClientToken<'_>,
        deadline: Instant,
    ) -> Result<String, SendError> {
        #[derive(serde::Deserialize)]
        struct Issued {
            token: String,
        }
        let call = Call::generate_token(hub, wanted);
        let answer = self.ask(&call, deadline).await?;
        let issued: Result<Issued, _> = serde_json::from_slice(&answer);
        // What came instead is not shown: it may be half a token.
        let issued = issued.map_err(|_| SendError::Answer("no token"))?;
        Ok(issued.token)
    }

    async fn ask(&self, call: &Call, deadline: Instant) -> Result<Vec<u8>, SendError> {
        let answer = self.tries(call, deadline).await;
        if answer.is_err() {
            telemetry::count::failed();
        }
        answer
    }

    async fn tries(&self, call: &Call, deadline: Instant) -> Result<Vec<u8>, SendError> {
        let started = Instant::now();
        let mut failed = 0;
        loop {
            let attempt = tokio::time::timeout_at(deadline, self.attempt(call));
            let Ok(outcome) = attempt.await else {
                return Err(SendError::Deadline(started.elapsed()));
            };
            let error = match outcome {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            let again = error.is_passing() && (call.idempotent || error.is_untouched());
            let pause = again.then(|| back_off::pause(failed, error.retry_after()));
            let Some(pause) = pause.flatten() else {
                return Err(error);
            };
            // A pause beyond what the clock can count ends after the deadline too.
            let next = Instant::now().checked_add(pause);
            if next.is_none_or(|next| next >= deadline) {
                return Err(error);
            }
            tracing::warn!("{error}; trying again in {:.1} s", pause.as_secs_f64());
            telemetry::count::retried();
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Vec<u8>, SendError> {
        let url = format!("{}{}", self.endpoint(), call.target);
        let token = self.access.token(&url).await?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}"));
        let mut bearer = bearer
            .map_err(|_| SendError::Credential("the token cannot stand in a header".to_owned()))?;
        bearer.set_sensitive(true);
        let network = |error: reqwest::Error| SendError::Network {
            untouched: error.is_connect(),
            reason: error.without_url(),
        };
        let mut request = self
            .http()?
            .post(&url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, call.content_type)
            .header(AUTHORIZATION, bearer)
            .body(call.body.clone());
        if let Some(parent) = telemetry::traceparent() {
            request = request.header("traceparent", parent);
        }
        let mut response = request.send().await.map_err(network)?;
        let status = response.status().as_u16();
        if status == call.success {
            // The service has done it. Its body is read only if the call has an answer.
            if !call.answers {
                return Ok(Vec::new());
            }
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(network)? {
                if body.len() + chunk.len() > LONGEST {
                    return Err(SendError::Answer("more than 64 KiB"));
                }
                body.extend_from_slice(&chunk);
            }
            return Ok(body);
        }
        let code = response.headers().get("x-ms-error-code");
        let code = code.and_then(|code| code.to_str().ok());
        Err(SendError::Status {
            status,
            code: code.map(str::to_owned),
            retry_after: back_off::asked(response.headers()),
            clock_ahead: back_off::clock_ahead(response.headers(), now()),
            bytes: call.body.len(),
            reason: reason(response).await,
        })
    }

    /// The pool. It speaks HTTP/2 where the service offers it in the TLS handshake.
    fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none());
        if self.endpoint().is_loopback() {
            // A proxy for the outside world has no business between us and an emulator.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| SendError::Build(error.to_string()))?;
        // Two first calls may both build one; the second is dropped.
        Ok(self.http.get_or_init(|| client))
    }
}

/// How long the body of an error may take.
const REASON_TIME: Duration = Duration::from_millis(500);

/// What an error's body says, cut to a length for a log.
async fn reason(mut response: reqwest::Response) -> Option<String> {
    const MOST: usize = 4 * 1024;
    const SHOWN: usize = 300;
    #[derive(serde::Deserialize)]
    struct Problem {
        message: Option<String>,
        error: Option<Box<Problem>>,
    }
    let mut body = Vec::new();
    let reading = async {
        // Whatever breaks off is as good as its end: the status has been read.
        while body.len() < MOST
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    // So is what does not go on: the call may have to be made again in time.
    let _ = tokio::time::timeout(REASON_TIME, reading).await;
    let text = match serde_json::from_slice::<Problem>(&body) {
        Ok(Problem {
            message: Some(text),
            ..
        }) => text,
        Ok(Problem {
            error: Some(inner), ..
        }) => inner.message?,
        Ok(_) => return None,
        Err(_) => String::from_utf8_lossy(&body).trim().to_owned(),
    };
    let shown: String = text.chars().take(SHOWN).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::settings::Settings;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// A service at a listener.
    async fn at_listener() -> (Service, TcpListener) {
        let listener = sio_net::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let text = format!("Endpoint=http://{address};AccessKey=k;");
        let settings = Settings::new().with(Settings::CONNECTION, text);
        let service = Service::new(settings.connection(Settings::CONNECTION).unwrap());
        (service, listener)
    }

    fn event() -> Call {
        Call {
            target: "/api/hubs/hub/:send".to_owned(),
            content_type: "text/plain",
            body: Bytes::from_static(b"42[]"),
            success: 202,
            idempotent: false,
            answers: false,
        }
    }

    #[tokio::test]
    async fn calls_one_after_the_other_share_a_connection() {
        let (service, listener) = at_listener().await;
        let deadline = Instant::now() + Duration::from_secs(10);
        let calls = async {
            for _ in 0..3 {
                service.send(&event(), deadline).await.unwrap();
            }
        };
        let serving = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while stream.read_buf(&mut request).await.unwrap() > 0 {
                if !request.ends_with(b"\r\n\r\n42[]") {
                    continue;
                }
                request.clear();
                let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        };
        tokio::select! {
            () = calls => {}
            () = serving => panic!("the connection was given up"),
        }
        let again = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(again.is_err(), "there was another connection");
    }

    #[tokio::test]
    async fn what_the_service_has_taken_is_sent_though_its_answer_breaks_off() {
        let (service, listener) = at_listener().await;
        let broken = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nab";
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        let call = event();
        let (sent, ()) = tokio::join!(service.send(&call, deadline), broken);
        sent.unwrap();
    }

    #[tokio::test]
    async fn an_error_whose_body_stalls_is_known_by_its_status() {
        let (service, listener) = at_listener().await;
        let stalled = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\nwhy";
            stream.write_all(answer.as_bytes()).await.unwrap();
            // The other end hangs up.
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
        };
        let deadline = Instant::now() + Duration::from_secs(3600);
        let call = event();
        let sent = tokio::time::timeout(Duration::from_secs(20), service.send(&call, deadline));
        let error = tokio::select! {
            sent = sent => sent.unwrap().unwrap_err(),
            () = stalled => panic!("the connection was closed before the error was known"),
        };
        let SendError::Status { status, reason, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((status, reason.as_deref()), (400, Some("why")));
    }

    /// Answers one request with a head, then with `x` without end.
    async fn endless(listener: &TcpListener, head: &str) {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = [b'x'; 4096];
        // The client closes the connection when it has enough.
        while stream.write_all(&piece).await.is_ok() {}
    }

    #[tokio::test]
    async fn an_answer_without_end_holds_nobody_up() {
        let (service, listener) = at_listener().await;
        let deadline = Instant::now() + Duration::from_secs(60);
        let head = "HTTP/1.1 202 Accepted\r\nContent-Length: 1000000000000\r\n\r\n";
        let call = event();
        let (sent, ()) = tokio::join!(service.send(&call, deadline), endless(&listener, head));
        sent.unwrap();

        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
        let wanted = ClientToken {
            user: None,
            roles: &[],
            groups: &[],
            minutes: 1,
        };
        let hub = HubName::new("hub").unwrap();
        let (token, ()) = tokio::join!(
            service.client_token(&hub, &wanted, deadline),
            endless(&listener, head)
        );
        let error = token.unwrap_err().to_string();
        assert!(error.contains("64 KiB"), "{error}");
    }

    #[tokio::test]
    async fn a_pause_beyond_all_clocks_is_an_error_at_once() {
        let (service, listener) = at_listener().await;
        let busy = |_| async {
            let mut answer = http::Response::new(sio_net::empty());
            *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            answer.headers_mut().insert("retry-after", u64::MAX.into());
            answer
        };
        let limits = sio_net::Limits::default();
        let server = tokio::spawn(sio_net::serve(
            listener,
            busy,
            limits,
            std::future::pending(),
        ));
        let wanted = ClientToken {
            user: None,
            roles: &[],
            groups: &[],
            minutes: 1,
        };
        let call = Call::generate_token(&HubName::new("hub").unwrap(), &wanted);
        let far = Instant::now() + Duration::from_secs(3600);
        let sent = tokio::time::timeout(Duration::from_secs(20), service.send(&call, far));
        let error = sent.await.unwrap().unwrap_err();
        assert!(
            matches!(error, SendError::Status { status: 503, .. }),
            "{error}"
        );
        server.abort();
    }
}
