//! Permissions, which mean nothing to Socket.IO clients, and client tokens.

use std::sync::PoisonError;

use http::{Method, StatusCode};
use serde_json::json;
use sio_protocol::{audience, token};

use super::query::Query;
use super::reply::Reply;
use crate::hub::Hub;
use crate::service::Service;

const PERMISSIONS: [&str; 2] = ["sendToGroup", "joinLeaveGroup"];

/// The key id of tokens made here. It has no effect; the real service has one, too.
const KEY_ID: &str = "s-00000000-0000-0000-0000-000000000000";

/// Grants, revokes or looks up a permission.
pub(super) fn permission(
    hub: &Hub,
    method: &Method,
    permission: &str,
    connection: &str,
    query: &Query,
) -> Result<Reply, Reply> {
    let known = PERMISSIONS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(permission))
        .ok_or_else(|| Reply::bad("permission", "The permission is not known."))?;
    let grant = (
        known.to_owned(),
        query.get("targetName").unwrap_or_default().to_owned(),
    );
    let found = hub.roster().member(connection).cloned();
    let held = found.as_ref().map(|connection| {
        connection
            .permissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    });
    Ok(match (method, held) {
        (&Method::PUT, Some(mut held)) => {
            held.insert(grant);
            Reply::status(StatusCode::OK)
        }
        (&Method::PUT, None) => {
            Reply::not_existing("Info.Connection.NotExisted", "Connection", connection)
        }
        (&Method::DELETE, held) => {
            if let Some(mut held) = held {
                held.remove(&grant);
            }
            Reply::done()
        }
        (_, Some(held)) if held.contains(&grant) => Reply::status(StatusCode::OK),
        (_, Some(_)) => Reply::missing("Warning.Permission.NotExisted"),
        (_, None) => Reply::missing("Info.Connection.NotExisted"),
    })
}

/// Makes a token for a client of the hub.
pub(super) fn token(service: &Service, hub: &Hub, query: &Query) -> Result<Reply, Reply> {
    let client_type = query.get("clientType").unwrap_or("Default");
    // The published enumeration has two values. Azure's SDK for JavaScript sends a third one, but only for an identity.
    let known: &[&str] = match service.core.settings.entra_tokens {
        true => &["Default", "MQTT", "SocketIO"],
        false => &["Default", "MQTT"],
    };
    if !known
        .iter()
        .any(|known| known.eq_ignore_ascii_case(client_type))
    {
        return Err(Reply::bad(
            "clientType",
            "clientType must be Default or MQTT.",
        ));
    }
    let minutes = query.number("minutesToExpire", 1..=u64::from(u32::MAX))?;
    let lifetime = i64::try_from(minutes.unwrap_or(60)).unwrap_or(60) * 60;
    let now = service.core.clock.unix_seconds();
    let mut claims = json!({
        "nbf": now,
        "exp": now + lifetime,
        "iat": now,
        "iss": "https://webpubsub.azure.com",
        "aud": audience::client(&service.endpoint, &hub.name),
    });
    if let Some(user) = query.get("userId").filter(|user| !user.is_empty()) {
        claims["sub"] = json!(user);
    }
    for (parameter, claim) in [("role", "role"), ("group", "webpubsub.group")] {
        let values = query.all(parameter);
        if !values.is_empty() {
            claims[claim] = json!(values);
        }
    }
    let key = service.keys.first().map(String::as_str).unwrap_or_default();
    match token::sign_with_key_id(key, KEY_ID, &claims) {
        Ok(token) => Ok(Reply::json(&json!({ "token": token }))),
        Err(error) => {
            tracing::error!("{error}");
            Err(Reply::status(StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}
