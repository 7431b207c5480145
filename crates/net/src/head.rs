//! Telling a half-sent head of a request from a connection that is idle.
//!
//! hyper has one timer for both. An idle connection may belong to a client that keeps it for its next request, and is
//! worth keeping; a head that has begun and does not end is not.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

const IDLE: u8 = 0;
const BEGUN: u8 = 1;
const ANSWERING: u8 = 2;

/// What a connection is at.
#[derive(Debug, Default)]
pub(crate) struct Head {
    state: AtomicU8,
    /// How many heads have begun, to tell one from the next.
    begun: AtomicU32,
}

impl Head {
    fn arrived(&self) {
        if self.state.load(Ordering::Relaxed) == IDLE {
            self.begun.fetch_add(1, Ordering::Relaxed);
            self.state.store(BEGUN, Ordering::Relaxed);
        }
    }

    /// Ready when a head has been incomplete for this long. It looks now and then instead of being told, so that a
    /// request costs no timer.
    pub(crate) async fn late(&self, limit: Duration) {
        let mut since: Option<(u32, Instant)> = None;
        loop {
            tokio::time::sleep(limit / 2).await;
            let begun = self.begun.load(Ordering::Relaxed);
            since = match (self.state.load(Ordering::Relaxed), since) {
                (BEGUN, Some((same, at))) if same == begun => {
                    if at.elapsed() >= limit {
                        return;
                    }
                    since
                }
                (BEGUN, _) => Some((begun, Instant::now())),
                _ => None,
            };
        }
    }
}

/// A request whose head is complete and whose answer is not.
pub(crate) struct Answering(Arc<Head>);

impl Answering {
    pub(crate) fn begin(head: &Arc<Head>) -> Self {
        head.state.store(ANSWERING, Ordering::Relaxed);
        Self(head.clone())
    }
}

impl Answering {
    /// The body of the answer, which the request lasts as long as.
    pub(crate) fn with<B>(self, body: B) -> Answer<B> {
        Answer {
            body,
            _answering: self,
        }
    }
}

/// A body with the request that it answers.
pub(crate) struct Answer<B> {
    body: B,
    _answering: Answering,
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.state.store(IDLE, Ordering::Relaxed);
    }
}

/// A stream that tells when something arrives.
pub(crate) struct Watched {
    stream: TcpStream,
    head: Arc<Head>,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream, head: Arc<Head>) -> Self {
        Self { stream, head }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.head.arrived();
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
