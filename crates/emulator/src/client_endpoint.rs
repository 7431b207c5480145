//! The door for clients: `/clients/socketio/hubs/{hub}`, tokens, CORS.
//!
//! Source: docs/contracts/service.md, "URL and path", "Access token", "Refusals before a session exists" and "CORS".

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use sio_net::{Body, abridge, empty, full};
use sio_protocol::audience;
use sio_protocol::cloud_events::{ConnectBody, Values};
use sio_protocol::names::HubName;
use sio_protocol::token::{Claims, TokenError};
use url::form_urlencoded;

use crate::connection::{Connection, Identity, actor};
use crate::hops::{Hop, HopKind, abridged};
use crate::hub::Hub;
use crate::received::Received;
use crate::service::{Service, bearer};
use crate::settings::{ClaimNames, Cors, RefusalBodies, TokenCheck};
use crate::transport::Opened;

const PREFIX: &str = "/clients/socketio/hubs/";

/// Answers a request under `/clients/`.
pub(crate) async fn serve(service: &Arc<Service>, request: Request<Received>) -> Response<Body> {
    let headers = request.headers();
    let origin = headers.get(header::ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        preflight(headers)
    } else {
        enter(service, request).await
    };
    if let Some(origin) = origin.filter(|_| service.core.settings.cors == Cors::Reflect) {
        allow(response.headers_mut(), origin);
    }
    response
}

async fn enter(service: &Arc<Service>, request: Request<Received>) -> Response<Body> {
    let path = request.uri().path();
    let Some(name) = path.strip_prefix(PREFIX) else {
        return status(StatusCode::NOT_FOUND);
    };
    let name = name.strip_suffix('/').unwrap_or(name);
    if name.is_empty() || name.contains('/') {
        return status(StatusCode::NOT_FOUND);
    }
    let name = percent_decode_str(name).decode_utf8_lossy();
    let name = match HubName::new(name) {
        Ok(name) => name,
        Err(error) => {
            abridge!(
                warn,
                service.core.strangers.clients,
                "a client was refused: {error}"
            );
            return status(StatusCode::BAD_REQUEST);
        }
    };

    let query = query(&request);
    let get = |wanted: &str| {
        let mut pairs = query.iter();
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    // A token is checked when a session opens, and again when a WebSocket that takes it over bears one (D10).
    let token = get("access_token").or_else(|| bearer(&request));
    let known = get("sid").is_some_and(|sid| {
        let hub = service.known_hub(&name);
        hub.is_some_and(|hub| hub.engine.knows(sid))
    });
    if !known && service.stopping.load(Ordering::Acquire) {
        return status(StatusCode::SERVICE_UNAVAILABLE);
    }
    let exempt = known
        && match service.core.settings.token_check {
            TokenCheck::Opening => true,
            TokenCheck::Upgrade => token.is_none() || get("transport") == Some("polling"),
            TokenCheck::Every => false,
        };
    let claims = if exempt {
        Claims::default()
    } else {
        match admit(service, &request, &name, token) {
            Ok(claims) => claims,
            Err(reason) => {
                let mut response = status(StatusCode::UNAUTHORIZED);
                if service.core.settings.refusal_bodies == RefusalBodies::Reason {
                    *response.body_mut() = full(reason.clone());
                }
                refuse(service, &name, reason);
                return response;
            }
        }
    };

    let body = if known {
        ConnectBody::default()
    } else {
        let names = service.core.settings.webhook.claim_names;
        handshake(&claims, names, query, request.headers())
    };
    // Only now, so that strangers make no hubs.
    let hub = service.hub(&name);
    let opened = |opened| open(service, &hub, &claims, body, opened);
    hub.engine.serve(request, opened).await
}

fn admit(
    service: &Service,
    request: &Request<Received>,
    hub: &HubName,
    token: Option<&str>,
) -> Result<Claims, String> {
    let Some(token) = token else {
        if service.is_anonymous(hub) {
            return Ok(Claims::default());
        }
        return Err("there is no access token (anonymous clients are not allowed)".to_owned());
    };
    let accepts =
        |audience: &str, endpoints: &[&str]| audience::is_client(audience, endpoints, hub);
    let claims = service
        .verify(token, request, accepts)
        .map_err(|error| match error {
            TokenError::Audience { found } => format!(
                "Failed to validate audience. Expected Audiences: {}. Found: {}.\n\
                 hint: the token's audience must be the client URL of this emulator and hub",
                audience::client(&service.endpoint, hub),
                abridged(&found.join(", "))
            ),
            error => abridged(&error.to_string()),
        })?;
    let issued = claims
        .values("iat")
        .first()
        .and_then(|iat| iat.parse().ok());
    if service.core.faults.token(issued) {
        return Err("the token was refused on demand".to_owned());
    }
    Ok(claims)
}

fn refuse(service: &Service, hub: &HubName, reason: String) {
    abridge!(
        warn,
        service.core.strangers.clients,
        "a client of hub {hub} was refused with 401: {reason}"
    );
    service.core.hops.send(|| Hop {
        time: service.core.clock.now(),
        hub: hub.to_string(),
        connection: None,
        namespace: None,
        socket: None,
        kind: HopKind::Refused {
            status: 401,
            reason,
        },
        trace: None,
        derived: None,
        user: None,
        body: None,
    });
}

/// A session has opened: it becomes a connection of its hub.
fn open(
    service: &Arc<Service>,
    hub: &Arc<Hub>,
    claims: &Claims,
    mut body: ConnectBody,
    opened: Opened,
) {
    body.subprotocols = opened.subprotocols;
    let session = opened.session;
    let user = claims.user().filter(|user| !user.is_empty());
    let signature = service.core.webhooks.signature(session.id().as_str());
    let identity = Identity::new(signature, &body);
    let connection = Arc::new(Connection::new(
        service.core.clone(),
        hub.name.clone(),
        hub.shared_roster.clone(),
        session.clone(),
        user.map(str::to_owned),
        identity,
    ));
    {
        let mut roster = hub.roster();
        roster.add(connection.clone());
        for group in claims.values("webpubsub.group") {
            roster.join(session.id().as_str(), &group);
        }
    }
    connection.hop(None, None, None, || HopKind::Opened {
        transport: opened.transport,
        user: connection.user().map(str::to_owned),
    });
    service
        .core
        .tasks
        .spawn(actor::serve_client(connection, opened.inbox));
}

/// What the `connect` webhook tells of the opening request, without its credentials.
fn handshake(
    claims: &Claims,
    names: ClaimNames,
    query: Vec<(String, String)>,
    headers: &HeaderMap,
) -> ConnectBody {
    let mut body = ConnectBody::default();
    for (name, values) in claims.iter() {
        let name = match (names, name) {
            (ClaimNames::Long, "sub") => {
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
            }
            (ClaimNames::Long, "role") => {
                "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
            }
            _ => name,
        };
        body.claims.insert(name.to_owned(), values);
    }
    for (name, value) in query {
        if name != "access_token" {
            push(&mut body.query, name, value);
        }
    }
    for (name, value) in headers {
        let name = name.as_str();
        if name != header::AUTHORIZATION && !name.starts_with("x-asrs-internal-") {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            push(&mut body.headers, name.to_owned(), value);
        }
    }
    body
}

fn push(values: &mut Values, name: String, value: String) {
    values.entry(name).or_default().push(value);
}

fn query(request: &Request<Received>) -> Vec<(String, String)> {
    let text = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

/// The answer to a browser that asks whether it may ask (D11).
fn preflight(asked: &HeaderMap) -> Response<Body> {
    let mut response = status(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, OPTIONS"),
    );
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("600"),
    );
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}
