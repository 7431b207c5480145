//! Who is in which group.

use std::sync::Arc;

use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::query::Query;
use super::reply::Reply;
use super::rules;
use super::send::filter;
use crate::hub::Hub;
use crate::received::Received;
use crate::roster::Audience;
use crate::service::Service;

/// The most members on one page.
const LARGEST_PAGE: u64 = 200;

/// The body of `:addToGroups` and `:removeFromGroups`.
#[derive(Deserialize)]
struct Change {
    groups: Vec<String>,
    filter: Option<String>,
}

/// Adds the connections that a filter selects to groups, or removes them.
pub(super) async fn change_many(
    service: &Arc<Service>,
    hub: &Arc<Hub>,
    join: bool,
    request: Request<Received>,
) -> Result<Reply, Reply> {
    let body = rules::body(service, request).await?;
    let change: Change = serde_json::from_slice(&body)
        .map_err(|error| Reply::bad("body", &format!("The body is not as expected: {error}.")))?;
    if change.groups.is_empty() {
        return Err(Reply::bad("Groups", "At least one group is needed."));
    }
    for group in &change.groups {
        rules::group_name(group)?;
    }
    let filter = filter(service, change.filter.as_deref(), "Filter")?;
    let mut roster = hub.roster();
    for connection in roster.select(&Audience::Everybody, filter.as_deref(), &[]) {
        let id = connection.session.id().as_str();
        for group in &change.groups {
            if join {
                roster.join(id, group);
            } else {
                roster.leave(id, group);
            }
        }
    }
    Ok(Reply::status(StatusCode::OK))
}

pub(super) fn join(hub: &Hub, group: &str, connection: &str) -> Reply {
    if hub.roster().join(connection, group) {
        Reply::status(StatusCode::OK)
    } else {
        Reply::not_existing("Error.Connection.NotExisted", "Connection", connection)
    }
}

pub(super) fn exists(exists: bool, warning: &'static str) -> Reply {
    if exists {
        Reply::status(StatusCode::OK)
    } else {
        Reply::missing(warning)
    }
}

/// All present connections of the user join; later ones do not.
pub(super) fn join_user(hub: &Hub, user: &str, group: &str) -> Reply {
    let mut roster = hub.roster();
    let connections = roster.select(&Audience::User(user), None, &[]);
    if connections.is_empty() {
        return Reply::not_existing("Error.User.NotExisted", "User", user);
    }
    for connection in connections {
        roster.join(connection.session.id().as_str(), group);
    }
    Reply::status(StatusCode::OK)
}

pub(super) fn leave_user(hub: &Hub, user: &str, group: &str) -> Reply {
    let mut roster = hub.roster();
    for connection in roster.select(&Audience::User(user), None, &[]) {
        roster.leave(connection.session.id().as_str(), group);
    }
    Reply::done()
}

pub(super) fn leave_all_of_user(hub: &Hub, user: &str) -> Reply {
    let mut roster = hub.roster();
    for connection in roster.select(&Audience::User(user), None, &[]) {
        roster.leave_where(connection.session.id().as_str(), |_| true);
    }
    Reply::done()
}

/// A page of a group's members. The token is the place of the last one on the page before.
pub(super) fn list(
    service: &Service,
    hub: &Hub,
    group: &str,
    query: &Query,
) -> Result<Reply, Reply> {
    let largest = query.number("maxpagesize", 1..=LARGEST_PAGE)?;
    let top = query.number("top", 1..=u64::from(u32::MAX))?;
    let after = query.number("continuationToken", 0..=u64::MAX)?;
    let page = largest.unwrap_or(LARGEST_PAGE);
    let count = top.map_or(page, |top| top.min(page));
    let count = usize::try_from(count).unwrap_or(usize::MAX);

    // One more than asked for shows whether there is a next page.
    let mut found = hub.roster().page(group, after, count.saturating_add(1));
    let more = found.len() > count;
    found.truncate(count);
    let left = top.map(|top| top - found.len() as u64);
    let next = match found.last() {
        Some((last, _)) if more && left != Some(0) => {
            let group = utf8_percent_encode(group, NON_ALPHANUMERIC);
            let mut link = format!(
                "{}/api/hubs/{}/groups/{group}/connections?continuationToken={last}&maxpagesize={page}",
                service.endpoint, hub.name
            );
            if let Some(left) = left {
                link.push_str(&format!("&top={left}"));
            }
            if let Some(version) = query.get("api-version") {
                link.push_str(&format!("&api-version={version}"));
            }
            Some(link)
        }
        _ => None,
    };
    let value: Vec<_> = found
        .iter()
        .map(|(_, connection)| {
            let mut member = json!({ "connectionId": connection.session.id().as_str() });
            if let Some(user) = connection.user() {
                member["userId"] = json!(user);
            }
            member
        })
        .collect();
    Ok(Reply::json(&json!({ "value": value, "nextLink": next })))
}
