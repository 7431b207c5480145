//! Which operation a method on a resource is.
//!
//! Source: docs/contracts/service.md, "Operations".

use std::sync::Arc;

use http::{Method, Request, StatusCode};
use sio_protocol::names::HubName;

use super::query::Query;
use super::reply::Reply;
use super::route::Resource;
use super::{grants, groups, invoke, rules, send};
use crate::hub::Hub;
use crate::received::Received;
use crate::service::Service;

/// Whether the service is up: GET or HEAD `/api/health`.
pub(super) fn health(method: &Method) -> Reply {
    Reply::status(match *method {
        Method::HEAD | Method::GET => StatusCode::OK,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    })
}

/// Everything of a hub.
pub(super) async fn answer(
    service: &Arc<Service>,
    request: Request<Received>,
    hub: &str,
    resource: Resource,
) -> Reply {
    match perform(service, request, hub, resource).await {
        Ok(reply) | Err(reply) => reply,
    }
}

async fn perform(
    service: &Arc<Service>,
    request: Request<Received>,
    hub: &str,
    resource: Resource,
) -> Result<Reply, Reply> {
    rules::host(service, &request)?;
    rules::authorize(service, &request)?;
    if let Some(fault) = service.core.faults.rest() {
        let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
        return Err(match fault.retry_after {
            Some(seconds) => Reply::later(status, seconds),
            None => Reply::status(status),
        });
    }
    rules::throttle(service)?;
    if !methods(&resource).contains(request.method()) {
        return Err(Reply::status(StatusCode::METHOD_NOT_ALLOWED));
    }
    let name = HubName::new(hub).map_err(|error| Reply::bad("hub", &error.to_string()))?;
    let query = Query::parse(&request);
    rules::version(&query)?;
    rules::names(&resource)?;
    let hub = service.hub(&name);
    dispatch(service, &hub, request, &query, resource).await
}

async fn dispatch(
    service: &Arc<Service>,
    hub: &Arc<Hub>,
    request: Request<Received>,
    query: &Query,
    resource: Resource,
) -> Result<Reply, Reply> {
    let method = request.method();
    let (put, head) = (method == Method::PUT, method == Method::HEAD);
    match resource {
        Resource::Send(target) => send::send(service, hub, &target, query, request).await,
        Resource::Invoke => invoke::invoke(service, hub, query, request).await,
        Resource::Close(target) => Ok(send::close(hub, &target, query)),
        Resource::AddToGroups => groups::change_many(service, hub, true, request).await,
        Resource::RemoveFromGroups => groups::change_many(service, hub, false, request).await,
        Resource::GenerateToken => grants::token(service, hub, query),
        Resource::Group(group) => Ok(groups::exists(
            hub.roster().has_group(&group),
            "Warning.Group.NotExisted",
        )),
        Resource::GroupMembers(group) => groups::list(service, hub, &group, query),
        Resource::GroupMember { group, connection } if put => {
            Ok(groups::join(hub, &group, &connection))
        }
        Resource::GroupMember { group, connection } => {
            hub.roster().leave(&connection, &group);
            Ok(Reply::done())
        }
        Resource::Connection(id) if head => Ok(groups::exists(
            hub.roster().member(&id).is_some(),
            "Warning.Connection.NotExisted",
        )),
        Resource::Connection(id) => Ok(send::close_one(hub, &id, query)),
        Resource::ConnectionGroups(id) => {
            hub.roster().leave_where(&id, |_| true);
            Ok(Reply::done())
        }
        Resource::User(user) => Ok(groups::exists(
            hub.roster().has_user(&user),
            "Warning.User.NotExisted",
        )),
        Resource::UserGroups(user) => Ok(groups::leave_all_of_user(hub, &user)),
        Resource::UserGroup { user, group } if put => Ok(groups::join_user(hub, &user, &group)),
        Resource::UserGroup { user, group } => Ok(groups::leave_user(hub, &user, &group)),
        Resource::Permission {
            permission,
            connection,
        } => grants::permission(hub, method, &permission, &connection, query),
    }
}

fn methods(resource: &Resource) -> &'static [Method] {
    match resource {
        Resource::Send(_)
        | Resource::Close(_)
        | Resource::AddToGroups
        | Resource::RemoveFromGroups
        | Resource::Invoke
        | Resource::GenerateToken => &[Method::POST],
        Resource::Group(_) | Resource::User(_) => &[Method::HEAD],
        Resource::GroupMembers(_) => &[Method::GET],
        Resource::GroupMember { .. } | Resource::UserGroup { .. } => &[Method::PUT, Method::DELETE],
        Resource::Connection(_) => &[Method::HEAD, Method::DELETE],
        Resource::ConnectionGroups(_) | Resource::UserGroups(_) => &[Method::DELETE],
        Resource::Permission { .. } => &[Method::PUT, Method::DELETE, Method::HEAD],
    }
}
