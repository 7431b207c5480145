//! HTTP long-polling: GET takes packets away, POST brings them.
//!
//! Source: the public Engine.IO protocol, revision 4; docs/contracts/service.md, "Engine.IO session".

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use sio_net::{Body, BoxError, LimitError, empty, full};
use sio_protocol::engine::{SEPARATOR, decode_binary};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::error::Refusal;
use super::packet::Packet;
use super::session::{Carrier, End, Phase, Session, State};

/// How long a poll waits for a move to a WebSocket that is under way. The two arrive on different connections, so the
/// client may have sent its last word on the other first. The reference implementation looks ten times a second, too.
const MOVING: Duration = Duration::from_millis(100);

/// A GET: waits for packets and answers with all of them.
pub(super) async fn poll(session: &Arc<Session>) -> Result<Response<Body>, Refusal> {
    let _ = tokio::time::timeout(MOVING, session.settled()).await;
    let waiting = Waiting::begin(session)?;
    let mut first = true;
    let body = loop {
        let notified = session.output.notified();
        if let Some(body) = poll_answer(session, first) {
            break body;
        }
        first = false;
        notified.await;
    };
    waiting.end();
    Ok(match body {
        Some(body) => text("text/plain; charset=UTF-8", body),
        None => cut_off(),
    })
}

/// What a poll answers now; `None` while there is nothing, and `Some(None)` for a client that is cut off without a word.
/// `first` tells a poll that has just come from one that waited.
fn poll_answer(session: &Session, first: bool) -> Option<Option<String>> {
    let mut state = session.lock();
    let body = match (&state.phase, state.carrier) {
        (Phase::Ended(End::ClientClosed), _) | (Phase::Open, Carrier::WebSocket) => "6".to_owned(),
        (Phase::Ended(End::Lost), _) => {
            state.polling = false;
            return Some(None);
        }
        (Phase::Ended(_), _) => "1".to_owned(),
        // Goodbye comes in a body of its own: a client that read both at once would take a last disconnect packet for
        // a lost connection, and come back.
        (Phase::Open | Phase::Closing(_), _) if !state.queue.is_empty() => drain(&mut state),
        (Phase::Closing(end), _) => {
            let end = end.clone();
            session.set_ended(&mut state, end);
            // The reference implementation empties its queue with a noop before it can say goodbye.
            if first { "6\u{1e}1" } else { "1" }.to_owned()
        }
        (Phase::Open, Carrier::Probing) => "6".to_owned(),
        (Phase::Open, Carrier::Polling) => return None,
    };
    state.polling = false;
    Some(Some(body))
}

fn drain(state: &mut State) -> String {
    let mut body = String::new();
    for packet in state.drain() {
        packet.append_to(&mut body);
    }
    body
}

/// A poll that waits. Dropped before its end, it was the client who hung up.
struct Waiting<'a>(&'a Session);

impl<'a> Waiting<'a> {
    fn begin(session: &'a Session) -> Result<Self, Refusal> {
        if session.heartbeat.is_overdue() {
            session.terminate(End::PingTimeout);
        }
        let mut state = session.lock();
        if matches!(state.phase, Phase::Ended(_)) {
            if !std::mem::take(&mut state.farewell) {
                return Err(Refusal::UnknownSession);
            }
            session.forget();
        }
        if state.carrier == Carrier::WebSocket {
            return Err(Refusal::BadRequest);
        }
        if state.polling {
            drop(state);
            session.close(End::TransportError);
            return Err(Refusal::BadRequest);
        }
        state.polling = true;
        Ok(Self(session))
    }

    fn end(self) {
        std::mem::forget(self);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.terminate(End::Lost);
    }
}

/// A POST: takes its packets in, one after the other.
pub(super) async fn post<B>(session: &Arc<Session>, body: B) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    if session.carrier() == Carrier::WebSocket {
        return Err(Refusal::BadRequest);
    }
    if session.owes_farewell() {
        return Err(Refusal::UnknownSession);
    }
    let posting = Posting::begin(session)?;
    let settings = &session.settings;
    let body = sio_net::limited_within(body, settings.max_payload, settings.body_timeout);
    let body = tokio::select! {
        body = body => body,
        // The session has ended, so the rest of the packets is not awaited.
        _ = session.ended() => {
            posting.end();
            return Err(Refusal::UnknownSession);
        }
    };
    match body {
        Ok(body) => {
            receive(session, body).await;
            posting.end();
            Ok(text("text/html", "ok".to_owned()))
        }
        Err(LimitError::TooLong(_)) => {
            posting.end();
            session.terminate(End::TooLarge);
            let mut response = Response::new(empty());
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            Ok(response)
        }
        Err(_) => {
            posting.end();
            session.terminate(End::Lost);
            Err(Refusal::BadRequest)
        }
    }
}

/// Takes packets in up to one that ends the session. The sender hears of that from its next request.
async fn receive(session: &Session, body: Bytes) {
    let body = Utf8Bytes::try_from(body.clone())
        .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
    for packet in body.split(SEPARATOR) {
        match packet.as_bytes().first() {
            Some(b'4') => deliver(session, Packet::within(&body, packet)).await,
            Some(b'b') => {
                let bytes = decode_binary(&packet[1..]);
                deliver(session, Packet::Binary(bytes.into())).await;
            }
            Some(b'3') => session.heartbeat.pong(),
            // The reference implementation ignores what only a server says, and a move that is not under way.
            Some(b'0' | b'5' | b'6') => {}
            // What stands behind a goodbye is not read.
            Some(b'1') => return session.terminate(End::ClientClosed),
            Some(b'2') => return session.terminate(End::TransportError),
            _ => return session.terminate(End::ParseError),
        }
    }
}

async fn deliver(session: &Session, packet: Packet) {
    if let Some(inbox) = session.inbox() {
        let _stalled = Stalled::begin(session);
        // A closed inbox is a session that has just ended; its packets are dropped.
        tokio::select! {
            _ = inbox.send(packet) => {}
            _ = session.ended() => {}
        }
    }
}

/// A time in which the client's silence proves nothing. It ends with the request, even one that is broken off.
struct Stalled<'a>(&'a Session);

impl<'a> Stalled<'a> {
    fn begin(session: &'a Session) -> Self {
        session.heartbeat.set_stalled(true);
        Self(session)
    }
}

impl Drop for Stalled<'_> {
    fn drop(&mut self) {
        self.0.heartbeat.set_stalled(false);
    }
}

/// A body that is being taken in. Two at once would have no order. Dropped before its end, it was the client who hung
/// up: some of its packets are lost, so the session is too.
struct Posting<'a>(&'a Session);

impl<'a> Posting<'a> {
    fn begin(session: &'a Session) -> Result<Self, Refusal> {
        if session.posting.swap(true, Ordering::AcqRel) {
            session.terminate(End::TransportError);
            return Err(Refusal::BadRequest);
        }
        Ok(Self(session))
    }

    fn end(self) {
        self.0.posting.store(false, Ordering::Release);
        std::mem::forget(self);
    }
}

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        self.0.posting.store(false, Ordering::Release);
        self.0.terminate(End::Lost);
    }
}

/// An answer that breaks off before its first byte.
fn cut_off() -> Response<Body> {
    let end = stream::iter([Err::<Frame<Bytes>, BoxError>("cut off on demand".into())]);
    Response::new(StreamBody::new(end).boxed_unsync())
}

pub(super) fn text(kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(full(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    response
}
