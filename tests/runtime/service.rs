//! A recorder in the place of the service's REST API.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, Limits, empty, limited};
use sio_protocol::audience;
use sio_protocol::token;
use tokio::task::JoinHandle;

pub(crate) const KEY: &str = "7aab239577fd4f24bc919802fb629f5f";

/// One call that came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) filter: Option<String>,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

/// What a call gets in the place of success.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scripted {
    Status(u16),
    /// This status, and after how many milliseconds to call again.
    Later(u16, u64),
    /// The connection ends once the call has arrived.
    Break,
    /// No answer comes.
    Silence,
}

#[derive(Default)]
struct Record {
    calls: Vec<Call>,
    scripted: VecDeque<Scripted>,
}

/// The recorder.
pub(crate) struct Service {
    pub(crate) endpoint: String,
    record: Arc<Mutex<Record>>,
    server: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::with_key(KEY).await
    }

    /// One that takes calls with this key.
    pub(crate) async fn with_key(key: &'static str) -> Self {
        let listener = sio_net::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let record: Arc<Mutex<Record>> = Arc::default();
        let (shared, at) = (record.clone(), endpoint.clone());
        let service = move |request| answer(request, key, shared.clone(), at.clone());
        let server = tokio::spawn(sio_net::serve(
            listener,
            service,
            Limits::default(),
            std::future::pending(),
        ));
        Self {
            endpoint,
            record,
            server,
        }
    }

    /// The next calls get these statuses instead of success.
    pub(crate) fn script(&self, statuses: &[u16]) {
        self.script_all(statuses.iter().map(|status| Scripted::Status(*status)));
    }

    /// The next calls get these in the place of success.
    pub(crate) fn script_all(&self, scripted: impl IntoIterator<Item = Scripted>) {
        self.record.lock().unwrap().scripted.extend(scripted);
    }

    /// What came so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.record.lock().unwrap().calls.clone()
    }
}

async fn answer(
    request: Request<Incoming>,
    key: &str,
    record: Arc<Mutex<Record>>,
    endpoint: String,
) -> Response<Body> {
    let respond = |status: u16| {
        let mut response = Response::new(empty());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    };
    let bearer = request.headers()["authorization"].to_str().unwrap();
    let bearer = bearer.strip_prefix("Bearer ").unwrap();
    let url = format!("{endpoint}{}", request.uri());
    let now = i64::try_from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    );
    let path = request.uri().path().to_owned();
    let valid = token::verify(bearer, &[key], now.unwrap(), |found| {
        // The whole URL, query included, and acceptable by the service's own rule.
        found == url && audience::is_rest(found, &[&endpoint], &path)
    });
    // No call needs a token for longer.
    let expiry = |claims: &token::Claims| claims.values("exp")[0].parse::<i64>().unwrap();
    let is_short = |claims: token::Claims| expiry(&claims) <= now.unwrap() + 300;
    if !valid.is_ok_and(is_short) {
        return respond(401);
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let filter = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "filter")
        .map(|(_, value)| value.into_owned());
    let content_type = request.headers()["content-type"].to_str().unwrap();
    let content_type = content_type.to_owned();
    let body = limited(request.into_body(), 1 << 20).await.unwrap();
    let success = if path.contains("Groups") { 200 } else { 202 };
    let scripted = {
        let mut record = record.lock().unwrap();
        record.calls.push(Call {
            path,
            filter,
            query,
            content_type,
            body: String::from_utf8(body.to_vec()).unwrap(),
            at: Instant::now(),
        });
        record.scripted.pop_front()
    };
    match scripted.unwrap_or(Scripted::Status(success)) {
        Scripted::Status(status) => respond(status),
        Scripted::Later(status, milliseconds) => {
            let mut response = respond(status);
            let headers = response.headers_mut();
            headers.insert("retry-after-ms", milliseconds.into());
            response
        }
        // Ends the task of the connection, and says nothing.
        Scripted::Break => std::panic::resume_unwind(Box::new("on purpose")),
        Scripted::Silence => std::future::pending().await,
    }
}
