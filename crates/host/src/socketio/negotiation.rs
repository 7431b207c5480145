//! The input `socketionegotiation`: where a client connects, and its token (extension contract, "Negotiation").

use sio_protocol::token::{NewClaims, sign};

use super::connection::Connection;
use crate::json::Json;

/// Seconds for which a client may connect.
const LIFETIME: i64 = 3600;

/// The value of the input, with the key of the connection.
pub(crate) fn negotiation(
    connection: &Connection,
    hub: &str,
    user: Option<&str>,
    now: i64,
) -> Result<Json, String> {
    let endpoint = connection.endpoint().to_string();
    let base = connection.endpoint().base_path();
    let origin = endpoint.strip_suffix(base).unwrap_or(&endpoint);
    // The hub is not escaped in the audience.
    let audience = format!("{endpoint}/clients/socketio/hubs/{hub}");
    let claims = NewClaims::new(&audience, now, LIFETIME).user(user);
    let token = sign(connection.key(), &claims).map_err(|error| error.to_string())?;
    let path = format!("{base}/clients/socketio/hubs/{}", super::call::escaped(hub));
    Ok(Json::object([
        ("endpoint", Json::text(origin)),
        ("path", Json::text(path)),
        ("token", Json::text(token)),
    ]))
}
