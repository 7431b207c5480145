//! Groups and filters in words: rooms in clear instead of `0~Lw~cm9vbQ`.

use sio_protocol::group;

/// A group in words.
#[must_use]
pub fn group(name: &str) -> String {
    match group::decode(name) {
        None => format!("group {name}"),
        Some((namespace, None)) => format!("all of {namespace}"),
        Some((namespace, Some(room))) if namespace == "/" => format!("room {room}"),
        Some((namespace, Some(room))) => format!("room {room} of {namespace}"),
    }
}

/// A text with every group in it in words, such as a path or a filter.
#[must_use]
pub fn in_words(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '~');
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("0~") {
        let (before, from) = rest.split_at(at);
        words.push_str(before);
        let end = from.find(|c: char| !is_part(c)).unwrap_or(from.len());
        let (name, after) = from.split_at(end);
        match group::decode(name) {
            Some(_) => words.push_str(&group(name)),
            None => words.push_str(name),
        }
        rest = after;
    }
    words.push_str(rest);
    words
}

/// A filter over a hub in words: `'0~Lw~YQ' in groups and not ('0~Lw~Yg' in groups)` is `room a, not room b`.
#[must_use]
pub fn filter(text: &str) -> String {
    let words = in_words(text);
    let words = words.replace(" in groups", "").replace('\'', "");
    let words = words.replace("userId eq ", "user ");
    let words = words.replace(" and not ", ", not ").replace(" and ", ", ");
    words.replace(['(', ')'], "")
}

/// A REST call in words: its operation, and the receivers that its body names.
#[must_use]
pub fn call(method: &str, path: &str, body: Option<&str>) -> String {
    let operation = path.rsplit_once("/:").map(|(_, operation)| operation);
    let named: Option<serde_json::Value> = body.and_then(|body| serde_json::from_str(body).ok());
    if let (Some(operation), Some(named)) = (operation, named) {
        let groups = named["groups"].as_array().into_iter().flatten();
        let groups = groups.filter_map(serde_json::Value::as_str).map(group);
        let groups: Vec<String> = groups.collect();
        let target = named["filter"].as_str().map(filter).unwrap_or_default();
        let verb = match operation {
            "addToGroups" => "join",
            "removeFromGroups" => "leave",
            other => other,
        };
        return format!("{verb} {}: {target}", groups.join(", "));
    }
    let path = path.split_once("/hubs/").map_or(path, |(_, rest)| rest);
    let path = path.split_once('/').map_or(path, |(_, rest)| rest);
    format!("{method} {}", in_words(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_says_what_it_does_to_whom() {
        let body = r#"{"filter":"'0~Lw~czE' in groups","groups":["0~Lw~cm9vbQ"]}"#;
        assert_eq!(
            call("POST", "/api/hubs/h/:addToGroups", Some(body)),
            "join room room: room s1"
        );
        assert_eq!(
            call("DELETE", "/api/hubs/h/connections/c", None),
            "DELETE connections/c"
        );
    }

    #[test]
    fn rooms_are_named_in_clear() {
        assert_eq!(group("0~Lw~cm9vbQ"), "room room");
        assert_eq!(group("0~L25z~cm0"), "room rm of /ns");
        assert_eq!(group("0~Lw~"), "all of /");
        assert_eq!(group("other"), "group other");
        assert_eq!(
            in_words("/groups/0~Lw~cm9vbQ/:send"),
            "/groups/room room/:send"
        );
        assert_eq!(in_words("0~no group"), "0~no group");
        assert_eq!(
            filter("'0~Lw~cm9vbQ' in groups and not ('0~Lw~cm0' in groups)"),
            "room room, not room rm"
        );
        assert_eq!(
            filter("userId eq 'ada' and ('0~Lw~' in groups)"),
            "user ada, all of /"
        );
    }
}
