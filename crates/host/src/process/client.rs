//! Talking HTTP to the handler.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use sio_net::{Body, BoxError};

/// An HTTP client for one incarnation of the handler.
#[derive(Debug, Clone)]
pub(crate) struct Client(legacy::Client<HttpConnector, Reusable>);

impl Client {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // Shorter than the five seconds after which Node closes an idle connection, lest a request meet the closing.
            .pool_idle_timeout(Duration::from_secs(2))
            .build(connector);
        Self(client)
    }

    pub(crate) async fn send(
        &self,
        request: http::Request<Reusable>,
    ) -> Result<http::Response<hyper::body::Incoming>, Error> {
        self.0.request(request).await
    }
}

/// A body that can be handed over again as long as nothing of it was read, that is, after a refused connection.
#[derive(Clone)]
pub(crate) struct Reusable(Arc<Mutex<Body>>);

impl Reusable {
    pub(crate) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Body) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl http_body::Body for Reusable {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.with(|body| Pin::new(body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
