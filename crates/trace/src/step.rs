//! One thing that happened, as the terminal, the page and recordings know it.

use serde::{Deserialize, Serialize};

/// One step of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// When it happened, in microseconds since 1970.
    pub at: u64,
    /// The key that steps of one trace share: a trace id, or the id of an invocation without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// The connection's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The socket's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// The connection's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The invocation of a function that it is part of, as far as the host or the handler says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<String>,
    /// Why it belongs to this trace, if no `traceparent` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// The beginning of what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Step {
    /// A step without anything but time, key and what happened.
    #[must_use]
    pub fn new(at: u64, trace: Option<String>, what: What) -> Self {
        Self {
            at,
            trace,
            hub: None,
            connection: None,
            namespace: None,
            socket: None,
            user: None,
            invocation: None,
            derived: None,
            what,
            body: None,
        }
    }

    /// Bytes of memory that it takes, about.
    pub(crate) fn size(&self) -> usize {
        let texts = [
            &self.trace,
            &self.hub,
            &self.connection,
            &self.namespace,
            &self.socket,
            &self.user,
            &self.invocation,
            &self.derived,
            &self.body,
        ];
        let texts = texts.into_iter().flatten().map(String::len);
        size_of::<Self>() + texts.sum::<usize>() + self.what.texts()
    }
}

impl What {
    /// Bytes of its texts.
    fn texts(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        match self {
            Self::Connected => 0,
            Self::Opened { transport: text }
            | Self::Refused { reason: text, .. }
            | Self::Rejected { message: text }
            | Self::Event { event: text, .. }
            | Self::Unmatched { event: text }
            | Self::Dropped { problem: text }
            | Self::Disconnected { reason: text }
            | Self::Closed { reason: text }
            | Self::Output { text }
            | Self::Action { action: text } => text.len(),
            Self::Webhook { event, error, .. } => event.len() + of(error),
            Self::Try { event, problem, .. } | Self::Unhandled { event, problem } => {
                event.len() + problem.len()
            }
            Self::Rest {
                method,
                path,
                error,
                ..
            } => method.len() + path.len() + of(error),
            Self::Delivered { event, to, .. } => event.len() + to.len(),
            Self::Invoked {
                function,
                trigger,
                event,
                mode,
                method,
                path,
            } => {
                let texts = [function, trigger, mode, method, path].map(String::len);
                of(event) + texts.iter().sum::<usize>()
            }
            Self::Answered {
                function, error, ..
            } => function.len() + of(error),
            Self::Retrying {
                function, problem, ..
            } => function.len() + problem.len(),
            Self::Unrouted { method, path, .. } => method.len() + path.len(),
            Self::Log { level, text } => level.len() + text.len(),
        }
    }
}

/// What happened. Durations are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum What {
    /// A client opened a session.
    Opened {
        /// `polling` or `websocket`.
        transport: String,
    },
    /// A client was refused before it had a session.
    Refused {
        /// The response's status.
        status: u16,
        /// Why.
        reason: String,
    },
    /// A socket joined its namespace.
    Connected,
    /// A socket was refused by its namespace.
    Rejected {
        /// What the client reads.
        message: String,
    },
    /// A client sent an event.
    Event {
        /// Its name.
        event: String,
        /// Whether the client waits for an acknowledgement.
        ack: bool,
        /// The packet's size with its attachments.
        bytes: usize,
    },
    /// One try of a webhook that is repeated.
    Try {
        /// The event's name.
        event: String,
        /// Counted from 1.
        number: usize,
        /// Why it is repeated.
        problem: String,
    },
    /// A webhook was answered, or failed.
    Webhook {
        /// The event's name.
        event: String,
        /// The response's status, if there was a response.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Why there was no response.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// The size of the response's body, which has packets for the client.
        bytes: usize,
        /// How many tries it took.
        tries: usize,
        /// From the first request to the response.
        took: f64,
    },
    /// No event handler of the service takes the event.
    Unmatched {
        /// The event's name.
        event: String,
    },
    /// No function of the app waits for the event.
    Unhandled {
        /// The event's name.
        event: String,
        /// What functions wait for.
        problem: String,
    },
    /// A REST call was answered.
    Rest {
        /// Its method.
        method: String,
        /// Its path, without query.
        path: String,
        /// The response's status.
        status: u16,
        /// The service's reason for an error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// The request body's size.
        bytes: usize,
        /// From request to response.
        took: f64,
    },
    /// A payload was queued for clients.
    Delivered {
        /// The event's name, or the kind of packet.
        event: String,
        /// The audience in words.
        to: String,
        /// How many connections it went to.
        clients: usize,
        /// The payload's size.
        bytes: usize,
    },
    /// A part of a payload for clients was left out.
    Dropped {
        /// Why.
        problem: String,
    },
    /// A socket left its namespace.
    Disconnected {
        /// Why.
        reason: String,
    },
    /// A session ended.
    Closed {
        /// Why.
        reason: String,
    },
    /// The host invoked a function.
    Invoked {
        /// The function.
        function: String,
        /// The type of its trigger, such as `httpTrigger` or `timerTrigger`.
        trigger: String,
        /// The client's event that the caller posts, if it is a Socket.IO service.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        /// `envelope`, `forwarded` or `proxied`.
        mode: String,
        /// The caller's method.
        method: String,
        /// The caller's path without query; empty without a caller.
        path: String,
    },
    /// The function answered.
    Answered {
        /// The function.
        function: String,
        /// The status that the caller received.
        status: u16,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// From the request's arrival to its response.
        took: f64,
    },
    /// The host invokes a function again.
    Retrying {
        /// The function.
        function: String,
        /// Counted from 1.
        retry: u32,
        /// Why the invocation before failed.
        problem: String,
    },
    /// A request that no function takes.
    Unrouted {
        /// The method.
        method: String,
        /// The path without query.
        path: String,
        /// The response's status.
        status: u16,
    },
    /// A line that the handler logged.
    Log {
        /// `info`, `warning` or `error`.
        level: String,
        /// The line.
        text: String,
    },
    /// A value for an output binding.
    Output {
        /// The binding and where its value went.
        text: String,
    },
    /// An action of a Socket.IO output binding was sent to the service.
    Action {
        /// Its name, such as `SendToRooms`.
        action: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_flat_json_and_reads_back() {
        let mut step = Step::new(
            1,
            Some("t".to_owned()),
            What::Try {
                event: "say".to_owned(),
                number: 1,
                problem: "503".to_owned(),
            },
        );
        step.user = Some("ada".to_owned());
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(
            text,
            r#"{"at":1,"trace":"t","user":"ada","kind":"try","event":"say","number":1,"problem":"503"}"#
        );
        assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step);
    }
}
