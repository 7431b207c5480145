//! What an extension adds to the host: bindings of its own, and a webhook.
//!
//! The host knows nothing else of an extension. It hands over the requests at the webhook, asks for the values of
//! inputs, and passes on the values of outputs.

use std::fmt;
use std::pin::Pin;

use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::app::{App, Binding};
use crate::call::Call;
use crate::invocation::{Answer, BindingData, Value};
use crate::json::Json;

/// An extension that an app uses.
pub(crate) trait Extension: fmt::Debug + Send + Sync {
    /// Its name: the webhook is `/runtime/webhooks/NAME`, and the webhook's system key is `NAME_extension`.
    fn name(&self) -> &'static str;

    /// Is this one of its bindings?
    fn owns(&self, binding: &Binding) -> bool;

    /// What an author should know at the start, one sentence each.
    fn advice(&self, app: &App) -> Vec<String>;

    /// A request at the webhook: what takes its body, or the reply where the head is enough for one.
    fn webhook(&self, head: &Parts) -> Result<TakesBody<'_>, Reply>;

    /// The value of an input.
    fn input<'a>(&'a self, binding: &'a Binding, data: &'a BindingData) -> Pending<'a, Json>;

    /// Sends the value of an output of an invocation. `sent` hears of each action; the first that fails ends it.
    fn output<'a>(
        &'a self,
        call: &'a Call,
        binding: &'a Binding,
        value: &'a Value,
        data: &'a BindingData,
        sent: &'a (dyn Fn(Sent) + Sync),
    ) -> Pending<'a, ()>;
}

/// Work that ends with a value, or with the reason why the invocation fails.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Reads the body of an accepted request.
pub(crate) type TakesBody<'a> = Box<dyn FnOnce(&[u8]) -> Result<Event, Reply> + Send + 'a>;

/// Turns what became of a function into the reply; an error is the reason why it failed.
pub(crate) type Answers = Box<dyn FnOnce(Result<&Answer, &str>) -> Reply + Send>;

/// An invocation that a webhook asks for.
pub(crate) struct Event {
    /// The function's place in the app.
    pub(crate) function: usize,
    /// The trigger's value.
    pub(crate) value: String,
    /// What else the function can bind to, or why it cannot run.
    pub(crate) data: Result<BindingData, String>,
    /// What an author should know about it.
    pub(crate) advice: Option<String>,
    pub(crate) answers: Answers,
}

/// The reply of a webhook.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) header: Option<Box<(HeaderName, HeaderValue)>>,
    /// Plain text; none is an empty body.
    pub(crate) text: Option<String>,
    /// Why it is not what the caller hoped for. Shown in the timeline, never sent.
    pub(crate) problem: Option<String>,
    /// What the author should do about it.
    pub(crate) advice: Option<&'static str>,
}

impl Reply {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self {
            status,
            header: None,
            text: None,
            problem: None,
            advice: None,
        }
    }

    /// A request that reaches no function.
    pub(crate) fn refusal(status: StatusCode, problem: impl Into<String>) -> Self {
        Self {
            problem: Some(problem.into()),
            ..Self::new(status)
        }
    }
}

/// Something that was sent, for the timeline.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) action: &'static str,
    /// What the author should know about it.
    pub(crate) advice: Option<&'static str>,
}
