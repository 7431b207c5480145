//! An invocation in the timeline, from its start to its end.

use std::sync::Arc;
use std::time::Instant;

use http::HeaderMap;

use super::context::Context;
use crate::app::Function;
use crate::call::{Call, Mode};
use crate::hop::Hop;

/// The status in the timeline for an answer that reached nothing; it is never sent.
const LEFT: u16 = 499;

/// An invocation that runs. Dropped before its end, it says why.
pub(super) struct Running {
    context: Arc<Context>,
    call: Option<Call>,
    began: Instant,
    dropped: &'static str,
}

impl Running {
    /// An invocation whose caller waits.
    pub(super) fn for_caller(context: &Arc<Context>, call: Call, arrived: Instant) -> Self {
        Self::new(context, call, arrived, "the caller left")
    }

    /// An invocation in default mode that no HTTP caller of a function asked for, with what it is called.
    pub(super) fn start(
        context: &Arc<Context>,
        function: &Function,
        path: &str,
        headers: Option<&HeaderMap>,
    ) -> (Self, Call) {
        let call = Call::new(function, Mode::Envelope, ("POST", path), headers);
        let running = Self::new(context, call.clone(), Instant::now(), "the host stopped");
        (running, call)
    }

    fn new(context: &Arc<Context>, call: Call, began: Instant, dropped: &'static str) -> Self {
        context.hops.send(Hop::Started(call.clone()));
        Self {
            context: context.clone(),
            call: Some(call),
            began,
            dropped,
        }
    }

    /// The end, as a caller sees it.
    pub(super) fn end(mut self, status: u16, error: Option<String>) {
        self.report(status, error);
    }

    /// The end of an invocation without a caller.
    pub(super) fn end_with(self, error: Option<String>) {
        let status = if error.is_none() { 200 } else { 500 };
        self.end(status, error);
    }

    fn report(&mut self, status: u16, error: Option<String>) {
        if let Some(call) = self.call.take() {
            self.context.hops.send(Hop::Answered {
                call,
                status,
                error,
                elapsed: self.began.elapsed(),
            });
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let why = self.dropped.to_owned();
        self.report(LEFT, Some(why));
    }
}
