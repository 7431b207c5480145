//! What holds for every call.
//!
//! Source: docs/contracts/service.md, "Common rules".

use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use sio_net::{LimitError, Refused, abridge};
use sio_protocol::audience;
use sio_protocol::token::TokenError;

use super::cause::Call;
use super::entra;
use super::query::Query;
use super::reply::Reply;
use super::route::{Resource, Target};
use crate::hops::abridged;
use crate::received::Received;
use crate::service::{Service, bearer};
use crate::settings::{RefusalBodies, RestAuth};

/// The versions of the API that there are, as the header `api-supported-versions` lists them.
pub(super) const VERSIONS: &str = "2021-10-01, 2022-11-01, 2023-07-01, 2024-01-01, 2024-12-01";

/// The longest name of a group, in characters.
const LONGEST_GROUP: usize = 1024;

/// Time that a body may take: a megabyte at 300 kbit/s.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Checks the name that a call was sent to. A web page can make a name of its own lead to this machine, and it can sign
/// tokens with the development key, which is public. The real service has no such check.
pub(super) fn host(service: &Service, request: &Request<Received>) -> Result<(), Reply> {
    let Err(refused) = service.door.check_host(request.headers()) else {
        return Ok(());
    };
    let hint = match refused {
        Refused::Host => "; --endpoint URL or --allow-host NAME allows it",
        _ => "",
    };
    let reason = format!("{refused}{hint}");
    let host = request.headers().get(HOST);
    let host = host.map(|host| String::from_utf8_lossy(host.as_bytes()));
    abridge!(
        warn,
        service.core.strangers.calls,
        "a REST call to {} was refused with 403: {reason} (host: {:?})",
        abridged(request.uri().path()),
        abridged(&host.unwrap_or_default())
    );
    Err(Reply::text(StatusCode::FORBIDDEN, &reason))
}

/// Checks who calls.
pub(super) fn authorize(service: &Service, request: &Request<Received>) -> Result<(), Reply> {
    let refused = |reason: &str| {
        abridge!(
            warn,
            service.core.strangers.calls,
            "a REST call to {} was refused with 401: {reason}",
            abridged(request.uri().path())
        );
        match service.core.settings.refusal_bodies {
            RefusalBodies::Empty => Reply::status(StatusCode::UNAUTHORIZED),
            RefusalBodies::Reason => Reply::text(StatusCode::UNAUTHORIZED, reason),
        }
    };
    if service.core.settings.rest_auth == RestAuth::Off {
        return Ok(());
    }
    let token = bearer(request).ok_or_else(|| refused("there is no bearer token"))?;
    if service.core.settings.rest_auth == RestAuth::AnyToken
        || service.core.settings.entra_tokens
            && entra::accepts(token, service.core.clock.unix_seconds())
    {
        return Ok(());
    }
    let path = request.uri().path();
    let shown = abridged(path);
    let accepts = |audience: &str, endpoints: &[&str]| audience::is_rest(audience, endpoints, path);
    service
        .verify(token, request, accepts)
        .map_err(|error| match error {
            TokenError::Audience { found } => refused(&format!(
                "Failed to validate audience. Expected Audiences: {}{shown}. Found: {}",
                service.endpoint,
                abridged(&found.join(", "))
            )),
            error => refused(&abridged(&error.to_string())),
        })?;
    Ok(())
}

/// Counts a call, and refuses it where there were too many in this second.
pub(super) fn throttle(service: &Service) -> Result<(), Reply> {
    let Some(limit) = service.core.settings.rest_calls_per_second else {
        return Ok(());
    };
    let now = service.core.clock.unix_seconds();
    let mut throttle = service
        .throttle
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if throttle.0 != now {
        *throttle = (now, 0);
    }
    throttle.1 += 1;
    if throttle.1 > limit {
        return Err(Reply::later(StatusCode::TOO_MANY_REQUESTS, 1));
    }
    Ok(())
}

/// Checks the version that a call asks for.
pub(super) fn version(query: &Query) -> Result<(), Reply> {
    match query.all("api-version").as_slice() {
        [] => Ok(()),
        [version] if VERSIONS.split(", ").any(|known| known == version) => Ok(()),
        [_] => Err(Reply::bad(
            "api-version",
            "The requested api-version is not supported.",
        )),
        _ => Err(Reply::bad("api-version", "api-version is given twice.")),
    }
}

/// Checks the names in a path.
pub(super) fn names(resource: &Resource) -> Result<(), Reply> {
    let (groups, others): (Vec<&String>, Vec<&String>) = match resource {
        Resource::Group(group)
        | Resource::GroupMembers(group)
        | Resource::Send(Target::Group(group))
        | Resource::Close(Target::Group(group)) => (vec![group], vec![]),
        Resource::GroupMember { group, connection } => (vec![group], vec![connection]),
        Resource::UserGroup { user, group } => (vec![group], vec![user]),
        Resource::Connection(name)
        | Resource::ConnectionGroups(name)
        | Resource::User(name)
        | Resource::UserGroups(name)
        | Resource::Permission {
            connection: name, ..
        }
        | Resource::Send(Target::User(name) | Target::Connection(name))
        | Resource::Close(Target::User(name) | Target::Connection(name)) => (vec![], vec![name]),
        _ => (vec![], vec![]),
    };
    for group in groups {
        group_name(group)?;
    }
    if others.iter().any(|name| name.is_empty()) {
        return Err(Reply::bad("path", "A name in the path is empty."));
    }
    Ok(())
}

/// Checks the name of a group.
pub(super) fn group_name(group: &str) -> Result<(), Reply> {
    if group.trim().is_empty() || group.chars().count() > LONGEST_GROUP {
        return Err(Reply::bad(
            "group",
            "A group name has 1 to 1024 characters, not all of them blank.",
        ));
    }
    Ok(())
}

/// Reads a body that says how long it is.
pub(super) async fn body(service: &Service, request: Request<Received>) -> Result<Bytes, Reply> {
    let limit = service.core.settings.rest_body_limit;
    let refused = || Reply::bad_text("Invalid Content-Length header.");
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .ok_or_else(refused)?;
    if length > limit {
        return Err(refused());
    }
    let time = BODY_TIMEOUT;
    let call = request.extensions().get::<Call>().cloned();
    match sio_net::limited_within(request.into_body(), limit, time).await {
        Ok(body) => {
            if let Some(call) = call {
                call.hear(service, &body);
            }
            Ok(body)
        }
        Err(LimitError::TooSlow(_)) => Err(Reply::status(StatusCode::REQUEST_TIMEOUT)),
        Err(_) => Err(refused()),
    }
}

/// Checks that the media type is one that may be sent to clients.
pub(super) fn sendable(request: &Request<Received>) -> Result<(), Reply> {
    let Some(kind) = request.headers().get(CONTENT_TYPE) else {
        return Ok(());
    };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let known = ["text/plain", "application/json", "application/octet-stream"];
    if known.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        Ok(())
    } else {
        Err(Reply::status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    }
}
