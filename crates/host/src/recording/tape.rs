//! Listening to an exchange while it is streamed.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::exchange::{RecordedAnswer, Recording, recorded};
use super::recorder::Recorder;
use super::secrets;
use crate::call::Call;

/// Longest body that is kept, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// What went by of one body. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track(Arc<Mutex<Heap>>);

#[derive(Debug, Default)]
struct Heap {
    bytes: Vec<u8>,
    too_long: bool,
    ended: bool,
}

impl Track {
    /// Takes a frame's data.
    pub(crate) fn take(&self, frame: &Frame<Bytes>) {
        let Some(data) = frame.data_ref() else { return };
        let mut heap = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heap.bytes.len() + data.len() > LONGEST {
            heap.too_long = true;
            heap.bytes = Vec::new();
        } else if !heap.too_long {
            heap.bytes.extend_from_slice(data);
        }
    }

    /// Notes that nothing comes any more.
    pub(crate) fn end(&self) {
        let mut heap = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heap.ended = true;
    }

    /// The whole body, or why it is missing.
    fn whole(&self, whose: &str) -> Result<Vec<u8>, String> {
        let mut heap = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heap.too_long {
            return Err(format!("the {whose}'s body is longer than {LONGEST} bytes"));
        }
        if !heap.ended {
            return Err(format!("the {whose}'s body was not read to its end"));
        }
        Ok(std::mem::take(&mut heap.bytes))
    }
}

/// A recording in the making.
pub(crate) struct Tape {
    recorder: Arc<Recorder>,
    number: u32,
    call: Call,
    recording: Recording,
    asked: Track,
    answered: Track,
}

impl Tape {
    /// Begins with a request, whose body goes by in `asked`.
    pub(crate) fn new<B>(
        recorder: Arc<Recorder>,
        call: &Call,
        request: &http::Request<B>,
        asked: Track,
    ) -> Self {
        let target = request.uri().path_and_query();
        let recording = Recording {
            function: call.function.clone(),
            mode: call.mode.to_string(),
            method: request.method().to_string(),
            path: secrets::masked(target.map_or("/", |target| target.as_str())),
            headers: secrets::kept(request.headers()),
            body: recorded(&[]),
            answer: RecordedAnswer::of(0, &http::HeaderMap::new(), &[]),
        };
        Self {
            number: recorder.number(),
            call: call.clone(),
            recorder,
            recording,
            asked,
            answered: Track::default(),
        }
    }

    /// Goes on with the answer.
    pub(crate) fn listen(mut self, answer: http::Response<Incoming>) -> http::Response<Heard> {
        let (head, body) = answer.into_parts();
        self.recording.answer = RecordedAnswer::of(head.status.as_u16(), &head.headers, &[]);
        let mut heard = Heard {
            inner: body,
            tape: Some(self),
        };
        heard.finish_at_end();
        http::Response::from_parts(head, heard)
    }

    fn finish(mut self) {
        let bodies = self
            .asked
            .whole("request")
            .and_then(|asked| Ok((asked, self.answered.whole("answer")?)));
        match bodies {
            Ok((asked, answered)) => {
                self.recording.body = recorded(&asked);
                self.recording.answer.body = recorded(&answered);
                self.recorder.keep(self.number, &self.call, &self.recording);
            }
            Err(why) => self.recorder.skip(&self.recording.function, &why),
        }
    }
}

/// The body of an answer, listened to if it is recorded.
pub(crate) struct Heard {
    inner: Incoming,
    tape: Option<Tape>,
}

impl Heard {
    /// A body that is not recorded.
    pub(crate) fn plain(inner: Incoming) -> Self {
        Self { inner, tape: None }
    }

    /// A reader that knows the length does not ask for what comes after the last piece.
    fn finish_at_end(&mut self) {
        if self.inner.is_end_stream() {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if let Some(tape) = self.tape.take() {
            tape.answered.end();
            tape.finish();
        }
    }
}

impl Body for Heard {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(tape) = &self.tape {
                    tape.answered.take(frame);
                    self.finish_at_end();
                }
            }
            Poll::Ready(None) => self.finish(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        // Not heard to its end: the reason is told in place of a file.
        if let Some(tape) = self.tape.take() {
            tape.finish();
        }
    }
}
