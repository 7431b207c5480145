//! What a request is for, by its method and path alone, and how much body that has room for.

use http::Method;

use super::Functions;
use crate::app::{EventFunction, HttpFunction, HttpRole};

/// The most that one request of the service may have: its own limit is 1 MB, and base64 adds a third.
pub(super) const WEBHOOK_BODY: usize = 4 * 1024 * 1024;

/// The most that an event's envelope may have. An event of 1 MB stands in it four times over, in strings inside of
/// strings: one of backslashes alone takes 20 MB. Deeply nested lists take more, since the host indents them.
pub(super) const ENVELOPE_BODY: usize = 64 * 1024 * 1024;

/// The most that comes with a timer, or with a message of a queue: that has 64 KiB, and some of it is escaped.
const TRIGGER_BODY: usize = 2 * 1024 * 1024;

/// The most that comes with a request that has no use for a body.
pub(super) const LITTLE: usize = 64 * 1024;

/// An envelope has the headers, the parameters and the user besides.
const AROUND: usize = 256 * 1024;

/// What a request is for.
pub(super) enum Destination<'a> {
    /// The webhook, as the service has sent it.
    Webhook,
    /// An event in the host's envelope.
    Event(&'a EventFunction),
    /// Another function in the host's envelope.
    Function { room: usize },
    /// A route of a function, as it was sent.
    Route { room: usize },
    /// The host's probe, which runs nothing.
    Probe,
    /// Nothing.
    Nothing,
}

impl Functions {
    /// What a request is for.
    pub(super) fn destination(&self, method: &Method, path: &str) -> Destination<'_> {
        if self.is_webhook(path) {
            return Destination::Webhook;
        }
        if *method == Method::POST
            && let Some(name) = path.strip_prefix('/')
        {
            if let Some(trigger) = self.event_at(name) {
                return Destination::Event(trigger);
            }
            if self.trigger_function(name).is_some() {
                return Destination::Function { room: TRIGGER_BODY };
            }
            if let Some(function) = self.http_named(name) {
                let mut methods = function.route.methods.iter();
                let body = if methods.any(has_body) {
                    self.room(function)
                } else {
                    LITTLE
                };
                // A character may take the room of two.
                let room = body.saturating_mul(2).saturating_add(AROUND);
                return Destination::Function { room };
            }
        }
        if path == "/" && matches!(*method, Method::GET | Method::HEAD) {
            return Destination::Probe;
        }
        match self.routed(method, path) {
            Some((function, _)) if has_body(method) => Destination::Route {
                room: self.room(function),
            },
            Some(_) => Destination::Route { room: LITTLE },
            None => Destination::Nothing,
        }
    }

    /// How much body a function may get.
    fn room(&self, function: &HttpFunction) -> usize {
        match &function.role {
            HttpRole::Webhook => WEBHOOK_BODY,
            HttpRole::Negotiate(..) => LITTLE,
            HttpRole::Handler(_) => self.body_limit(),
        }
    }
}

/// Whether a request with this method has a use for its body. Source: RFC 9110, section 9.3.
fn has_body(method: &Method) -> bool {
    !matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE | Method::TRACE
    )
}
