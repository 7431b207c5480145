//! The inspector: a page that shows what happens, and the JSON control API that it and tests use.
//!
//! | file | what |
//! |---|---|
//! | `access.rs` | who may use it |
//! | `control.rs` | the control API under `/_emulator/` |
//! | `state.rs` | what is there, as JSON |
//! | `response.rs` | answers with their headers |
//! | `page/` | the page at `/` |
//!
//! | call | does |
//! |---|---|
//! | `GET /_emulator/state?most=N` | hubs with at most N connections each (all by default), sockets, groups, faults and clock |
//! | `GET /_emulator/traces?from=N&filter=F` | what became of the traces that changed from number N on and fit all filters, such as `user=ada` |
//! | `GET /_emulator/trace?id=ID` | a trace with all its steps |
//! | `POST /_emulator/send` | `{hub, payload}` and at most one of `group`, `user` and `connection`; to all clients of the hub by default |
//! | `POST /_emulator/kick` | `{hub, connection, reason}` closes a connection in order |
//! | `POST /_emulator/drop` | `{hub, connection}` cuts it off without a word |
//! | `POST /_emulator/join`, `leave` | `{hub, connection, group}` |
//! | `POST /_emulator/faults` | `{rest: {calls, status, retryAfter}, webhook: {calls, delay, duplicate, fail}, tokens: {calls, issuedUntil}}` |
//! | `DELETE /_emulator/faults` | clears all faults |
//! | `POST /_emulator/reset` | closes all connections, clears all faults, resets clock and speed |
//! | `POST /_emulator/clock` | `{advance, speed}`: seconds forward, times as fast |

mod access;
mod control;
mod response;
mod state;

use std::sync::Arc;

use access::{Access, Refusal};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use response::{answer, method_not_allowed};
use sio_net::{Body, Peer};

use crate::hops::abridged;
use crate::received::Received;
use crate::service::Service;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Whether a path is the inspector's.
pub(crate) fn owns(path: &str) -> bool {
    path == "/" || path.starts_with("/_emulator/")
}

/// Answers a request for the page or the control API.
pub(crate) async fn serve(service: &Arc<Service>, request: Request<Received>) -> Response<Body> {
    let access = Access {
        access: service.core.settings.inspector_access,
        door: &service.door,
        keys: &service.keys,
    };
    let peer = request.extensions().get().map(|Peer(peer)| *peer);
    match access.check(request.method(), request.headers(), peer) {
        Ok(()) => {}
        Err(Refusal::NoKey) => return unauthorized(),
        Err(refusal) => {
            let reason = refusal.reason();
            if service.inspector_refusals.is_first(reason.clone()) {
                let (path, cause) = (request.uri().path(), refusal.header());
                let value = request.headers().get(&cause);
                let value = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
                tracing::warn!(
                    "{} {} is refused with 403, as are others like it: {reason} ({cause}: {})",
                    request.method(),
                    abridged(path),
                    value.map_or("missing".to_owned(), |value| format!(
                        "{:?}",
                        abridged(&value)
                    )),
                );
            }
            return answer(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", reason);
        }
    }
    // Any admitted request starts the recording.
    service.record();
    let file = match request.uri().path() {
        "/" => Some(("text/html; charset=utf-8", include_str!("page/index.html"))),
        "/_emulator/inspector.css" => Some((
            "text/css; charset=utf-8",
            include_str!("page/inspector.css"),
        )),
        "/_emulator/inspector.js" => Some((SCRIPT, include_str!("page/inspector.js"))),
        "/_emulator/traces.js" => Some((SCRIPT, include_str!("page/traces.js"))),
        "/_emulator/page.js" => Some((SCRIPT, include_str!("page/page.js"))),
        _ => None,
    };
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    match file {
        Some((kind, text)) if reads => answer(StatusCode::OK, kind, text),
        Some(_) => method_not_allowed("GET, HEAD"),
        None => control::serve(service, request).await,
    }
}

/// The answer to another machine without an access key. A browser then asks its user for one.
fn unauthorized() -> Response<Body> {
    let mut response = answer(
        StatusCode::UNAUTHORIZED,
        "text/plain; charset=utf-8",
        Refusal::NoKey.to_string(),
    );
    let challenge = HeaderValue::from_static("Basic realm=\"sio emulator\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}
