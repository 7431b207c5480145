//! How long the service waits for a webhook, and how often it tries.

use std::time::{Duration, Instant};

use crate::verify::bench::Bench;
use crate::verify::points::Seen;

/// Retries that are assumed.
const RETRIES: usize = 3;

/// Time beyond the assumed one that is waited for.
const MORE: Duration = Duration::from_secs(20);

/// What a network and a busy machine add to a measured time.
const SLACK: Duration = Duration::from_secs(2);

/// How long the look at D17 may take.
pub(super) fn longest(bench: &Bench) -> Duration {
    bench.assumed.event * 2 + MORE * 2
}

/// D17. An event of a connection waits for the one before it, so it is served when the service has given up that one.
pub(super) async fn event(bench: &Bench) -> anyhow::Result<Seen> {
    let assumed = bench.assumed.event;
    let (mut wire, namespace) = bench.joined("d17").await?;
    wire.text(format!("42{namespace},[\"slow\"]")).await;
    let slow = bench.probe.event(&namespace, "slow").await?;
    let next = wire.is_served(&namespace, "after", assumed * 2 + MORE);
    if next.await.is_err() {
        let waited = (assumed * 2 + MORE).as_secs();
        return Ok(Seen::new(false, format!("more than {waited} s")));
    }
    // The end of a connection is the end of the time, too.
    let took = Instant::now().duration_since(slow.at);
    let fits = took >= assumed.mul_f64(0.9) && took <= assumed.mul_f64(1.1) + SLACK;
    Ok(Seen::new(fits, format!("{:.1} s", took.as_secs_f64())))
}

/// W3.
pub(super) async fn retries(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("w3").await?;
    wire.text(format!("42{namespace},[\"again\"]")).await;
    let time = bench.assumed.event + MORE;
    wire.is_served(&namespace, "after", time).await?;
    let tries = bench.probe.all(|request| request.is(&namespace, "again"));
    let pauses = tries.windows(2).map(|pair| {
        let pause = pair[1].at.duration_since(pair[0].at);
        format!("{:.1} s", pause.as_secs_f64())
    });
    let pauses: Vec<String> = pauses.collect();
    let count = tries.len().saturating_sub(1);
    let what = match pauses.as_slice() {
        [] => "no retry".to_owned(),
        pauses => format!("{count}, after {}", pauses.join(", ")),
    };
    Ok(Seen::new(count == RETRIES, what))
}
