//! The control API: the powers of REST without tokens, and faults.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sio_net::Body;
use sio_protocol::names::HubName;
use sio_trace::Filter;
use url::form_urlencoded;

use super::response::{answer, method_not_allowed};
use super::state;
use crate::connection::Connection;
use crate::faults;
use crate::hops::HopKind;
use crate::hub::Hub;
use crate::payload::Payload;
use crate::received::Received;
use crate::roster::Audience;
use crate::service::Service;
use crate::transport::End;

const LONGEST_BODY: usize = 2 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    hub: String,
    group: Option<String>,
    user: Option<String>,
    connection: Option<String>,
    payload: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfConnection {
    hub: String,
    connection: String,
    group: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    #[serde(default)]
    advance: f64,
    speed: Option<f64>,
}

/// What a caller did wrong.
enum Wrong {
    /// The path has these methods only.
    Method(&'static str),
    /// What the response says.
    Request(StatusCode, String),
}

impl Wrong {
    fn missing(what: &str) -> Self {
        Self::Request(StatusCode::NOT_FOUND, format!("unknown {what}"))
    }
}

/// Answers a call.
pub(super) async fn serve(service: &Arc<Service>, request: Request<Received>) -> Response<Body> {
    let (code, value) = match perform(service, request).await {
        Ok(value) => (StatusCode::OK, value),
        Err(Wrong::Method(allowed)) => return method_not_allowed(allowed),
        Err(Wrong::Request(code, problem)) => (code, json!({ "error": problem })),
    };
    answer(code, "application/json; charset=utf-8", value.to_string())
}

async fn perform(service: &Arc<Service>, request: Request<Received>) -> Result<Value, Wrong> {
    let path = request.uri().path().to_owned();
    let name = path.strip_prefix("/_emulator/").unwrap_or_default();
    match (request.method(), name) {
        (&Method::GET, "state") => {
            let most = query(&request, "most").and_then(|number| number.parse().ok());
            Ok(state::snapshot(service, most.unwrap_or(usize::MAX)))
        }
        (&Method::GET, "traces") => {
            let from = query(&request, "from").and_then(|number| number.parse().ok());
            let filters = filters(&request)?;
            let changed = service.recorder.changed_from(from.unwrap_or(0), &filters);
            Ok(json!(changed))
        }
        (&Method::GET, "trace") => {
            let id = query(&request, "id").unwrap_or_default();
            let trace = service.recorder.trace(&id);
            trace.ok_or_else(|| Wrong::missing("trace"))
        }
        (&Method::DELETE, "faults") => {
            service.core.faults.clear();
            Ok(json!({}))
        }
        (&Method::POST, "reset") => Ok(reset(service)),
        (&Method::POST, "send") => send(service, &read_json(request).await?),
        (&Method::POST, "kick" | "drop" | "join" | "leave") => {
            let name = name.to_owned();
            of_connection(service, &name, &read_json(request).await?)
        }
        (&Method::POST, "faults") => {
            let faults: faults::Set = read_json(request).await?;
            let status = faults.rest.as_ref().map_or(400, |fault| fault.status);
            if !(400..=599).contains(&status) {
                let problem = "rest.status must be from 400 to 599".to_owned();
                return Err(Wrong::Request(StatusCode::BAD_REQUEST, problem));
            }
            service.core.faults.set(faults);
            Ok(json!(service.core.faults.left()))
        }
        (&Method::POST, "clock") => {
            let change: ClockChange = read_json(request).await?;
            let by = Duration::try_from_secs_f64(change.advance.abs()).unwrap_or_default();
            if change.advance < 0.0 {
                service.core.clock.rewind(by);
            } else {
                service.core.clock.advance(by);
            }
            if let Some(speed) = change.speed {
                service.core.clock.set_speed(speed);
            }
            Ok(
                json!({ "unixSeconds": service.core.clock.unix_seconds(), "speed": service.core.clock.speed() }),
            )
        }
        (_, "state" | "traces" | "trace") => Err(Wrong::Method("GET")),
        (_, "faults") => Err(Wrong::Method("POST, DELETE")),
        (_, "send" | "kick" | "drop" | "join" | "leave" | "clock" | "reset") => {
            Err(Wrong::Method("POST"))
        }
        _ => Err(Wrong::missing("call")),
    }
}

/// A parameter of the query.
fn query(request: &Request<Received>, wanted: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut all = form_urlencoded::parse(query.as_bytes());
    let (_, value) = all.find(|(name, _)| name == wanted)?;
    Some(value.into_owned())
}

/// The conditions of the query, such as `filter=user=ada`; each may be there once or more.
fn filters(request: &Request<Received>) -> Result<Vec<Filter>, Wrong> {
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "filter")
        .map(|(_, filter)| {
            let filter = filter.parse();
            filter.map_err(|problem: String| Wrong::Request(StatusCode::BAD_REQUEST, problem))
        })
        .collect()
}

async fn read_json<T: DeserializeOwned>(request: Request<Received>) -> Result<T, Wrong> {
    let wrong = |problem: String| Wrong::Request(StatusCode::BAD_REQUEST, problem);
    let time = Duration::from_secs(10);
    let body = sio_net::limited_within(request.into_body(), LONGEST_BODY, time).await;
    let body = body.map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))
}

fn hub(service: &Service, name: &str) -> Result<Arc<Hub>, Wrong> {
    let name = HubName::new(name);
    let hub = name.ok().and_then(|name| service.known_hub(&name));
    hub.ok_or_else(|| Wrong::missing("hub"))
}

/// As after the start, but for what is recorded: a test that shares the emulator begins with it.
fn reset(service: &Service) -> Value {
    service.core.faults.clear();
    service.core.clock.reset();
    let mut closed = 0;
    for hub in service.all_hubs() {
        let present = hub.roster().present();
        for (connection, _) in present {
            connection.close("reset");
            closed += 1;
        }
    }
    json!({ "closed": closed })
}

fn send(service: &Service, send: &Send) -> Result<Value, Wrong> {
    let hub = hub(service, &send.hub)?;
    let audience = match (&send.group, &send.user, &send.connection) {
        (None, None, None) => Audience::Everybody,
        (Some(group), None, None) => Audience::Group(group),
        (None, Some(user), None) => Audience::User(user),
        (None, None, Some(id)) => Audience::Connection(id),
        _ => {
            let problem = "name one of group, user and connection".to_owned();
            return Err(Wrong::Request(StatusCode::BAD_REQUEST, problem));
        }
    };
    let limit = service.core.settings.message_limit;
    let payload = Payload::parse(&send.payload.as_str().into(), limit);
    if payload.parts.is_empty() {
        let problem = "the payload has no packet for clients, such as 42[\"event\"]".to_owned();
        return Err(Wrong::Request(StatusCode::BAD_REQUEST, problem));
    }
    let receivers = hub.select(&audience, None, &[]);
    for connection in &receivers {
        connection.deliver(&payload);
    }
    let trace = service.core.hops.trace();
    service
        .core
        .hop((trace, None), &hub.name, Some(&send.payload), || {
            HopKind::Delivered {
                what: payload.summary(),
                to: match audience {
                    Audience::Group(group) => sio_trace::audience::group(group),
                    Audience::User(user) => format!("user {user}"),
                    Audience::Connection(id) => format!("connection {id}"),
                    Audience::Everybody => "all of the hub".to_owned(),
                },
                clients: receivers.len(),
                bytes: send.payload.len(),
            }
        });
    Ok(json!({ "clients": receivers.len() }))
}

fn of_connection(service: &Service, call: &str, body: &OfConnection) -> Result<Value, Wrong> {
    let hub = hub(service, &body.hub)?;
    let connection: Option<Arc<Connection>> = hub.roster().member(&body.connection).cloned();
    let connection = connection.ok_or_else(|| Wrong::missing("connection"))?;
    let group = || {
        let named = body
            .group
            .as_deref()
            .filter(|group| !group.trim().is_empty());
        named.ok_or_else(|| Wrong::Request(StatusCode::BAD_REQUEST, "which group?".to_owned()))
    };
    match call {
        "kick" => {
            let reason = body.reason.as_deref().unwrap_or("kicked in the inspector");
            connection.close(reason);
        }
        "drop" => connection.session.terminate(End::Lost),
        "join" => {
            hub.roster().join(&body.connection, group()?);
        }
        _ => hub.roster().leave(&body.connection, group()?),
    }
    Ok(json!({}))
}
