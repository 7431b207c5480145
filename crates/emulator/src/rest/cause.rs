//! The trace of a call: its `traceparent` names it, or else the clients that the call names.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use sio_protocol::engine::SEPARATOR;
use sio_protocol::names::HubName;
use sio_protocol::socket::{Kind, Packet};
use sio_trace::TraceId;

use super::query::Query;
use super::route::{Resource, Target};
use crate::causes::{AckId, Mention, Name};
use crate::service::Service;

/// How many names are read of a call; one more than are looked up, so that such a call has no cause.
const MOST_NAMES: usize = 65;

/// How many packets of a payload are searched for acknowledgements.
const MOST_PACKETS: usize = 16;

/// A call on its way: its trace, for the hops that belong to it, and the body that it had.
#[derive(Debug, Clone)]
pub(super) struct Call(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    trace: OnceLock<(TraceId, Option<&'static str>)>,
    said: OnceLock<Bytes>,
    /// The hub and the clients that path and query name, for a call without `traceparent`.
    named: Option<(HubName, Vec<Mention>)>,
}

/// The part of a body that names clients.
#[derive(Deserialize)]
struct Filtered {
    filter: Option<String>,
}

impl Call {
    /// The trace that the call names, or the clients that it names.
    pub(super) fn of<B>(
        service: &Service,
        request: &Request<B>,
        parent: Option<TraceId>,
        resource: Option<(&str, &Resource)>,
    ) -> Self {
        let named = resource
            .filter(|_| parent.is_none() && service.core.hops.are_heard())
            .and_then(|(hub, resource)| {
                let hub = HubName::new(hub).ok()?;
                Some((hub, names(service, &Query::parse(request), resource)))
            });
        Self(Arc::new(Inner {
            trace: parent
                .map(|parent| (parent, None))
                .map(OnceLock::from)
                .unwrap_or_default(),
            said: OnceLock::new(),
            named,
        }))
    }

    /// Keeps the body, which is read once, and finds the call's trace with it.
    pub(super) fn hear(&self, service: &Service, body: &Bytes) {
        if self.0.said.set(body.clone()).is_ok() {
            self.trace(service);
        }
    }

    /// The trace, and why the call belongs to it if no `traceparent` says so.
    pub(super) fn trace(&self, service: &Service) -> (TraceId, Option<&'static str>) {
        *self.0.trace.get_or_init(|| {
            let cause = self.0.named.as_ref().and_then(|(hub, named)| {
                let body = self
                    .0
                    .said
                    .get()
                    .and_then(|body| std::str::from_utf8(body).ok());
                let acks = body.map(acknowledgements).unwrap_or_default();
                let mut named = named.clone();
                if let Some(filter) = body.and_then(filter)
                    && let Ok(filter) = service.filters.get(&filter)
                {
                    filter.mentions(&mut named, MOST_NAMES);
                }
                service.core.causes.find(hub, &named, &acks)
            });
            match cause {
                Some(cause) => (cause.trace, Some(cause.reason)),
                None => (service.core.hops.trace(), None),
            }
        })
    }

    pub(super) fn said(&self) -> Option<&str> {
        std::str::from_utf8(self.0.said.get()?).ok()
    }
}

/// The clients that path and query name.
fn names(service: &Service, query: &Query, resource: &Resource) -> Vec<Mention> {
    let mut names = Vec::new();
    let named = |name| Mention {
        name,
        excluded: false,
    };
    match resource {
        Resource::Send(target) | Resource::Close(target) => match target {
            Target::Everybody => {}
            Target::Group(group) => names.push(named(Name::Group(group.clone()))),
            Target::User(user) => names.push(named(Name::User(user.clone()))),
            Target::Connection(id) => names.push(named(Name::Connection(id.clone()))),
        },
        Resource::GroupMember { connection, .. }
        | Resource::Permission { connection, .. }
        | Resource::Connection(connection)
        | Resource::ConnectionGroups(connection) => {
            names.push(named(Name::Connection(connection.clone())));
        }
        Resource::User(user) | Resource::UserGroups(user) | Resource::UserGroup { user, .. } => {
            names.push(named(Name::User(user.clone())));
        }
        Resource::Group(group) | Resource::GroupMembers(group) => {
            names.push(named(Name::Group(group.clone())));
        }
        Resource::AddToGroups
        | Resource::RemoveFromGroups
        | Resource::GenerateToken
        | Resource::Invoke => {}
    }
    let excluded = query.all("excluded").into_iter().take(MOST_NAMES);
    names.extend(excluded.map(|id| Mention {
        name: Name::Connection(id),
        excluded: true,
    }));
    if let Some(filter) = query.get("filter")
        && let Ok(filter) = service.filters.get(filter)
    {
        filter.mentions(&mut names, MOST_NAMES);
    }
    names
}

/// The filter in a JSON body.
fn filter(body: &str) -> Option<String> {
    body.starts_with('{').then_some(())?;
    serde_json::from_str::<Filtered>(body).ok()?.filter
}

/// The acknowledgements in a payload.
fn acknowledgements(payload: &str) -> Vec<AckId> {
    let packets = payload.split(SEPARATOR).take(MOST_PACKETS);
    packets.filter_map(acknowledgement).collect()
}

/// Namespace and id of the acknowledgement that a packet is, or that an event asks for.
fn acknowledgement(packet: &str) -> Option<AckId> {
    let packet = Packet::parse(packet.strip_prefix('4')?).ok()?;
    matches!(packet.kind, Kind::Ack | Kind::BinaryAck).then_some(())?;
    Some((packet.namespace.to_owned(), packet.ack_id?.to_owned()))
}
