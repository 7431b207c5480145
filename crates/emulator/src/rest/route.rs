//! Which resource a path names. Each segment is percent-decoded once, after the path was split.

use percent_encoding::percent_decode_str;

/// A path of the data plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `/api/health`
    Health,
    /// Something of a hub, whose name is not checked yet.
    Hub(String, Resource),
}

/// What of a hub a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    Send(Target),
    Close(Target),
    AddToGroups,
    RemoveFromGroups,
    GenerateToken,
    Invoke,
    Group(String),
    GroupMembers(String),
    GroupMember {
        group: String,
        connection: String,
    },
    Connection(String),
    ConnectionGroups(String),
    User(String),
    UserGroups(String),
    UserGroup {
        user: String,
        group: String,
    },
    Permission {
        permission: String,
        connection: String,
    },
}

/// The target of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Everybody,
    Group(String),
    User(String),
    Connection(String),
}

impl Route {
    /// Reads a path. `None` when nothing is there.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let segments: Vec<String> = path
            .strip_prefix("/api/")?
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (hub, rest) = match segments.as_slice() {
            ["health"] => return Some(Self::Health),
            ["hubs", hub, rest @ ..] => (*hub, rest),
            _ => return None,
        };
        let own = |text: &&str| (*text).to_owned();
        let resource = match rest {
            [":send"] => Resource::Send(Target::Everybody),
            [":closeConnections"] => Resource::Close(Target::Everybody),
            [":addToGroups"] => Resource::AddToGroups,
            [":removeFromGroups"] => Resource::RemoveFromGroups,
            [":invoke"] => Resource::Invoke,
            [":generateToken"] => Resource::GenerateToken,
            ["groups", group] => Resource::Group(own(group)),
            ["groups", group, ":send"] => Resource::Send(Target::Group(own(group))),
            ["groups", group, ":closeConnections"] => Resource::Close(Target::Group(own(group))),
            ["groups", group, "connections"] => Resource::GroupMembers(own(group)),
            ["groups", group, "connections", connection] => Resource::GroupMember {
                group: own(group),
                connection: own(connection),
            },
            ["connections", id] => Resource::Connection(own(id)),
            ["connections", id, ":send"] => Resource::Send(Target::Connection(own(id))),
            ["connections", id, "groups"] => Resource::ConnectionGroups(own(id)),
            ["users", user] => Resource::User(own(user)),
            ["users", user, ":send"] => Resource::Send(Target::User(own(user))),
            ["users", user, ":closeConnections"] => Resource::Close(Target::User(own(user))),
            ["users", user, "groups"] => Resource::UserGroups(own(user)),
            ["users", user, "groups", group] => Resource::UserGroup {
                user: own(user),
                group: own(group),
            },
            ["permissions", permission, "connections", connection] => Resource::Permission {
                permission: own(permission),
                connection: own(connection),
            },
            _ => return None,
        };
        Some(Self::Hub(hub.to_owned(), resource))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(resource: Resource) -> Option<Route> {
        Some(Route::Hub("hub".to_owned(), resource))
    }

    #[test]
    fn segments_are_decoded_after_the_path_is_split() {
        for (path, group) in [
            ("/api/hubs/hub/groups/a%2Fb", "a/b"),
            ("/api/hubs/hub/groups/0%7ELw%7E", "0~Lw~"),
            ("/api/hubs/hub/groups/%E6%97%A5", "日"),
            ("/api/hubs/hub/groups/%253A", "%3A"),
        ] {
            let expected = hub(Resource::Group(group.to_owned()));
            assert_eq!(Route::parse(path), expected);
        }
    }

    #[test]
    fn resources_are_told_apart() {
        assert_eq!(Route::parse("/api/health"), Some(Route::Health));
        assert_eq!(
            Route::parse("/api/hubs/hub/:send"),
            hub(Resource::Send(Target::Everybody))
        );
        assert_eq!(
            Route::parse("/api/hubs/hub/groups/g/:send"),
            hub(Resource::Send(Target::Group("g".to_owned())))
        );
        for path in [
            "/api",
            "/api/",
            "/api/hubs",
            "/api/hubs/hub",
            "/api/hubs/hub/nothing",
            "/api/hubs/hub/groups/g/x",
            "/api/hubs/hub/:send/x",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
