//! What REST lets a caller do.

use anyhow::bail;
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use serde_json::json;

use crate::verify::bench::{Bench, sent};
use crate::verify::points::Seen;

/// Groups that a connection joins, more than any figure that people suppose.
const GROUPS: usize = 1100;

/// Bytes of a REST body that are allowed.
const BODY: usize = 1024 * 1024;

/// D20.
pub(super) async fn groups(bench: &Bench) -> anyhow::Result<Seen> {
    let wire = bench.wire().await?;
    let groups: Vec<String> = (0..GROUPS)
        .map(|number| bench.name(&format!("group{number}")))
        .collect();
    let change = json!({
        "groups": groups,
        "filter": format!("connectionId eq '{}'", wire.id()),
    });
    let call = bench.rest(Method::POST, "/:addToGroups")?;
    let status = sent(call.json(&change)).await?.status();
    if !status.is_success() {
        return Ok(Seen::new(
            false,
            format!("{GROUPS} groups at once are answered with {status}"),
        ));
    }
    for group in groups.first().into_iter().chain(groups.last()) {
        let call = bench.rest(Method::HEAD, &format!("/groups/{group}"))?;
        match sent(call).await?.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Ok(Seen::new(
                    false,
                    format!("of {GROUPS} groups not all were joined"),
                ));
            }
            status => bail!("a look at a group was answered {status}"),
        }
    }
    Ok(Seen::new(true, format!("{GROUPS} groups were joined")))
}

/// L3.
pub(super) async fn body(bench: &Bench) -> anyhow::Result<Seen> {
    let path = format!("/groups/{}/:send", bench.name("empty"));
    let mut statuses = Vec::new();
    for length in [BODY, BODY + 1] {
        let call = bench.rest(Method::POST, &path)?;
        let call = call.header(CONTENT_TYPE, "text/plain");
        let status = sent(call.body("4".repeat(length))).await?.status();
        statuses.push(status.as_u16());
    }
    Ok(Seen::new(
        statuses == [202, 400],
        format!(
            "{BODY} bytes are answered with {}, one more with {}",
            statuses[0], statuses[1]
        ),
    ))
}
