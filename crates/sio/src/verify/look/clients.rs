//! What a client sees before it emits anything: handshake, ids, tokens, CORS.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN as ORIGIN_HEADER,
};
use http::{HeaderMap, StatusCode};
use reqwest::Method;
use sio_protocol::cloud_events::header as ce;

use crate::client::ClientError;
use crate::client::upgrade::{self, Wish};
use crate::verify::bench::{Bench, ORIGIN, sent};
use crate::verify::points::Seen;

/// D1.
pub(super) async fn sizes(bench: &Bench) -> anyhow::Result<Seen> {
    let handshake = bench.polling().await?.handshake;
    let found = (
        handshake.ping_interval,
        handshake.ping_timeout,
        handshake.max_payload,
    );
    let (interval, timeout, most) = found;
    Ok(Seen::new(
        found == (25_000, 20_000, 1_000_000),
        format!("a ping every {interval} ms, {timeout} ms to answer it, {most} bytes"),
    ))
}

fn is_url_safe(text: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.bytes().all(is_safe)
}

/// D2.
pub(super) async fn connection_id(bench: &Bench) -> anyhow::Result<Seen> {
    let (wire, namespace) = bench.joined("d2").await?;
    let connect = bench.probe.event(&namespace, "connect").await?;
    let id = wire.id();
    let named = connect.header(ce::CONNECTION_ID);
    let path = format!("/connections/{id}");
    let status = sent(bench.rest(Method::HEAD, &path)?).await?.status();
    let length = id.len();
    let shape = is_url_safe(id) && (16..=32).contains(&length);
    let same = match named == id {
        true => "the same in the webhook",
        false => "another in the webhook",
    };
    Ok(Seen::new(
        shape && named == id && status == StatusCode::OK,
        format!("{length} characters, {same}; REST answers {status}"),
    ))
}

/// D3.
pub(super) async fn socket_id(bench: &Bench) -> anyhow::Result<Seen> {
    let mut wire = bench.wire().await?;
    let first = wire.joined(&bench.namespace("d3")).await?;
    let second = wire.joined(&bench.namespace("d3b")).await?;
    let shape = |id: &str| is_url_safe(id) && id.len() == 20;
    let same = match first == second {
        true => "one",
        false => "different ones",
    };
    Ok(Seen::new(
        shape(&first) && shape(&second) && first != second,
        format!(
            "{} characters; {same} for two namespaces",
            first.chars().count()
        ),
    ))
}

/// D9.
pub(super) async fn refusals(bench: &Bench) -> anyhow::Result<Seen> {
    let query = [("transport", "polling")];
    let unauthorized = bench.client_path(Method::GET, &bench.hubs.all, &query)?;
    let missing = bench.request(Method::GET, "/socket.io/?EIO=4&transport=polling");
    let mut said = Vec::new();
    let mut empty = true;
    for request in [unauthorized, missing] {
        let response = sent(request).await?;
        let status = response.status();
        let body = response.text().await.unwrap_or_default();
        empty &= body.is_empty();
        said.push(match body.is_empty() {
            true => format!("{} is empty", status.as_u16()),
            false => {
                let excerpt: String = body.chars().take(120).collect();
                format!("{} says {excerpt:?}", status.as_u16())
            }
        });
    }
    Ok(Seen::new(empty, said.join(", ")))
}

/// D10.
pub(super) async fn token_check(bench: &Bench) -> anyhow::Result<Seen> {
    let sid = bench.polling().await?.handshake.sid;
    let query = [("transport", "polling"), ("sid", sid.as_str())];
    let post = bench.client_path(Method::POST, &bench.hubs.all, &query)?;
    let bare = sent(post.body(format!("40{},", bench.namespace("d10")))).await?;
    let bare = bare.status();
    let mut negotiation = bench.negotiation(&bench.hubs.all, serde_json::Value::Null)?;
    // A signature of another key.
    negotiation.token.push('A');
    let wish = Wish {
        session: Some(&sid),
        ..Wish::default()
    };
    let upgraded = match upgrade::open(&negotiation, wish).await {
        Ok(_) => "accepted".to_owned(),
        Err(ClientError::Refused { status, .. }) => status.as_u16().to_string(),
        Err(error) => return Err(error.into()),
    };
    Ok(Seen::new(
        bare.is_success() && upgraded == "401",
        format!(
            "a request of an open session without a token: {}; an upgrade with a wrong token: {upgraded}",
            bare.as_u16()
        ),
    ))
}

/// What CORS headers say.
fn allowed(headers: &HeaderMap) -> String {
    let get = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (
        get(ACCESS_CONTROL_ALLOW_ORIGIN),
        get(ACCESS_CONTROL_ALLOW_CREDENTIALS),
    ) {
        (Some(ORIGIN), Some("true")) => "the origin with credentials".to_owned(),
        (Some(ORIGIN), _) => "the origin without credentials".to_owned(),
        (Some(origin), Some("true")) => format!("{origin} with credentials"),
        (Some(origin), _) => format!("{origin} without credentials"),
        (None, _) => "no origin".to_owned(),
    }
}

/// D11.
pub(super) async fn cors(bench: &Bench) -> anyhow::Result<Seen> {
    let answer = allowed(&bench.polling().await?.headers);
    let query = [("transport", "polling")];
    let preflight = bench.client_path(Method::OPTIONS, &bench.hubs.all, &query)?;
    let preflight = preflight
        .header(ORIGIN_HEADER, ORIGIN)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let response = sent(preflight).await?;
    let asked = allowed(response.headers());
    let reflected = "the origin with credentials";
    Ok(Seen::new(
        answer == reflected && asked == reflected,
        format!("the answer allows {answer}, a preflight allows {asked}"),
    ))
}
