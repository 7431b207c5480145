//! Hops as steps of traces, for those who put them together with what host and handler report.

use std::time::{Duration, UNIX_EPOCH};

use sio_protocol::names::ConnectionId;
use sio_trace::{Step, What};

use crate::hops::{Hop, HopKind, WebhookOutcome};

impl From<&Hop> for Step {
    fn from(hop: &Hop) -> Self {
        let at = hop.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let user = match &hop.kind {
            HopKind::Opened { user, .. } => user.clone(),
            _ => hop.user.clone(),
        };
        Self {
            at: u64::try_from(at.as_micros()).unwrap_or(u64::MAX),
            trace: hop.trace.map(|trace| trace.to_string()),
            hub: (!hop.hub.is_empty()).then(|| hop.hub.clone()),
            connection: hop.connection.as_ref().map(ConnectionId::to_string),
            namespace: hop.namespace.clone(),
            socket: hop.socket.clone(),
            user,
            invocation: None,
            derived: hop.derived.map(str::to_owned),
            what: what(&hop.kind),
            body: hop.body.clone(),
        }
    }
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

fn what(kind: &HopKind) -> What {
    match kind.clone() {
        HopKind::Opened { transport, .. } => What::Opened {
            transport: transport.to_owned(),
        },
        HopKind::Refused { status, reason } => What::Refused { status, reason },
        HopKind::Connected => What::Connected,
        HopKind::Rejected { message } => What::Rejected { message },
        HopKind::Event { event, ack, bytes } => What::Event { event, ack, bytes },
        HopKind::Try {
            event,
            number,
            problem,
        } => What::Try {
            event,
            number,
            problem,
        },
        HopKind::Webhook {
            event,
            outcome,
            took,
        } => webhook(event, outcome, took),
        HopKind::Rest {
            method,
            path,
            status,
            error,
            bytes,
            took,
        } => What::Rest {
            method: method.to_string(),
            path,
            status,
            error,
            bytes,
            took: milliseconds(took),
        },
        HopKind::Delivered {
            what,
            to,
            clients,
            bytes,
        } => What::Delivered {
            event: what,
            to,
            clients,
            bytes,
        },
        HopKind::Dropped { problem } => What::Dropped { problem },
        HopKind::Disconnected { reason } => What::Disconnected { reason },
        HopKind::Closed { reason } => What::Closed { reason },
    }
}

fn webhook(event: String, outcome: WebhookOutcome, took: Duration) -> What {
    let (status, error, bytes, tries) = match outcome {
        WebhookOutcome::Unmatched => return What::Unmatched { event },
        WebhookOutcome::Answered {
            status,
            bytes,
            tries,
        } => (Some(status), None, bytes, tries),
        WebhookOutcome::Failed(reason) => (None, Some(reason), 0, 1),
    };
    What::Webhook {
        event,
        status,
        error,
        bytes,
        tries,
        took: milliseconds(took),
    }
}
