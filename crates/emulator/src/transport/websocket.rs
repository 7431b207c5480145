//! WebSockets: one message is one packet.
//!
//! The buffers are small, because a service has many idle clients and few busy ones.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sio_net::{Body, empty};
use sio_protocol::engine::decode_binary;
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::error::Refusal;
use super::packet::Packet;
use super::session::{Carrier, End, Next, Session};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// The subprotocols that a request offers, in its order.
pub(super) fn subprotocols(headers: &HeaderMap) -> Vec<String> {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    offered
        .filter_map(|offered| offered.to_str().ok())
        .flat_map(|offered| offered.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The answer that turns a request into a WebSocket, and the WebSocket to come. Of the subprotocols that the request
/// offers, the first is chosen, as the reference implementation does: without one, browsers refuse the connection.
pub(super) fn accept<B>(request: &mut Request<B>) -> Result<(Response<Body>, OnUpgrade), Refusal> {
    let headers = request.headers();
    let is = |name, value: &str| {
        headers.get_all(name).iter().any(|found: &HeaderValue| {
            found.to_str().is_ok_and(|found| {
                found
                    .split(',')
                    .any(|token| token.trim().eq_ignore_ascii_case(value))
            })
        })
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let key = key.ok_or(Refusal::BadRequest)?.as_bytes();
    if !is(header::UPGRADE, "websocket") || !is(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(Refusal::BadRequest);
    }
    let accepted =
        HeaderValue::try_from(derive_accept_key(key)).map_err(|_| Refusal::BadRequest)?;
    let subprotocol = subprotocols(headers).into_iter().next();
    let subprotocol = subprotocol.map(HeaderValue::try_from).transpose();
    let subprotocol = subprotocol.map_err(|_| Refusal::BadRequest)?;
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accepted);
    if let Some(subprotocol) = subprotocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    Ok((response, hyper::upgrade::on(request)))
}

/// Carries a session that was opened on this WebSocket, heartbeat included.
pub(super) async fn carry_new(session: Arc<Session>, upgrade: OnUpgrade) {
    let Some(mut socket) = established(&session, upgrade).await else {
        session.terminate(End::Lost);
        return;
    };
    let end = tokio::select! {
        end = carry(&session, &mut socket) => end,
        () = session.keep_pinging() => End::PingTimeout,
    };
    finish(&session, socket, end).await;
}

/// Probes a WebSocket for a session that polls, and carries the session once the client has moved.
///
/// One that is not the `first`, or comes after the move, has nothing to take over. It is not left to wait.
pub(super) async fn take_over(session: Arc<Session>, upgrade: OnUpgrade, first: bool) {
    let socket = established(&session, upgrade).await;
    let Some(mut socket) = socket else {
        if first {
            session.give_up_upgrade();
        }
        return;
    };
    let probing = async {
        first && session.carrier() == Carrier::Polling && probe(&session, &mut socket).await
    };
    // A session that is closing has something to say yet, and its client may have stopped polling for it.
    let probed = tokio::select! {
        probed = tokio::time::timeout(session.settings.upgrade_timeout, probing) => {
            probed.unwrap_or(false)
        }
        () = session.gone() => false,
    };
    if probed {
        let end = carry(&session, &mut socket).await;
        finish(&session, socket, end).await;
        return;
    }
    if first {
        session.give_up_upgrade();
    }
    let _ = tokio::time::timeout(session.settings.close_timeout, socket.close(None)).await;
}

async fn established(session: &Session, upgrade: OnUpgrade) -> Option<Socket> {
    let limit = Some(session.settings.max_payload);
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(16 * 1024)
        .max_message_size(limit)
        .max_frame_size(limit);
    let io = match upgrade.await {
        Ok(io) => TokioIo::new(io),
        Err(error) => {
            tracing::debug!(session = %session.id(), "no WebSocket came: {error}");
            return None;
        }
    };
    Some(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await)
}

/// `2probe` as often as the client likes, each answered with `3probe`, then `5`: the session moves. The reference
/// implementation takes `5` without a probe, too, and clients for .NET send it so. False when the client does anything
/// else.
async fn probe(session: &Session, socket: &mut Socket) -> bool {
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) if text.as_str() == "2probe" => {
                let probing = session.move_carrier(Carrier::Polling, Carrier::Probing)
                    || session.carrier() == Carrier::Probing;
                if !probing || socket.send(Message::text("3probe")).await.is_err() {
                    return false;
                }
            }
            Message::Text(text) if text.starts_with('5') => {
                return session.move_carrier(Carrier::Probing, Carrier::WebSocket)
                    || session.move_carrier(Carrier::Polling, Carrier::WebSocket);
            }
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return false,
        }
    }
    false
}

/// Moves packets both ways until one side is done, and says why.
async fn carry(session: &Session, socket: &mut Socket) -> End {
    // The first packets may have been queued before the transport listened.
    session.output.notify_one();
    let Some(inbox) = session.inbox() else {
        return part(session, socket).await;
    };
    let (mut room, mut said_goodbye) = (None, false);
    loop {
        // Nothing is read that could not be handed on: a client that emits faster than the function app answers
        // is slowed down by its own network connection.
        if room.is_none() {
            room = inbox.try_reserve().ok();
            session.heartbeat.set_stalled(room.is_none());
        }
        tokio::select! {
            message = socket.next(), if room.is_some() => match received(message) {
                Received::Packet(packet) => if let Some(room) = room.take() { room.send(packet) },
                Received::Pong => session.heartbeat.pong(),
                Received::Goodbye => said_goodbye = true,
                Received::Nothing => {}
                Received::End(End::Lost) if said_goodbye => return End::ClientClosed,
                Received::End(end) => return end,
            },
            reserved = inbox.reserve(), if room.is_none() => match reserved {
                Ok(permit) => {
                    room = Some(permit);
                    session.heartbeat.set_stalled(false);
                }
                Err(_) => return part(session, socket).await,
            },
            () = session.output.notified() => {
                let written = tokio::select! {
                    written = write(session, socket) => written,
                    end = abandoned(session) => return end,
                };
                match written {
                    Ok(None) => {}
                    Ok(Some(end)) => return end,
                    Err(_) => return End::Lost,
                }
            }
        }
    }
}

/// Writes what waits for the client of a session that is closing.
async fn part(session: &Session, socket: &mut Socket) -> End {
    tokio::select! {
        written = write(session, socket) => match written {
            Ok(Some(end)) => end,
            Ok(None) | Err(_) => End::Lost,
        },
        end = abandoned(session) => end,
    }
}

/// What a WebSocket message means.
enum Received {
    Packet(Packet),
    Pong,
    /// `1`, which only announces the close frame: the reference implementation waits for that.
    Goodbye,
    Nothing,
    End(End),
}

fn received(message: Option<Result<Message, Error>>) -> Received {
    match message {
        Some(Ok(Message::Text(text))) => match text.as_bytes().first() {
            // A copy: the message is a slice of the buffer, which may be as large as the longest message before it.
            Some(b'4') => Received::Packet(Packet::text(text.as_str())),
            Some(b'b') => Received::Packet(Packet::Binary(decode_binary(&text[1..]).into())),
            Some(b'3') => Received::Pong,
            Some(b'1') => Received::Goodbye,
            // The reference implementation ignores what only a server says, and a move that is not under way.
            Some(b'0' | b'5' | b'6') => Received::Nothing,
            Some(b'2') => Received::End(End::TransportError),
            _ => Received::End(End::ParseError),
        },
        Some(Ok(Message::Binary(bytes))) => Received::Packet(Packet::Binary(bytes)),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Received::Nothing,
        Some(Ok(Message::Close(frame))) => Received::End(match frame.map(|frame| frame.code) {
            None | Some(CloseCode::Normal | CloseCode::Away | CloseCode::Status) => {
                End::ClientClosed
            }
            Some(_) => End::TransportClosed,
        }),
        Some(Err(error)) => Received::End(failure(&error)),
        None => Received::End(End::Lost),
    }
}

/// What a WebSocket's error means for its session. A closed tab does not say goodbye.
fn failure(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::TooLarge,
        Error::ConnectionClosed
        | Error::Io(_)
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Lost,
        _ => End::TransportError,
    }
}

/// Ready when writing has to stop: at once when the session is gone, after a while when it is closing.
async fn abandoned(session: &Session) -> End {
    let end = session.ended().await;
    let _ = tokio::time::timeout(session.settings.close_timeout, session.gone()).await;
    end
}

/// Writes everything that waits, in as few system calls as the buffer allows. Says when that was the last of it.
async fn write(session: &Session, socket: &mut Socket) -> Result<Option<End>, Error> {
    loop {
        match session.next() {
            Next::Packet(packet) => socket.feed(packet.into_message()).await?,
            Next::Nothing => {
                socket.flush().await?;
                return Ok(None);
            }
            Next::End(end) => {
                socket.flush().await?;
                return Ok(Some(end));
            }
        }
    }
}

/// Says goodbye as far as the client still listens, and ends the session.
async fn finish(session: &Session, mut socket: Socket, end: End) {
    session.terminate(end.clone());
    let goodbye = async {
        match end {
            End::TooLarge => {
                let frame = CloseFrame {
                    code: CloseCode::Size,
                    reason: Utf8Bytes::from_static("message too large"),
                };
                let _ = socket.close(Some(frame)).await;
                // What is still under way would otherwise reset the connection before the client reads why.
                let mut rest = vec![0; 16 * 1024];
                while matches!(socket.get_mut().read(&mut rest).await, Ok(1..)) {}
            }
            End::Lost | End::SlowClient | End::PingTimeout => {}
            _ => {
                // Where the client has sent its close frame, the answer to it is what is written here. There is no `1`
                // before it: the reference implementation says that over polling only, and some clients take it for
                // the last word and never come back.
                let _ = socket.close(None).await;
                // The client's own close frame, so that both sides end in order.
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    };
    let patience = session.settings.close_timeout.min(Duration::from_secs(2));
    let _ = tokio::time::timeout(patience, goodbye).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_does_not_keep_the_buffer_of_its_message() {
        let buffer = bytes::Bytes::from(format!("{}{}", r#"42["a"]"#, "x".repeat(1_000_000)));
        let message = Utf8Bytes::try_from(buffer.slice(..7)).unwrap();
        let Received::Packet(Packet::Text(text)) = received(Some(Ok(Message::Text(message))))
        else {
            panic!("the message is a packet");
        };
        assert_eq!(text.as_str(), r#"42["a"]"#);
        assert!(!buffer.as_ptr_range().contains(&text.as_bytes().as_ptr()));
        // The text was the last to share it.
        assert!(buffer.is_unique());
    }
}
