//! What happens to a client's events, and what their webhooks have.

use anyhow::bail;
use sio_protocol::cloud_events::{USER_PREFIX, header as ce};

use crate::verify::bench::Bench;
use crate::verify::points::Seen;

/// An event name that is not ASCII.
const BEYOND_ASCII: &str = "grüße";

/// Whether a connection was still there after something.
fn stays(is_served: bool) -> Seen {
    match is_served {
        true => Seen::new(true, "the connection stays"),
        false => Seen::new(false, "the connection is closed"),
    }
}

/// What it means that an event does not arrive: it was dropped alone, or with its connection.
fn absent(is_served: bool) -> Seen {
    let what = match is_served {
        true => "the event does not arrive",
        false => "the connection is closed",
    };
    Seen::new(false, what)
}

/// D6.
pub(super) async fn failed(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("d6").await?;
    wire.text(format!("42{namespace},[\"fail\"]")).await;
    let served = wire
        .is_served(&namespace, "after", bench.patience())
        .await?;
    bench.probe.event(&namespace, "fail").await?;
    Ok(stays(served))
}

/// D7.
pub(super) async fn unmatched(bench: &Bench) -> anyhow::Result<Seen> {
    let namespace = bench.namespace("d7");
    let few = &bench.hubs.few;
    let mut wire = bench.wire_to(few).await?;
    wire.joined(&namespace).await?;
    bench.probe.event(&namespace, "connect").await?;
    wire.text(format!("42{namespace},[\"untaken\"]")).await;
    let served = wire
        .is_served(&namespace, "taken", bench.patience())
        .await?;
    let untaken = bench.probe.all(|request| request.is(&namespace, "untaken"));
    if !untaken.is_empty() {
        bail!("the handler of hub {few} takes every event");
    }
    Ok(stays(served))
}

/// D14.
pub(super) async fn ids(bench: &Bench) -> anyhow::Result<Seen> {
    let first = bench.namespace("d14");
    let second = bench.namespace("d14b");
    let mut wire = bench.wire().await?;
    for namespace in [&first, &second] {
        wire.joined(namespace).await?;
        bench.probe.event(namespace, "connected").await?;
    }
    let served = wire.is_served(&second, "last", bench.patience()).await?;
    if !served {
        bail!("the connection ended");
    }
    let mut events = bench.probe.all(|request| {
        let namespace = request.header(ce::NAMESPACE);
        namespace == first || namespace == second
    });
    events.sort_by_key(|event| event.at);
    let ids: Vec<String> = events.iter().map(|event| event.header(ce::ID)).collect();
    let mut sorted: Vec<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    // `connected` waits for nothing, so it may come later than what follows it.
    sorted.sort_unstable();
    let counts = sorted == [0, 1, 2, 3, 4];
    Ok(Seen::new(
        counts,
        format!("{} in two namespaces", ids.join(", ")),
    ))
}

/// D15.
pub(super) async fn kind(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("d15").await?;
    wire.is_served(&namespace, "named", bench.patience())
        .await?;
    let kind = bench.probe.event(&namespace, "named").await?;
    let kind = kind.header(ce::TYPE);
    Ok(Seen::new(kind == format!("{USER_PREFIX}named"), kind))
}

/// D16.
pub(super) async fn beyond_ascii(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("d16").await?;
    wire.text(format!("42{namespace},[\"{BEYOND_ASCII}\"]"))
        .await;
    let served = wire
        .is_served(&namespace, "after", bench.patience())
        .await?;
    let events = bench.probe.all(|request| {
        request.header(ce::NAMESPACE) == namespace && request.text().contains(BEYOND_ASCII)
    });
    let Some(event) = events.first() else {
        return Ok(absent(served));
    };
    let name = event.headers.get(ce::EVENT_NAME);
    let name = name.map(http::HeaderValue::as_bytes).unwrap_or_default();
    Ok(Seen::new(
        name == BEYOND_ASCII.as_bytes(),
        format!("ce-eventName has the bytes {}", name.escape_ascii()),
    ))
}

/// D18.
pub(super) async fn binary(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("d18").await?;
    let header = format!("451-{namespace},[\"bytes\",{{\"_placeholder\":true,\"num\":0}}]");
    wire.text(header.clone()).await;
    wire.binary(&[1, 2, 3]).await;
    let served = wire
        .is_served(&namespace, "after", bench.patience())
        .await?;
    let events = bench.probe.all(|request| {
        let event = request.header(ce::EVENT_NAME);
        request.header(ce::NAMESPACE) == namespace
            && !["connect", "connected", "disconnected", "after"].contains(&event.as_str())
    });
    let Some(event) = events.first() else {
        return Ok(absent(served));
    };
    let kind = event.header("content-type");
    let payload = format!("{header}\u{1e}bAQID");
    let excerpt: String = event.text().chars().take(200).collect();
    Ok(Seen::new(
        kind.starts_with("text/plain") && event.body == payload.as_bytes(),
        format!("{kind}, {excerpt:?}"),
    ))
}

/// D19.
pub(super) async fn stray_ack(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("d19").await?;
    wire.text(format!("43{namespace},7[\"unasked\"]")).await;
    let served = wire
        .is_served(&namespace, "after", bench.patience())
        .await?;
    let told = bench
        .probe
        .all(|request| request.text().contains("unasked"));
    Ok(match told.first() {
        Some(webhook) => {
            let event = webhook.header(ce::EVENT_NAME);
            Seen::new(false, format!("it comes as a webhook, {event:?}"))
        }
        None => stays(served),
    })
}
