//! The body of a proxied answer, with the times it may take.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use sio_net::BoxError;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// How long neither side may be silent (docs/contracts/functions-host.md, "Forwarding and proxying").
pub(super) const ACTIVITY_TIMEOUT: Duration = Duration::from_secs(240);

/// A body that ends when it was silent for too long or its invocation's time is up.
pub(super) struct Streamed<B> {
    inner: B,
    limit: Duration,
    idle: Pin<Box<Sleep>>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// Called when the time is up; dropped, with what it holds, when the body is done.
    expired: Option<Box<dyn FnOnce() + Send>>,
    /// Why the body is cut off. The reader hears of it one poll later, since hyper sends what it has while a body is
    /// pending.
    fault: Option<BoxError>,
}

impl<B> Streamed<B> {
    pub(super) fn new(
        inner: B,
        limit: Duration,
        deadline: Option<Instant>,
        expired: impl FnOnce() + Send + 'static,
    ) -> Self {
        Self {
            inner,
            limit,
            idle: Box::pin(sleep(limit)),
            deadline: deadline.map(|deadline| Box::pin(sleep_until(deadline))),
            expired: Some(Box::new(expired)),
            fault: None,
        }
    }
}

impl<B> Body for Streamed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(fault) = self.fault.take() {
            return Poll::Ready(Some(Err(fault)));
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            let next = Instant::now() + self.limit;
            self.idle.as_mut().reset(next);
            return match frame {
                Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
                Some(Err(fault)) => {
                    self.fault = Some(fault.into());
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                None => {
                    self.expired = None;
                    Poll::Ready(None)
                }
            };
        }
        let late = self
            .deadline
            .as_mut()
            .is_some_and(|deadline| deadline.as_mut().poll(cx).is_ready());
        if late {
            if let Some(expired) = self.expired.take() {
                expired();
            }
            return Poll::Ready(Some(Err(
                "the function did not end within functionTimeout".into()
            )));
        }
        if self.idle.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err("the handler was silent for too long".into())));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use http_body_util::{BodyExt as _, StreamBody};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    /// A body that never says anything.
    fn silent() -> impl Body<Data = Bytes, Error = BoxError> + Unpin {
        StreamBody::new(stream::pending::<Result<Frame<Bytes>, BoxError>>())
    }

    #[tokio::test]
    async fn what_came_before_a_cut_is_sent_before_it_is_told() {
        let pieces: [Result<_, BoxError>; 2] =
            [Ok(Frame::data(Bytes::from("abc"))), Err("cut off".into())];
        let body = StreamBody::new(stream::iter(pieces));
        let mut body = Streamed::new(body, LONG, None, || panic!("its time is not up"));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut poll = || Pin::new(&mut body).poll_frame(&mut cx);
        assert!(matches!(poll(), Poll::Ready(Some(Ok(_)))));
        assert!(poll().is_pending());
        let Poll::Ready(Some(Err(error))) = poll() else {
            panic!("the cut was not told");
        };
        assert_eq!(error.to_string(), "cut off");
    }

    #[tokio::test]
    async fn a_silent_body_ends() {
        let body = Streamed::new(silent(), SHORT, None, || panic!("its time is not up"));
        let error = body.collect().await.unwrap_err();
        assert_eq!(error.to_string(), "the handler was silent for too long");
    }

    #[tokio::test]
    async fn a_body_whose_time_is_up_ends_and_says_so() {
        let told = Arc::new(AtomicBool::new(false));
        let tell = told.clone();
        let deadline = Some(Instant::now() + SHORT);
        let body = Streamed::new(silent(), LONG, deadline, move || {
            tell.store(true, Ordering::SeqCst)
        });
        let error = body.collect().await.unwrap_err();
        assert!(error.to_string().contains("functionTimeout"));
        assert!(told.load(Ordering::SeqCst));
    }
}
