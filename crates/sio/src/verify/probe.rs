//! The function app of a verification: it records each webhook and answers as its namespace and its event ask.
//!
//! What it answers depends on the request alone. So it does the same behind a tunnel, in a container with a public
//! address, and under test.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use sio_net::{Body, Limits};
use sio_protocol::cloud_events::{header as ce, is_system};
use sio_protocol::engine::SEPARATOR;
use sio_protocol::signature::Signer;
use sio_protocol::socket::{Kind, Packet};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Bytes of a webhook's body: more than a service lets a client send.
const BODY: usize = 4 * 1024 * 1024;

/// Requests that are remembered. A run needs some hundreds.
const MOST: usize = 10_000;

/// Validations among them: anyone can send these to a public address.
const MOST_VALIDATIONS: usize = 100;

/// How long an event may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(15);

/// A request that came from the service.
#[derive(Debug)]
pub(super) struct Recorded {
    /// `POST` for an event, `OPTIONS` for a validation.
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// When it came.
    pub(super) at: Instant,
}

impl Recorded {
    /// A header's text; empty if it is missing.
    pub(super) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).map(http::HeaderValue::as_bytes);
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    }

    /// The body's text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether it is this event in this namespace.
    pub(super) fn is(&self, namespace: &str, event: &str) -> bool {
        self.header(ce::NAMESPACE) == namespace && self.header(ce::EVENT_NAME) == event
    }
}

/// Records and answers.
#[derive(Debug)]
pub(super) struct Probe {
    signer: Signer,
    recorded: Mutex<Vec<Arc<Recorded>>>,
    /// Changes with every request.
    count: watch::Sender<usize>,
    /// Events whose signature is not of this service.
    unsigned: watch::Sender<usize>,
}

impl Probe {
    /// A probe for the service with this access key.
    pub(super) fn new(access_key: &str) -> Arc<Self> {
        Arc::new(Self {
            signer: Signer::new(access_key),
            recorded: Mutex::default(),
            count: watch::Sender::new(0),
            unsigned: watch::Sender::new(0),
        })
    }

    /// Serves until the task is dropped.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let stop = std::future::pending();
        sio_net::serve(
            listener,
            move |request| {
                let probe = self.clone();
                async move {
                    let (head, body) = request.into_parts();
                    match sio_net::limited(body, BODY).await {
                        Ok(body) => probe.answer(head.method, head.headers, body).await,
                        Err(_) => reply(StatusCode::PAYLOAD_TOO_LARGE, ""),
                    }
                }
            },
            Limits::default(),
            stop,
        )
        .await;
    }

    /// Events that were refused since their signature is of another key.
    pub(super) fn unsigned(&self) -> usize {
        *self.unsigned.borrow()
    }

    /// Everything so far that is wanted.
    pub(super) fn all(&self, wanted: impl Fn(&Recorded) -> bool) -> Vec<Arc<Recorded>> {
        let recorded = self.recorded.lock();
        let recorded = recorded.unwrap_or_else(PoisonError::into_inner);
        let wanted = recorded.iter().filter(|request| wanted(request));
        wanted.cloned().collect()
    }

    /// Waits for an event.
    ///
    /// # Errors
    /// It does not come in time.
    pub(super) async fn event(
        &self,
        namespace: &str,
        event: &str,
    ) -> anyhow::Result<Arc<Recorded>> {
        let mut count = self.count.subscribe();
        let coming = async {
            loop {
                count.borrow_and_update();
                let first = self.all(|request| request.is(namespace, event));
                if let Some(first) = first.into_iter().next() {
                    return Some(first);
                }
                count.changed().await.ok()?;
            }
        };
        let came = tokio::time::timeout(ARRIVAL, coming).await.ok().flatten();
        came.with_context(|| {
            format!(
                "the webhook {event} did not arrive within {} seconds",
                ARRIVAL.as_secs()
            )
        })
    }

    fn record(&self, request: Recorded) {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let is_validation = |request: &Recorded| request.method == Method::OPTIONS;
        let validations = recorded.iter().filter(|request| is_validation(request));
        let is_full = match is_validation(&request) {
            true => validations.count() >= MOST_VALIDATIONS,
            false => recorded.len() >= MOST,
        };
        if !is_full {
            recorded.push(Arc::new(request));
        }
        drop(recorded);
        self.count.send_modify(|count| *count += 1);
    }

    async fn answer(&self, method: Method, headers: HeaderMap, body: Bytes) -> Response<Body> {
        let request = Recorded {
            method,
            headers,
            body,
            at: Instant::now(),
        };
        if request.method == Method::OPTIONS {
            self.record(request);
            let mut response = reply(StatusCode::OK, "");
            let any = http::HeaderValue::from_static("*");
            response.headers_mut().insert(ce::ALLOWED_ORIGIN, any);
            return response;
        }
        let id = request.header(ce::CONNECTION_ID);
        if request.method != Method::POST
            || !self.signer.verify(&request.header(ce::SIGNATURE), &id)
        {
            self.unsigned.send_modify(|count| *count += 1);
            return reply(StatusCode::UNAUTHORIZED, "");
        }
        let answer = answer_to(&request);
        self.record(request);
        match answer {
            Answer::Is(status, body) => reply(status, body),
            Answer::Never => std::future::pending().await,
        }
    }
}

fn reply(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(sio_net::full(body));
    *response.status_mut() = status;
    response
}

/// How an event is answered.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Is(StatusCode, String),
    Never,
}

/// The answer that a namespace or an event asks for by its name.
fn answer_to(request: &Recorded) -> Answer {
    let namespace = request.header(ce::NAMESPACE);
    let event = request.header(ce::EVENT_NAME);
    if is_system(&request.header(ce::TYPE)) {
        let word = namespace.trim_start_matches('/').split('-').next();
        return match (event.as_str(), word.unwrap_or_default()) {
            ("connect", "refusetext") => Answer::Is(StatusCode::FORBIDDEN, "no entry".to_owned()),
            ("connect", "refusejson") => Answer::Is(
                StatusCode::FORBIDDEN,
                r#"{"message":"no entry","data":{"code":7}}"#.to_owned(),
            ),
            ("connect", "refusebare") => Answer::Is(StatusCode::FORBIDDEN, String::new()),
            ("connect", "naming") => {
                let user = namespace.trim_start_matches('/');
                Answer::Is(StatusCode::OK, format!(r#"{{"userId":"{user}"}}"#))
            }
            _ => Answer::Is(StatusCode::OK, String::new()),
        };
    }
    match event.as_str() {
        "fail" => Answer::Is(StatusCode::BAD_REQUEST, String::new()),
        "again" => Answer::Is(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        "slow" => Answer::Never,
        _ => Answer::Is(StatusCode::OK, acknowledgement(&request.text())),
    }
}

/// The acknowledgement that an event asks for; empty if it asks for none.
fn acknowledgement(body: &str) -> String {
    let first = body.split(SEPARATOR).next().unwrap_or_default();
    let packet = first
        .strip_prefix('4')
        .and_then(|text| Packet::parse(text).ok());
    match packet {
        Some(packet) if packet.ack_id.is_some() => Packet {
            kind: Kind::Ack,
            attachments: 0,
            data: "[]",
            ..packet
        }
        .encode(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_has_the_namespace_and_the_id_of_its_event() {
        assert_eq!(acknowledgement(r#"42/ns,7["x"]"#), "43/ns,7[]");
        assert_eq!(acknowledgement(r#"42["x"]"#), "");
        let binary = "451-/ns,3[\"x\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQI=";
        assert_eq!(acknowledgement(binary), "43/ns,3[]");
    }
}
