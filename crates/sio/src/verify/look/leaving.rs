//! The reasons of `disconnected`.

use std::time::Duration;

use anyhow::{Context as _, bail};
use http::Method;
use serde_json::Value;

use crate::verify::bench::{Bench, sent};
use crate::verify::points::Seen;

/// The longest heartbeat that is waited for.
pub(super) const LONGEST_PING: Duration = Duration::from_secs(180);

/// How long the end may take that the client has asked for or caused.
const END: Duration = Duration::from_secs(15);

/// What the `disconnected` webhook of a namespace says.
async fn reason(bench: &Bench, namespace: &str, assumed: &str) -> anyhow::Result<Seen> {
    let event = bench.probe.event(namespace, "disconnected").await?;
    let body: Value = serde_json::from_slice(&event.body).context("its body is not JSON")?;
    let reason = body["reason"].as_str().unwrap_or_default();
    Ok(match reason {
        "" => Seen::new(assumed.is_empty(), "empty"),
        reason => Seen::new(reason == assumed, reason),
    })
}

/// R1.
pub(super) async fn left(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("r1").await?;
    wire.text(format!("41{namespace},")).await;
    reason(bench, &namespace, "").await
}

/// R2.
pub(super) async fn lost(bench: &Bench) -> anyhow::Result<Seen> {
    let (wire, namespace) = bench.joined("r2").await?;
    wire.cut();
    reason(bench, &namespace, "transport close").await
}

/// R3.
pub(super) async fn closed(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("r3").await?;
    let path = format!("/connections/{}?reason=verified", wire.id());
    let status = sent(bench.rest(Method::DELETE, &path)?).await?.status();
    if !status.is_success() {
        bail!("the REST call was answered {status}");
    }
    wire.end(END).await?;
    let assumed = "Application server closed the connection. Reason: verified";
    reason(bench, &namespace, assumed).await
}

/// R4.
pub(super) async fn violation(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("r4").await?;
    // Socket.IO has no packet of this type.
    wire.text("49").await;
    wire.end(END).await?;
    reason(bench, &namespace, "parse error").await
}

/// R5.
pub(super) async fn silent(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("r5").await?;
    let heartbeat = wire
        .handshake
        .ping_interval
        .saturating_add(wire.handshake.ping_timeout);
    let heartbeat = Duration::from_millis(heartbeat);
    if heartbeat > LONGEST_PING {
        bail!("the heartbeat takes {} seconds", heartbeat.as_secs());
    }
    wire.answers_pings = false;
    wire.end(heartbeat + END).await?;
    reason(bench, &namespace, "ping timeout").await
}
