//! Hints for the classic mistakes, each said once until something else goes wrong.

use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use serde_json::Value;
use url::Url;

use super::outcome::Answer;

/// What a 404 at the URL of a webhook usually means.
pub(super) fn nobody_at(url: &Url) -> &'static str {
    if url.path().contains("/runtime/webhooks/") {
        "\nhint: the Functions host has no Socket.IO extension here. It is in the bundle \
         Microsoft.Azure.Functions.ExtensionBundle.Preview, which host.json must name; the bundle without .Preview does \
         not have it"
    } else {
        "\nhint: no function answers at this URL. Check --upstream: /api/socketio for socketio-functions, \
         /runtime/webhooks/socketio for C#, JavaScript and Python"
    }
}

/// The event that asks whether a client may join.
const CONNECT: &str = "connect";

/// Whether an answer has a reason for the client, as an app that refuses gives one.
fn says_why(body: &str) -> bool {
    let read: Option<Value> = serde_json::from_str(body).ok();
    read.is_some_and(|value| {
        value["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    })
}

/// Remembers what was said last, so that a hundred failing events do not say it a hundred times.
#[derive(Debug, Default)]
pub(super) struct Hints(Mutex<Option<StatusCode>>);

impl Hints {
    /// Says what a failing status of the function app usually means.
    pub(super) fn status(&self, answer: &Answer, event: &str) {
        let status = answer.status;
        if event == CONNECT && says_why(&answer.body) {
            // The app has decided about the client.
            return;
        }
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if status.is_success() {
            *last = None;
            return;
        }
        let said = last.replace(status) == Some(status);
        drop(last);
        let hint = match status {
            _ if said => None,
            StatusCode::NOT_FOUND => Some(
                "no function takes this event at this URL. Check --upstream (/api/socketio for socketio-functions, \
                 /runtime/webhooks/socketio for C#, JavaScript and Python), and note that the Functions extension \
                 answers 404 to a system event without a function, which rejects clients when it is connect",
            ),
            StatusCode::UNAUTHORIZED => Some(
                "the function app did not accept the signature. Its connection string must hold this emulator's key",
            ),
            StatusCode::BAD_REQUEST => Some(
                "the function app did not accept the request. Its connection string must name the host of this \
                 emulator's endpoint: localhost and 127.0.0.1 are two hosts",
            ),
            _ => None,
        };
        match hint {
            Some(hint) => {
                tracing::warn!("the webhook of {event:?} was answered with {status}\nhint: {hint}");
            }
            None => tracing::warn!("the webhook of {event:?} was answered with {status}"),
        }
    }
}
