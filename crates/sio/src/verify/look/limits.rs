//! How long what a client sends may be. The handshake names the limit; these look whether it holds.

use std::time::Duration;

use anyhow::{Context as _, bail};
use http::{Method, StatusCode};

use crate::verify::bench::{Bench, sent};
use crate::verify::points::Seen;

/// How long a service may take to refuse what is too long.
const END: Duration = Duration::from_secs(30);

/// The most that is sent: a service that announces more is asked for less than it allows.
const MOST: u64 = 3_000_000;

fn bytes(announced: u64) -> anyhow::Result<usize> {
    if announced > MOST {
        bail!("the handshake announces {announced} bytes, more than is sent here");
    }
    usize::try_from(announced).context("the limit is not a size")
}

/// L1.
pub(super) async fn message(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("l1").await?;
    let most = bytes(wire.handshake.max_payload)?;
    let frame = |length: usize| {
        let head = format!("42{namespace},[\"large\",\"");
        let filling = "x".repeat(length.saturating_sub(head.len() + 2));
        format!("{head}{filling}\"]")
    };
    wire.text(frame(most)).await;
    let served = wire
        .is_served(&namespace, "after", bench.patience())
        .await?;
    if !served {
        return Ok(Seen::new(
            false,
            format!("a message of {most} bytes closes the connection"),
        ));
    }
    wire.text(frame(most + 1)).await;
    Ok(match wire.end(END).await {
        Ok(Some(1009)) => Seen::new(true, format!("{most} bytes; one more closes with 1009")),
        Ok(Some(code)) => Seen::new(false, format!("one more than {most} closes with {code}")),
        // A service that stops reading resets the connection, and the code is lost with it.
        Ok(None) => Seen::new(
            true,
            format!("{most} bytes; one more closes the connection"),
        ),
        Err(_) => Seen::new(false, format!("more than {most} bytes are taken")),
    })
}

/// L2.
pub(super) async fn polling(bench: &Bench) -> anyhow::Result<Seen> {
    let session = bench.polling().await?;
    let most = bytes(session.handshake.max_payload)?;
    let query = [
        ("transport", "polling"),
        ("sid", session.handshake.sid.as_str()),
        ("access_token", session.token.as_str()),
    ];
    let post = bench.client_path(Method::POST, &bench.hubs.all, &query)?;
    let status = sent(post.body("4".repeat(most + 1))).await?.status();
    Ok(Seen::new(
        status == StatusCode::PAYLOAD_TOO_LARGE,
        format!("{} bytes are answered with {}", most + 1, status.as_u16()),
    ))
}
