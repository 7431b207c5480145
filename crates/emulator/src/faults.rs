//! Things that go wrong on demand: what the network, the service and the function app do to an application now and then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The faults of an emulator. Without faults, asking costs one look at a flag.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    any: AtomicBool,
    set: Mutex<Set>,
}

/// What goes wrong. Each fault ends after its `calls`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Set {
    pub(crate) rest: Option<RestFault>,
    pub(crate) webhook: Option<WebhookFault>,
    pub(crate) tokens: Option<TokenFault>,
}

/// REST calls are answered with an error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RestFault {
    pub(crate) calls: u32,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u32>,
}

/// Webhooks come late, twice or not at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct WebhookFault {
    pub(crate) calls: u32,
    /// Milliseconds before the request is sent.
    #[serde(default)]
    pub(crate) delay: u64,
    /// Whether the request is sent twice.
    #[serde(default)]
    pub(crate) duplicate: bool,
    /// What the service sees instead of the function app's answer: a status, or 0 for no answer at all.
    pub(crate) fail: Option<u16>,
}

impl WebhookFault {
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay)
    }
}

/// Clients' tokens are refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TokenFault {
    /// So many tokens, whichever they are.
    #[serde(default)]
    pub(crate) calls: u32,
    /// All tokens that were issued until this second, as if they had expired.
    #[serde(default)]
    pub(crate) issued_until: i64,
}

impl Faults {
    /// Sets the faults that are named; the others stay.
    pub(crate) fn set(&self, new: Set) {
        let mut set = self.lock();
        let Set {
            rest,
            webhook,
            tokens,
        } = new;
        set.rest = rest.or_else(|| set.rest.take());
        set.webhook = webhook.or_else(|| set.webhook.take());
        set.tokens = tokens.or_else(|| set.tokens.take());
        self.any.store(true, Ordering::Release);
    }

    /// Everything goes well again.
    pub(crate) fn clear(&self) {
        *self.lock() = Set::default();
        self.any.store(false, Ordering::Release);
    }

    /// What is left of them.
    pub(crate) fn left(&self) -> Set {
        self.lock().clone()
    }

    /// What a REST call suffers.
    pub(crate) fn rest(&self) -> Option<RestFault> {
        self.next(|set| counted(&mut set.rest, |fault| &mut fault.calls))
    }

    /// What a webhook suffers.
    pub(crate) fn webhook(&self) -> Option<WebhookFault> {
        self.next(|set| counted(&mut set.webhook, |fault| &mut fault.calls))
    }

    /// Whether a client's token is refused, which was issued at this second, if it says so.
    pub(crate) fn token(&self, issued: Option<i64>) -> bool {
        self.next(|set| {
            let fault = set.tokens.as_mut()?;
            if fault.calls > 0 {
                fault.calls -= 1;
                return Some(());
            }
            (issued.unwrap_or(0) <= fault.issued_until).then_some(())
        })
        .is_some()
    }

    fn next<T>(&self, of: impl FnOnce(&mut Set) -> Option<T>) -> Option<T> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        of(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counted<T: Clone>(slot: &mut Option<T>, calls: impl FnOnce(&mut T) -> &mut u32) -> Option<T> {
    let fault = slot.as_mut()?;
    let found = fault.clone();
    let calls = calls(fault);
    if *calls == 0 {
        *slot = None;
        return None;
    }
    *calls -= 1;
    if *calls == 0 {
        *slot = None;
    }
    Some(found)
}
