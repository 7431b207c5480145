//! Sending an event and gathering the clients' acknowledgements: `:invoke`.
//!
//! Undocumented. The callers there are send one event without an id and read lines of JSON, each with a member `Payload`,
//! until the answer ends; so the service chooses the id, and ends the answer when everybody has acknowledged, has gone,
//! or took too long.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::json;
use sio_protocol::engine::SEPARATOR;
use sio_protocol::socket::{Kind, Packet};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::query::Query;
use super::reply::Reply;
use super::rules;
use super::send::filter;
use crate::connection::Connection;
use crate::hub::Hub;
use crate::payload::Payload;
use crate::received::Received;
use crate::roster::Audience;
use crate::service::Service;

/// Ids of acknowledgements that begin here are not likely to be a function's own.
const FIRST_ID: u64 = 1_000_000_000;

/// Sends an event to all connections that filter and exclusions leave, and answers with what they acknowledge.
pub(super) async fn invoke(
    service: &Arc<Service>,
    hub: &Arc<Hub>,
    query: &Query,
    request: Request<Received>,
) -> Result<Reply, Reply> {
    rules::sendable(&request)?;
    let filter = filter(service, query.get("filter"), "filter")?;
    let excluded = query.all("excluded");
    let body = rules::body(service, request).await?;
    let text = std::str::from_utf8(&body).unwrap_or_default();
    let id = FIRST_ID + service.invocations.fetch_add(1, Ordering::Relaxed);
    let (namespace, id, text) = with_id(text, id)
        .ok_or_else(|| Reply::bad("body", "The body must be one event for Socket.IO clients."))?;
    let payload = Payload::parse(&text.into(), service.core.settings.message_limit);

    let receivers = hub.select(&Audience::Everybody, filter.as_deref(), &excluded);
    let (sender, answers) = mpsc::channel(receivers.len().max(1));
    let mut waiting = Waiting {
        namespace,
        id,
        connections: Vec::new(),
        answers,
        until: Instant::now() + service.core.settings.invoke_timeout,
    };
    for connection in &receivers {
        if connection.expect_ack(&waiting.namespace, &waiting.id, &sender) {
            waiting.connections.push(Arc::downgrade(connection));
            connection.deliver(&payload);
        }
    }
    // What is left are the senders that the connections hold, one for each acknowledgement that is due.
    drop(sender);
    let lines = stream::unfold(waiting, async |mut waiting| {
        let answer = timeout_at(waiting.until, waiting.answers.recv()).await;
        let packet = answer.ok().flatten()?;
        let line = format!("{}\n", json!({ "Payload": packet.as_str() }));
        let frame = Ok::<_, Infallible>(Frame::data(Bytes::from(line)));
        Some((frame, waiting))
    });
    let body = StreamBody::new(lines)
        .map_err(|never| match never {})
        .boxed_unsync();
    Ok(Reply::stream("application/json; charset=utf-8", body))
}

/// A waiting call. Dropping it makes its connections forget the acknowledgement.
struct Waiting {
    namespace: String,
    id: String,
    connections: Vec<Weak<Connection>>,
    answers: mpsc::Receiver<Utf8Bytes>,
    until: Instant,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        for connection in self.connections.iter().filter_map(Weak::upgrade) {
            connection.forget_ack(&self.namespace, &self.id);
        }
    }
}

/// The namespace, the id and the text of an event that asks for an acknowledgement. `None` if it is not an event.
fn with_id(text: &str, id: u64) -> Option<(String, String, String)> {
    let (header, attachments) = match text.find(SEPARATOR) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let packet = Packet::parse(header.strip_prefix('4')?).ok()?;
    if !matches!(packet.kind, Kind::Event | Kind::BinaryEvent) {
        return None;
    }
    let namespace = packet.namespace.to_owned();
    if let Some(own) = packet.ack_id {
        return Some((namespace, own.to_owned(), text.to_owned()));
    }
    let id = id.to_string();
    let head = &header[..header.len() - packet.data.len()];
    let text = format!("{head}{id}{}{attachments}", packet.data);
    Some((namespace, id, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_gets_an_id_unless_it_has_one() {
        let text =
            |text| with_id(text, 7).map(|(namespace, id, text)| format!("{namespace} {id} {text}"));
        assert_eq!(text("42[\"q\",1]").unwrap(), "/ 7 427[\"q\",1]");
        assert_eq!(text("42/ns,[\"q\"]").unwrap(), "/ns 7 42/ns,7[\"q\"]");
        assert_eq!(text("42/ns,3[\"q\"]").unwrap(), "/ns 3 42/ns,3[\"q\"]");
        assert_eq!(
            text("451-[\"q\",{}]\u{1e}bAQID").unwrap(),
            "/ 7 451-7[\"q\",{}]\u{1e}bAQID"
        );
        for wrong in ["", "42", "1", "41", "431[]", "hello"] {
            assert!(text(wrong).is_none_or(|_| wrong == "42"), "{wrong}");
        }
    }
}
