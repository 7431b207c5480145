//! A webhook that records what it is told and answers by script.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, full, limited};
use tokio::sync::{Notify, Semaphore, watch};

use crate::PATIENCE;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Event {
    /// The text of a header; its absence fails the test.
    pub(crate) fn header(&self, name: &str) -> String {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}"));
        String::from_utf8(value.as_bytes().to_vec()).unwrap()
    }

    /// The text of a header that may be missing.
    pub(crate) fn header_or_empty(&self, name: &str) -> String {
        let value = self.headers.get(name).map(|value| value.as_bytes());
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    }

    /// `ce-eventName`, or nothing.
    pub(crate) fn name(&self) -> String {
        self.header_or_empty("ce-eventname")
    }
}

/// What the script answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The answer waits for a permit.
    pub(crate) gate: Option<Arc<Semaphore>>,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }

    pub(crate) fn after(gate: &Arc<Semaphore>) -> Self {
        Self {
            gate: Some(gate.clone()),
            ..Self::default()
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

type Script = Arc<dyn Fn(&Event) -> Answer + Send + Sync>;

/// The webhook. Without a script it allows every origin and answers 200.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _stop: watch::Sender<()>,
}

struct Shared {
    script: Mutex<Script>,
    events: Mutex<Vec<Event>>,
    changed: Notify,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let shared = Arc::new(Shared {
            script: Mutex::new(Arc::new(|_| Answer::default())),
            events: Mutex::default(),
            changed: Notify::new(),
        });
        let listener = sio_net::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, mut stopped) = watch::channel(());
        let told = async move {
            let _ = stopped.changed().await;
        };
        let served = shared.clone();
        let service = move |request| answer(served.clone(), request);
        let limits = sio_net::Limits::default();
        tokio::spawn(sio_net::serve(listener, service, limits, told));
        Self {
            address,
            shared,
            _stop: stop,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers events and validations by this script from now on.
    pub(crate) fn on(&self, script: impl Fn(&Event) -> Answer + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(script);
    }

    /// Everything that came, validations included.
    pub(crate) fn all(&self) -> Vec<Event> {
        self.shared.events.lock().unwrap().clone()
    }

    /// The events of a name so far.
    pub(crate) fn named(&self, name: &str) -> Vec<Event> {
        let mut all = self.all();
        all.retain(|event| event.method == Method::POST && event.name() == name);
        all
    }

    /// Waits for the `count`th event of a name.
    pub(crate) async fn nth(&self, name: &str, count: usize) -> Event {
        self.until(
            |stub| stub.named(name).get(count - 1).cloned(),
            || format!("event {name:?} number {count}"),
        )
        .await
    }

    /// Waits for the first event of a name.
    pub(crate) async fn event(&self, name: &str) -> Event {
        self.nth(name, 1).await
    }

    pub(crate) fn validations(&self) -> usize {
        let mut all = self.all();
        all.retain(|event| event.method == Method::OPTIONS);
        all.len()
    }

    async fn until<T>(&self, found: impl Fn(&Self) -> Option<T>, what: impl Fn() -> String) -> T {
        let waiting = async {
            loop {
                let changed = self.shared.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = found(self) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("no {} came; there were {:?}", what(), self.names()))
    }

    fn names(&self) -> Vec<String> {
        self.all()
            .iter()
            .map(|event| format!("{} {}", event.method, event.name()))
            .collect()
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = limited(body, 4 * 1024 * 1024).await.unwrap_or_default();
    let event = Event {
        method: head.method,
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    shared.events.lock().unwrap().push(event.clone());
    shared.changed.notify_waiters();
    let script = shared.script.lock().unwrap().clone();
    let answer = script(&event);
    if let Some(gate) = &answer.gate {
        // A permit is one answer; a test that never gives any has a hanging function.
        let permit = tokio::time::timeout(Duration::from_secs(60), gate.acquire()).await;
        if let Ok(Ok(permit)) = permit {
            permit.forget();
        }
    }
    let mut response = Response::new(full(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status.unwrap_or(200)).unwrap();
    for (name, value) in answer.headers {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    let is_validation = event.method != Method::POST;
    if is_validation
        && answer.status.is_none()
        && !response.headers().contains_key("webhook-allowed-origin")
    {
        response
            .headers_mut()
            .insert("webhook-allowed-origin", "*".parse().unwrap());
    }
    response
}
