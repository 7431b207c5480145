//! `sio emulator --health URL`: whether an emulator answers, as the exit code.
//!
//! For a container image without a shell or curl: the image's own program is its health check.

use std::time::Duration;

use anyhow::{Context as _, bail};
use sio_protocol::connection_string::Endpoint;

/// How long the answer may take: less than a container engine waits for the check by default.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the emulator at a URL for its health. Fails unless it answers with success.
pub(crate) async fn check(url: &Endpoint) -> anyhow::Result<()> {
    let mut builder = reqwest::Client::builder().timeout(TIMEOUT).no_proxy();
    if !url.to_string().starts_with("https://") {
        // An image that holds nothing but this program has no certificates to read.
        builder = builder.tls_certs_only([]);
    }
    let http = builder.build().context("cannot create an HTTP client")?;
    let answer = http
        .get(format!("{url}/api/health"))
        .send()
        .await
        .map_err(reqwest::Error::without_url)
        .with_context(|| {
            format!("no healthy emulator at {url}\nhint: does it run, and on this port? sio emulator says on its first line where it listens")
        })?;
    if !answer.status().is_success() {
        bail!(
            "no healthy emulator at {url}: it answers {}\nhint: another program may have this port",
            answer.status()
        );
    }
    Ok(())
}
