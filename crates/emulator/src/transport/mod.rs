//! Engine.IO v4 on hyper and tokio-tungstenite: sessions, long-polling, WebSockets and the move between them.
//!
//! The transport knows nothing of Socket.IO. [`Engine::serve`] answers a request; when the request opens a session,
//! the caller gets the [`Session`] and the packets that its client sends.
//!
//! | file | what |
//! |---|---|
//! | `session.rs` | what waits for a client, which transport carries it, how it ends |
//! | `heartbeat.rs` | pings at their times, and the end of a client that does not answer |
//! | `polling.rs` | GET and POST |
//! | `websocket.rs` | WebSockets, opened as such or taken over from polling |
//! | `error.rs` | requests that are refused |
//!
//! Source: the public Engine.IO protocol, revision 4; docs/contracts/service.md, "Engine.IO session".

mod error;
mod heartbeat;
mod packet;
mod polling;
mod session;
mod websocket;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Method, Request, Response};
use sio_net::{Abridged, Body, BoxError, abridge};
use sio_protocol::engine::Handshake;
use sio_protocol::names::ConnectionId;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use url::form_urlencoded;

pub use error::Refusal;
pub use packet::Packet;
pub use session::{End, Session};

use crate::settings::TransportSettings;
use session::{Carrier, Table};

/// Packets of one client that may wait to be picked up, each as large as a message may be. More stay in its network
/// connection.
const INBOX: usize = 4;

/// How long a closed session waits for the poll that takes its last packet away: longer than a poll may be under way.
const LINGER: Duration = Duration::from_secs(30);

/// How long a session whose client has said goodbye is kept for a poll that is still under way.
const FAREWELL: Duration = Duration::from_millis(100);

/// A session that has opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The session, to send to and to close.
    pub session: Arc<Session>,
    /// What the client sends: messages, type digit included, and attachments. Ends with the session.
    pub inbox: mpsc::Receiver<Packet>,
    /// The transport that the client opened it with.
    pub transport: &'static str,
    /// The WebSocket subprotocols that the client offered; the first was chosen.
    pub subprotocols: Vec<String>,
}

/// A set of Engine.IO sessions behind one path.
pub struct Engine {
    settings: Arc<TransportSettings>,
    table: Arc<Table>,
    tasks: TaskTracker,
    /// Clients of another version that were refused.
    strange: Abridged,
}

impl Engine {
    /// An engine without sessions.
    #[must_use]
    pub fn new(settings: Arc<TransportSettings>) -> Self {
        Self {
            settings,
            table: Arc::default(),
            tasks: TaskTracker::new(),
            strange: Abridged::default(),
        }
    }

    /// Waits until no session is left. For the end: an engine that opens sessions all the while never is.
    pub async fn idle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Whether a session with this id is open here.
    #[must_use]
    pub fn knows(&self, sid: &str) -> bool {
        self.table.get(sid).is_some()
    }

    /// Answers a request. `opened` is called, before the answer, when the request opens a session.
    pub async fn serve<B>(
        &self,
        mut request: Request<B>,
        opened: impl FnOnce(Opened),
    ) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let query = Query::parse(&request);
        let answer = match (query.transport, query.sid) {
            (None, _) => Err(Refusal::UnknownTransport),
            (Some(transport), None) => {
                self.open(&mut request, transport, query.version_fits, opened)
            }
            (Some(transport), Some(sid)) => match self.table.get(&sid) {
                None => Err(Refusal::UnknownSession),
                Some(session) => go_on(session, transport, request).await,
            },
        };
        answer.unwrap_or_else(|refusal| {
            match refusal {
                Refusal::Version => abridge!(
                    warn,
                    self.strange,
                    "a client was refused: it speaks another version of Engine.IO than 4\n\
                     hint: Socket.IO clients of version 3 or later are needed; in .NET, version 3 or later of SocketIOClient, or EIO = EngineIO.V4"
                ),
                refusal => tracing::debug!("an Engine.IO request was refused: {refusal}"),
            }
            refusal.response()
        })
    }

    fn open<B>(
        &self,
        request: &mut Request<B>,
        transport: Transport,
        version_fits: bool,
        opened: impl FnOnce(Opened),
    ) -> Result<Response<Body>, Refusal> {
        if request.method() != Method::GET {
            return Err(Refusal::HandshakeMethod);
        }
        if !version_fits {
            return Err(Refusal::Version);
        }
        let upgrade = match transport {
            Transport::Polling => None,
            Transport::WebSocket => Some(websocket::accept(request)?),
        };
        let (carrier, name, upgrades) = match transport {
            Transport::Polling => (Carrier::Polling, "polling", vec!["websocket".to_owned()]),
            Transport::WebSocket => (Carrier::WebSocket, "websocket", Vec::new()),
        };
        let subprotocols = match transport {
            Transport::Polling => Vec::new(),
            Transport::WebSocket => websocket::subprotocols(request.headers()),
        };
        let id = new_id();
        let (sender, inbox) = mpsc::channel(INBOX);
        let session = Session::open(
            id.clone(),
            self.settings.clone(),
            &self.table,
            carrier,
            sender,
        );
        let open = self.open_packet(&id, upgrades);
        let response = if let Some((response, upgrade)) = upgrade {
            session.send(&[Packet::text(open)]);
            self.tasks
                .spawn(websocket::carry_new(session.clone(), upgrade));
            response
        } else {
            self.tasks.spawn(keep(session.clone()));
            polling::text("text/plain; charset=UTF-8", open)
        };
        opened(Opened {
            session,
            inbox,
            transport: name,
            subprotocols,
        });
        Ok(response)
    }

    fn open_packet(&self, id: &ConnectionId, upgrades: Vec<String>) -> String {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let handshake = Handshake {
            sid: id.to_string(),
            upgrades,
            ping_interval: millis(self.settings.ping_interval),
            ping_timeout: millis(self.settings.ping_timeout),
            max_payload: self.settings.max_payload as u64,
        };
        // Texts and numbers only: there is nothing in it that JSON could not say.
        format!("0{}", serde_json::to_string(&handshake).unwrap_or_default())
    }
}

async fn go_on<B>(
    session: Arc<Session>,
    transport: Transport,
    mut request: Request<B>,
) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match transport {
        Transport::Polling if request.method() == Method::GET => polling::poll(&session).await,
        Transport::Polling if request.method() == Method::POST => {
            polling::post(&session, request.into_body()).await
        }
        Transport::Polling => Err(Refusal::BadRequest),
        Transport::WebSocket => {
            // One that comes after the move is opened and closed again, as the reference implementation does.
            let (response, upgrade) = websocket::accept(&mut request)?;
            // A second one is refused, too, while the first takes over; the order of the requests decides which is the
            // first.
            let first = !session.upgrading.swap(true, Ordering::AcqRel);
            tokio::spawn(websocket::take_over(session, upgrade, first));
            Ok(response)
        }
    }
}

/// Keeps the heartbeat of a session that began by polling, and forgets it when it has ended.
async fn keep(session: Arc<Session>) {
    tokio::select! {
        () = session.keep_pinging() => session.terminate(End::PingTimeout),
        _ = session.ended() => {}
    }
    if tokio::time::timeout(LINGER, session.gone()).await.is_err() {
        session.terminate(End::Lost);
    }
    // The client sends its goodbye and its last poll on two connections, and the goodbye may overtake the poll.
    if session.owes_farewell() {
        tokio::time::sleep(FAREWELL).await;
        session.forget();
    }
}

#[derive(Clone, Copy)]
enum Transport {
    Polling,
    WebSocket,
}

/// What Engine.IO reads from a query.
struct Query {
    transport: Option<Transport>,
    sid: Option<String>,
    version_fits: bool,
}

impl Query {
    fn parse<B>(request: &Request<B>) -> Self {
        let mut query = Self {
            transport: None,
            sid: None,
            version_fits: false,
        };
        let text = request.uri().query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("transport", "polling") => query.transport = Some(Transport::Polling),
                ("transport", "websocket") => query.transport = Some(Transport::WebSocket),
                ("sid", sid) => query.sid = Some(sid.to_owned()),
                ("EIO", version) => query.version_fits = version == "4",
                _ => {}
            }
        }
        query
    }
}

/// An id that cannot be guessed: 20 url-safe characters of six random bits each, as the reference server's (D2, D3).
pub(crate) fn random_id() -> String {
    let mut bytes = [0; 15];
    // It fails only where the system has no random numbers at all, and then nothing here would be safe.
    #[expect(clippy::expect_used, reason = "no emulator without random numbers")]
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(clippy::expect_used, reason = "a random id is never empty")]
fn new_id() -> ConnectionId {
    ConnectionId::new(random_id()).expect("an id that is not empty")
}
