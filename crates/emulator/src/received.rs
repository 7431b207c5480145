//! The body of a request, of which no part is left unread on its connection.
//!
//! A request may be refused before its body is read. The client would then send its next request on a connection that
//! is about to end, so the rest of the body is read and dropped, within bounds, before the answer goes out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use tokio::sync::oneshot;

/// Bytes that are read of a body that was not wanted: more than any call takes.
const MOST: usize = 4 * 1024 * 1024;

/// How long that may take.
const LONGEST: Duration = Duration::from_secs(2);

/// A body that hands its unread rest back when it is dropped.
#[derive(Debug)]
pub(crate) struct Received {
    body: Option<Incoming>,
    back: Option<oneshot::Sender<Incoming>>,
}

/// Where the rest of a body arrives.
#[derive(Debug)]
pub(crate) struct Rest(oneshot::Receiver<Incoming>);

impl Received {
    pub(crate) fn new(body: Incoming) -> (Self, Rest) {
        let (back, rest) = oneshot::channel();
        let received = Self {
            body: Some(body),
            back: Some(back),
        };
        (received, Rest(rest))
    }
}

impl Rest {
    /// Reads what is left of a body that was dropped, and says whether the connection is good for another request. A
    /// client that `waits` to be told whether to send its body has not sent it.
    pub(crate) async fn drain(mut self, waits: bool) -> bool {
        let Ok(rest) = self.0.try_recv() else {
            return true;
        };
        if waits {
            return false;
        }
        let all = Limited::new(rest, MOST);
        let read = async {
            let mut all = std::pin::pin!(all);
            while let Some(frame) = all.frame().await {
                if frame.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(LONGEST, read).await.unwrap_or(false)
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take())
            && !body.is_end_stream()
        {
            // The request's own future may have been dropped: then its connection has gone.
            let _ = back.send(body);
        }
    }
}
