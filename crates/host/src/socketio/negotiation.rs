//! The input `socketionegotiation`: where a client connects, and its token (docs/contracts/socketio-extension.md,
//! "Negotiation").

use sio_protocol::token::{NewClaims, sign};

use super::connection::Connection;
use super::service::Service;
use crate::json::Json;

/// Seconds for which a client may connect.
const LIFETIME: i64 = 3600;

/// The value of the input, with a token that the key of the connection signs or, without a key, the service.
pub(crate) async fn negotiation(
    service: &Service,
    connection: &Connection,
    hub: &str,
    user: Option<&str>,
    now: i64,
) -> Result<Json, String> {
    let endpoint = connection.endpoint().to_string();
    let base = connection.endpoint().base_path();
    let origin = endpoint.strip_suffix(base).unwrap_or(&endpoint);
    let token = match connection.key() {
        Some(key) => {
            // The hub is not escaped in the audience.
            let audience = format!("{endpoint}/clients/socketio/hubs/{hub}");
            let claims = NewClaims::new(&audience, now, LIFETIME).user(user);
            sign(key, &claims).map_err(|error| error.to_string())?
        }
        None => service.client_token(connection, hub, user, now).await?,
    };
    let path = format!("{base}/clients/socketio/hubs/{}", super::call::escaped(hub));
    Ok(Json::object([
        ("endpoint", Json::text(origin)),
        ("path", Json::text(path)),
        ("token", Json::text(token)),
    ]))
}
