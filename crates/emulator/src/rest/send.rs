//! Sending to clients and closing their connections.

use std::sync::Arc;

use http::Request;
use sio_trace::audience;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::cause::Call;
use super::query::Query;
use super::reply::Reply;
use super::route::Target;
use super::rules;
use crate::filter::Filter;
use crate::hops::HopKind;
use crate::hub::Hub;
use crate::payload::Payload;
use crate::received::Received;
use crate::roster::Audience;
use crate::service::Service;

impl Target {
    fn audience(&self) -> Audience<'_> {
        match self {
            Self::Everybody => Audience::Everybody,
            Self::Group(group) => Audience::Group(group),
            Self::User(user) => Audience::User(user),
            Self::Connection(id) => Audience::Connection(id),
        }
    }

    /// The audience for people.
    fn in_words(&self, filter: Option<&str>) -> String {
        let filter = filter.filter(|text| !text.is_empty()).map(audience::filter);
        let target = match self {
            Self::Everybody => return filter.unwrap_or_else(|| "all of the hub".to_owned()),
            Self::Group(group) => audience::group(group),
            Self::User(user) => format!("user {user}"),
            Self::Connection(id) => format!("connection {id}"),
        };
        filter.map_or(target.clone(), |filter| format!("{target}, {filter}"))
    }
}

/// Sends a payload to all connections that target, filter and exclusions leave. It is taken apart once for all of them.
pub(super) async fn send(
    service: &Arc<Service>,
    hub: &Arc<Hub>,
    target: &Target,
    query: &Query,
    request: Request<Received>,
) -> Result<Reply, Reply> {
    rules::sendable(&request)?;
    // Clients that are connected get it at once, so only the range matters.
    query.number("messageTtlSeconds", 0..=300)?;
    let filter = filter(service, query.get("filter"), "filter")?;
    let excluded = query.all("excluded");
    let call = request.extensions().get::<Call>().cloned();
    let body = rules::body(service, request).await?;
    let text = Utf8Bytes::try_from(body).map_err(|_| {
        Reply::bad(
            "body",
            "A payload for Socket.IO clients must be UTF-8 text.",
        )
    })?;
    let payload = Payload::parse(&text, service.core.settings.message_limit);

    if payload.parts.is_empty() {
        tracing::warn!(
            "a REST call sent nothing to hub {} that a Socket.IO client can read\n\
             hint: the body must be an Engine.IO payload such as 42[\"event\",1], of type text/plain",
            hub.name
        );
    }
    let receivers = hub.select(&target.audience(), filter.as_deref(), &excluded);
    for connection in &receivers {
        connection.deliver(&payload);
    }
    if let Some(call) = call {
        let trace = call.trace(service);
        if let Some(problem) = payload.dropped.clone() {
            let dropped = || HopKind::Dropped { problem };
            service.core.hop(trace, &hub.name, None, dropped);
        }
        service
            .core
            .hop(trace, &hub.name, Some(&text), || HopKind::Delivered {
                what: payload.summary(),
                to: target.in_words(query.get("filter")),
                clients: receivers.len(),
                bytes: text.len(),
            });
    }
    Ok(Reply::accepted())
}

/// The filter of a text; none, or an empty one, selects everybody.
pub(super) fn filter(
    service: &Service,
    text: Option<&str>,
    target: &str,
) -> Result<Option<Arc<Filter>>, Reply> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => match service.filters.get(text) {
            Ok(filter) => Ok(Some(filter)),
            Err(error) => Err(Reply::bad_filter(target, &error)),
        },
    }
}

/// Closes all connections that target and exclusions leave.
pub(super) fn close(hub: &Hub, target: &Target, query: &Query) -> Reply {
    let reason = closing(query);
    for connection in hub.select(&target.audience(), None, &query.all("excluded")) {
        connection.close(&reason);
    }
    Reply::done()
}

/// Closes one connection, if it is there.
pub(super) fn close_one(hub: &Hub, id: &str, query: &Query) -> Reply {
    let connection = hub.roster().member(id).cloned();
    if let Some(connection) = connection {
        connection.close(&closing(query));
    }
    Reply::done()
}

fn closing(query: &Query) -> String {
    let reason = query.get("reason").unwrap_or_default();
    format!("Application server closed the connection. Reason: {reason}")
}
