//! Talking HTTP to the handler.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http_body::{Body as _, Frame, SizeHint};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use sio_net::{Body, BoxError};

use crate::call::Call;
use crate::recording::{Heard, Recorder, Tape, Track};

/// An HTTP client for one incarnation of the handler.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: legacy::Client<HttpConnector, Reusable>,
    recorder: Option<Arc<Recorder>>,
}

impl Client {
    pub(crate) fn new(recorder: Option<Arc<Recorder>>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // Shorter than the five seconds after which Node closes an idle connection, lest a request meet the closing.
            .pool_idle_timeout(Duration::from_secs(2))
            // Names of headers pass as caller and handler wrote them.
            .http1_preserve_header_case(true)
            .build(connector);
        Self { inner, recorder }
    }

    /// Sends a request of an invocation, and records it where that is wanted.
    pub(crate) async fn send(
        &self,
        call: &Call,
        mut request: http::Request<Reusable>,
    ) -> Result<http::Response<Heard>, Error> {
        let parent = call.parent.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(parent)) = parent {
            let headers = request.headers_mut();
            headers.entry(sio_trace::id::HEADER).or_insert(parent);
        }
        let Some(recorder) = &self.recorder else {
            return Ok(self.inner.request(request).await?.map(Heard::plain));
        };
        let track = request.body_mut().listen();
        let tape = Tape::new(recorder.clone(), call, &request, track);
        Ok(tape.listen(self.inner.request(request).await?))
    }

    /// Sends a request that belongs to no invocation, and asks only whether there is an answer.
    pub(crate) async fn probe(&self, request: http::Request<Reusable>) -> Result<(), Error> {
        self.inner.request(request).await.map(drop)
    }
}

/// A body that can be handed over again as long as nothing of it was read, that is, after a refused connection.
#[derive(Clone)]
pub(crate) struct Reusable {
    body: Arc<Mutex<Body>>,
    begun: Arc<AtomicBool>,
    track: Option<Track>,
}

impl Reusable {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            body: Arc::new(Mutex::new(body)),
            begun: Arc::default(),
            track: None,
        }
    }

    /// Was anything of it read?
    pub(crate) fn is_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// Has what is read of it from now on written down.
    fn listen(&mut self) -> Track {
        let track = Track::default();
        if self.with(|body| body.is_end_stream()) {
            track.end();
        }
        self.track.insert(track).clone()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Body) -> T) -> T {
        act(&mut self.body.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl http_body::Body for Reusable {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = self.with(|body| Pin::new(body).poll_frame(cx));
        if matches!(polled, Poll::Ready(Some(_))) {
            self.begun.store(true, Ordering::Relaxed);
        }
        if let Some(track) = &self.track {
            match &polled {
                Poll::Ready(Some(Ok(frame))) => {
                    track.take(frame);
                    // A reader that knows the length does not ask for what comes after the last piece.
                    if self.is_end_stream() {
                        track.end();
                    }
                }
                Poll::Ready(None) => track.end(),
                Poll::Ready(Some(Err(_))) | Poll::Pending => {}
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
