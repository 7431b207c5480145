//! Pages that reload themselves in the browser: a script in each, and a request that waits for a change.

use std::time::Duration;

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response, Uri};
use sio_net::Body;
use tokio::sync::watch;

use super::plan::RELOAD;
use super::response::with_type;

const SCRIPT: &str = RELOAD[0];

/// How long a request waits before the browser asks again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until the answer is another version than the page was loaded with.
const CODE: &str = r#"const { version } = document.currentScript.dataset;
async function look() {
  try {
    const response = await fetch(`/_sio/reload?seen=${version}`, { cache: "no-store" });
    if (response.ok && (await response.text()) !== version) return location.reload();
    if (!response.ok) await new Promise((resolve) => setTimeout(resolve, 500));
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  look();
}
look();
"#;

/// The tag for a page of this version.
pub(super) fn tag(version: u64) -> String {
    format!("\n<script src=\"{SCRIPT}\" data-version=\"{version}\"></script>\n")
}

/// The answer to a request for the script, or of it.
pub(super) async fn answer(uri: &Uri, version: &watch::Receiver<u64>) -> Response<Body> {
    let mut response = if uri.path() == SCRIPT {
        with_type("text/javascript; charset=utf-8", sio_net::full(CODE))
    } else {
        let query = uri.query().unwrap_or_default();
        let seen: Option<u64> = query
            .strip_prefix("seen=")
            .and_then(|seen| seen.parse().ok());
        let mut version = version.clone();
        let changed = version.wait_for(|version| Some(*version) != seen);
        // In time or not, the answer is the version of now.
        let _ = tokio::time::timeout(PATIENCE, changed).await;
        let now = version.borrow().to_string();
        with_type("text/plain; charset=utf-8", sio_net::full(now))
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
