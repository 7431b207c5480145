//! The last hops, numbered, for those who look now and then.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::hops::{Hop, HopKind, Hops, WebhookOutcome};

/// Remembers hops from the first look at the page, or from the start if the settings say so.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    started: AtomicBool,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The number of the next hop.
    next: u64,
    hops: VecDeque<Value>,
}

impl Recorder {
    /// Begins to remember, once: the last `most` hops, and `body_limit` bytes of each body.
    pub(crate) fn start(&self, hops: &Hops, most: usize, body_limit: usize) {
        if self.started.swap(true, Ordering::AcqRel) {
            return;
        }
        hops.keep_bodies(body_limit);
        let mut hops = hops.subscribe();
        let kept = self.kept.clone();
        // It holds the kept hops only, so it ends with the sender that it listens to.
        tokio::spawn(async move {
            loop {
                match hops.recv().await {
                    Ok(hop) => keep(&kept, most, describe(&hop)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    /// The hops from a number on, and the number of the next one.
    pub(crate) fn from(&self, number: u64) -> Value {
        let kept = lock(&self.kept);
        let first = kept.next - kept.hops.len() as u64;
        let skip = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        let hops: Vec<&Value> = kept.hops.iter().skip(skip).collect();
        json!({ "next": kept.next, "hops": hops })
    }
}

fn keep(kept: &Mutex<Kept>, most: usize, hop: Value) {
    let mut kept = lock(kept);
    if kept.hops.len() >= most {
        kept.hops.pop_front();
    }
    kept.next += 1;
    kept.hops.push_back(hop);
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn describe(hop: &Hop) -> Value {
    let time = hop.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (kind, name, ok) = match &hop.kind {
        HopKind::Opened { .. } => ("opened", "", true),
        HopKind::Refused { .. } => ("refused", "", false),
        HopKind::Connected => ("connected", "", true),
        HopKind::Rejected { .. } => ("rejected", "", false),
        HopKind::Event { event, .. } => ("event", event.as_str(), true),
        HopKind::Webhook { event, outcome, .. } => {
            let ok = matches!(
                outcome,
                WebhookOutcome::Answered {
                    status: 200..=299,
                    ..
                }
            );
            ("webhook", event.as_str(), ok)
        }
        HopKind::Rest { path, status, .. } => ("rest", path.as_str(), *status < 400),
        HopKind::Delivered { what, .. } => ("delivered", what.as_str(), true),
        HopKind::Disconnected { .. } => ("disconnected", "", true),
        HopKind::Closed { .. } => ("closed", "", true),
    };
    json!({
        "time": u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        "trace": hop.trace,
        "hub": hop.hub,
        "connection": hop.connection.as_ref().map(|id| id.as_str()),
        "namespace": hop.namespace,
        "socket": hop.socket,
        "kind": kind,
        "name": name,
        "ok": ok,
        "text": hop.kind.to_string(),
        "body": hop.body,
    })
}
