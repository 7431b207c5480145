//! What happens when a client joins a namespace, and what the webhooks of it have.

use anyhow::{Context as _, bail};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sio_protocol::cloud_events::header as ce;

use crate::client::upgrade::Wish;
use crate::verify::bench::{Bench, sent};
use crate::verify::points::Seen;
use crate::verify::wire::{Joining, Wire};

/// The `connect` body of a namespace.
async fn connect_body(bench: &Bench, namespace: &str) -> anyhow::Result<Value> {
    let connect = bench.probe.event(namespace, "connect").await?;
    serde_json::from_slice(&connect.body).context("the connect body is not JSON")
}

/// D4.
pub(super) async fn rejection(bench: &Bench) -> anyhow::Result<Seen> {
    let mut wire = bench.wire().await?;
    let mut said = Vec::new();
    let mut fits = true;
    for (word, assumed) in [
        ("refusetext", json!({"message": "no entry"})),
        (
            "refusejson",
            json!({"message": "no entry", "data": {"code": 7}}),
        ),
        (
            "refusebare",
            json!({"message": "Connection rejected with status 403"}),
        ),
    ] {
        match wire.join(&bench.namespace(word), None).await? {
            Joining::Refused(payload) => {
                fits &= payload == assumed;
                said.push(payload.to_string());
            }
            Joining::Joined(_) => {
                fits = false;
                said.push("the client joined".to_owned());
            }
        }
    }
    let [text, json, bare] = said.as_slice() else {
        bail!("a rejection is missing");
    };
    Ok(Seen::new(
        fits,
        format!("for a text {text}, for JSON {json}, without a body {bare}"),
    ))
}

/// D5.
pub(super) async fn auth(bench: &Bench) -> anyhow::Result<Seen> {
    let namespace = bench.namespace("d5");
    let secret = bench.name("marker");
    let mut wire = bench.wire().await?;
    wire.join(&namespace, Some(&json!({ "word": secret })))
        .await?;
    let connect = bench.probe.event(&namespace, "connect").await?;
    let headers = connect.headers.iter();
    let header = headers
        .filter(|(_, value)| String::from_utf8_lossy(value.as_bytes()).contains(&secret))
        .map(|(name, _)| name.as_str())
        .next();
    Ok(if let Some(name) = header {
        Seen::new(false, format!("it comes in the header {name}"))
    } else if connect.text().contains(&secret) {
        let body: Value = serde_json::from_slice(&connect.body).unwrap_or_default();
        let members = body.as_object().into_iter().flatten();
        let mut members = members.filter(|(_, value)| value.to_string().contains(&secret));
        let member = members.next().map_or("?", |(name, _)| name.as_str());
        Seen::new(false, format!("it comes as {member} of the connect body"))
    } else {
        Seen::new(true, "not in the connect webhook")
    })
}

/// D8.
pub(super) async fn without_handler(bench: &Bench) -> anyhow::Result<Seen> {
    let namespace = bench.namespace("d8");
    let mut wire = bench.wire_to(&bench.hubs.open).await?;
    let joining = wire.join(&namespace, None).await?;
    let asked = bench.probe.all(|request| request.is(&namespace, "connect"));
    if !asked.is_empty() {
        bail!("the handler of hub {} takes connect", bench.hubs.open);
    }
    Ok(match joining {
        Joining::Joined(_) => Seen::new(true, "accepted"),
        Joining::Refused(payload) => Seen::new(false, format!("refused with {payload}")),
    })
}

/// D12.
pub(super) async fn answer(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("naming").await?;
    let served = wire
        .is_served(&namespace, "after", bench.patience())
        .await?;
    if !served {
        bail!("the connection ended");
    }
    let user = bench.probe.event(&namespace, "after").await?;
    let user = user.header(ce::USER_ID);
    let path = format!("/users/{}", bench.name("naming"));
    let status = sent(bench.rest(Method::HEAD, &path)?).await?.status();
    let ignored = user.is_empty() && status == StatusCode::NOT_FOUND;
    let named = match user.is_empty() {
        true => "later events name no user".to_owned(),
        false => format!("later events name the user {user}"),
    };
    Ok(Seen::new(
        ignored,
        format!("{named}; REST answers {status}"),
    ))
}

/// D13.
pub(super) async fn claims(bench: &Bench) -> anyhow::Result<Seen> {
    let namespace = bench.namespace("d13");
    let claims = json!({"sub": bench.name("user"), "role": ["webpubsub.joinLeaveGroup"]});
    let negotiation = bench.negotiation(&bench.hubs.all, claims)?;
    let mut wire = Wire::open(&negotiation, Wish::default()).await?;
    wire.joined(&namespace).await?;
    let body = connect_body(bench, &namespace).await?;
    let claims = body["claims"].as_object();
    let claims = claims.context("the connect body has no claims")?;
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    let own = names.contains(&"sub") && names.contains(&"role");
    Ok(Seen::new(own, names.join(", ")))
}

/// W1.
pub(super) async fn trace_parent(bench: &Bench) -> anyhow::Result<Seen> {
    let (mut wire, namespace) = bench.joined("w1").await?;
    wire.is_served(&namespace, "traced", bench.patience())
        .await?;
    let mut with = Vec::new();
    for event in ["connect", "traced"] {
        let event_seen = bench.probe.event(&namespace, event).await?;
        if !event_seen.header(sio_trace::id::HEADER).is_empty() {
            with.push(event);
        }
    }
    Ok(match with.as_slice() {
        [] => Seen::new(true, "missing on connect and on a user event"),
        [_, _] => Seen::new(false, "on connect and on a user event"),
        [event, ..] => Seen::new(false, format!("on {event} alone")),
    })
}

/// W2.
pub(super) async fn subprotocols(bench: &Bench) -> anyhow::Result<Seen> {
    let namespace = bench.namespace("w2");
    let negotiation = bench.negotiation(&bench.hubs.all, Value::Null)?;
    let wish = Wish {
        subprotocol: Some("sioverify.v1"),
        ..Wish::default()
    };
    let mut wire = Wire::open(&negotiation, wish).await?;
    wire.joined(&namespace).await?;
    let body = connect_body(bench, &namespace).await?;
    Ok(match body.get("subprotocols") {
        None => Seen::new(false, "missing"),
        Some(found) => Seen::new(*found == json!(["sioverify.v1"]), found.to_string()),
    })
}

/// W4.
pub(super) async fn origin(bench: &Bench) -> anyhow::Result<Seen> {
    let (_wire, namespace) = bench.joined("w4").await?;
    let connect = bench.probe.event(&namespace, "connect").await?;
    let named = connect.header(ce::REQUEST_ORIGIN);
    let validations = bench.probe.all(|request| request.method == Method::OPTIONS);
    let host = bench.host();
    let valid = validations.iter().any(|request| {
        request
            .header(ce::REQUEST_ORIGIN)
            .eq_ignore_ascii_case(host)
    });
    let shown = match named.is_empty() {
        true => "no origin",
        false => named.as_str(),
    };
    let validated = match (validations.is_empty(), valid) {
        (true, _) => "no validation came",
        (false, true) => "a validation named the host",
        (false, false) => "validations named another origin",
    };
    Ok(Seen::new(
        valid && named.eq_ignore_ascii_case(host),
        format!("{validated}; events name {shown}"),
    ))
}
