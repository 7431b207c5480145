//! One look at each point: what is done, and what shows. A topic a file.

mod clients;
mod events;
mod joining;
mod leaving;
mod limits;
mod patience;
mod rest;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::bench::Bench;
use super::points::Seen;

/// A look under way.
type Looking<'a> = BoxFuture<'a, anyhow::Result<Seen>>;

/// How long a look may take.
const USUAL: Duration = Duration::from_secs(90);

/// A look at one point.
pub(super) struct Look<'a> {
    /// Whether it sees nothing unless webhooks arrive.
    pub(super) needs_webhooks: bool,
    /// How long it may take.
    pub(super) limit: Duration,
    /// The look itself.
    pub(super) looking: Looking<'a>,
}

/// The look at a point; nothing if the point is unknown.
pub(super) fn at<'a>(id: &str, bench: &'a Bench) -> Option<Look<'a>> {
    let without: Option<Looking<'a>> = match id {
        "D1" => Some(Box::pin(clients::sizes(bench))),
        "D3" => Some(Box::pin(clients::socket_id(bench))),
        "D8" => Some(Box::pin(joining::without_handler(bench))),
        "D9" => Some(Box::pin(clients::refusals(bench))),
        "D10" => Some(Box::pin(clients::token_check(bench))),
        "D11" => Some(Box::pin(clients::cors(bench))),
        "D20" => Some(Box::pin(rest::groups(bench))),
        "L2" => Some(Box::pin(limits::polling(bench))),
        "L3" => Some(Box::pin(rest::body(bench))),
        _ => None,
    };
    if let Some(looking) = without {
        return Some(Look {
            needs_webhooks: false,
            limit: USUAL,
            looking,
        });
    }
    let mut limit = USUAL;
    let looking: Looking<'a> = match id {
        "D2" => Box::pin(clients::connection_id(bench)),
        "D4" => Box::pin(joining::rejection(bench)),
        "D5" => Box::pin(joining::auth(bench)),
        "D6" => Box::pin(events::failed(bench)),
        "D7" => Box::pin(events::unmatched(bench)),
        "D12" => Box::pin(joining::answer(bench)),
        "D13" => Box::pin(joining::claims(bench)),
        "D14" => Box::pin(events::ids(bench)),
        "D15" => Box::pin(events::kind(bench)),
        "D16" => Box::pin(events::beyond_ascii(bench)),
        "D17" => {
            limit = patience::longest(bench);
            Box::pin(patience::event(bench))
        }
        "D18" => Box::pin(events::binary(bench)),
        "D19" => Box::pin(events::stray_ack(bench)),
        "L1" => Box::pin(limits::message(bench)),
        "R1" => Box::pin(leaving::left(bench)),
        "R2" => Box::pin(leaving::lost(bench)),
        "R3" => Box::pin(leaving::closed(bench)),
        "R4" => Box::pin(leaving::violation(bench)),
        "R5" => {
            limit = leaving::LONGEST_PING + USUAL;
            Box::pin(leaving::silent(bench))
        }
        "W1" => Box::pin(joining::trace_parent(bench)),
        "W2" => Box::pin(joining::subprotocols(bench)),
        "W3" => Box::pin(patience::retries(bench)),
        "W4" => Box::pin(joining::origin(bench)),
        _ => return None,
    };
    Some(Look {
        needs_webhooks: true,
        limit,
        looking,
    })
}
