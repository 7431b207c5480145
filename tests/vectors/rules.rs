//! Where we differ on purpose. Each rule says exactly what we do instead, so that it cannot excuse anything else.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Case, Kind, Ours};

/// Whether a case ends as published (`None`), or differs by a rule.
pub(crate) fn judge(kind: Kind, case: &Case, ours: &Ours) -> Result<Option<&'static str>, String> {
    let expected = &case.expected;
    let wrong = || Err(format!("{ours} instead of {expected}"));
    let ours_value = match ours {
        Ours::Value(value) => value,
        Ours::Refused(words) if expected.get("error").is_some() => {
            let theirs = expected["error"].as_str().unwrap_or_default();
            return match named(theirs).is_none_or(|name| words.to_lowercase().contains(name)) {
                true => Ok(Some("words")),
                false => wrong(),
            };
        }
        Ours::Refused(_) if illegal_namespace(&case.given) => return Ok(Some("namespaces")),
        Ours::Refused(_) if kind == Kind::Action && illegal_name(&case.given) => {
            return Ok(Some("names"));
        }
        Ours::Untypable(_) => return Ok(Some("types")),
        Ours::Refused(_) => return wrong(),
    };
    if same(kind, ours_value, expected) {
        return Ok(None);
    }
    let rule = match kind {
        Kind::Filter => filter(ours_value, expected),
        Kind::Action => action(case, ours_value),
        Kind::Decode => decode(case, ours_value),
        Kind::Date => date(case, ours_value),
        Kind::Ack => ack(case, ours_value),
        Kind::Connect => connect(ours_value, expected),
        _ => None,
    };
    rule.map_or_else(wrong, |rule| Ok(Some(rule)))
}

/// What a published error is about, as our errors call it.
fn named(error: &str) -> Option<&'static str> {
    let error = error.to_lowercase();
    let names = [
        ("eventname", "event"),
        ("namespace", "namespace"),
        ("socketid", "socket"),
        ("room", "room"),
        ("duplicate", "twice"),
        ("access key", "accesskey"),
        ("port value", "port"),
        ("endpoint", "endpoint"),
    ];
    let mut names = names.into_iter();
    names.find_map(|(theirs, ours)| error.contains(theirs).then_some(ours))
}

fn same(kind: Kind, ours: &Value, expected: &Value) -> bool {
    let mut expected = expected.clone();
    if kind == Kind::Decode && expected.get("parameters") == Some(&Value::Null) {
        // No arguments are an empty list of them.
        expected["parameters"] = json!([]);
    }
    if let Some(members) = expected.as_object_mut() {
        // The reason beside a failure is for people.
        members.remove("why");
        // The payload is the text that was sent, which a handler does not see.
        if kind == Kind::Decode {
            members.remove("payload");
        }
    }
    equal(ours, &expected)
}

/// Whether two values are one: of numbers a whole one is the same as a fraction or a zero of the same value.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let found = |name: &String, value: &Value| {
                other.get(name).is_some_and(|other| equal(value, other))
            };
            one.len() == other.len() && one.iter().all(|(name, value)| found(name, value))
        }
        _ => one == other,
    }
}

/// Whether no client can be in a namespace. Told here once more, so that what our own types refuse excuses nothing.
pub(crate) fn is_nowhere(namespace: &str) -> bool {
    !namespace.starts_with('/') || namespace.contains(',')
}

fn illegal_namespace(given: &Value) -> bool {
    let names = [&given["namespace"], &given["ce-namespace"]];
    let mut names = names.into_iter().filter_map(Value::as_str);
    names.any(|name| !name.is_empty() && is_nowhere(name))
}

/// A room without a name, or an event that no client hears.
fn illegal_name(given: &Value) -> bool {
    const RESERVED: [&str; 6] = [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ];
    let rooms = [&given["rooms"], &given["exceptRooms"]];
    let mut rooms = rooms.into_iter().filter_map(Value::as_array).flatten();
    let event = given["eventName"].as_str().unwrap_or_default();
    let illegal = RESERVED.contains(&event) || event.contains(char::is_control);
    illegal || rooms.any(|room| room == "")
}

/// The published filter with its `or`s in parentheses.
fn in_parentheses(filter: &str) -> Option<String> {
    let (rooms, except) = filter.split_once(" and ")?;
    let several = rooms.contains(" or ") && except.starts_with("not (");
    several.then(|| format!("({rooms}) and {except}"))
}

fn filter(ours: &Value, expected: &Value) -> Option<&'static str> {
    let expected = in_parentheses(expected.as_str()?)?;
    (ours.as_str()? == expected).then_some("parentheses")
}

fn action(case: &Case, ours: &Value) -> Option<&'static str> {
    let mut expected = case.expected.clone();
    let url = expected["url"].as_str()?.to_owned();
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let (bare, filter) = url.split_once("&filter=")?;
    let rule = if filter.is_empty() {
        expected["url"] = bare.into();
        "empty-filter"
    } else {
        let filter = in_parentheses(&decoded(filter))?;
        let found = ours["url"].as_str()?.split_once("&filter=")?.1;
        if decoded(found) != filter {
            return None;
        }
        expected["url"] = ours["url"].clone();
        "parentheses"
    };
    (*ours == expected).then_some(rule)
}

fn decode(case: &Case, ours: &Value) -> Option<&'static str> {
    let refused = json!({ "status": 200, "body": "" });
    let body = case.given["body"].as_str()?;
    let event = case.given["ce-eventName"].as_str()?;
    match (case.expected["status"] == 500, *ours == refused) {
        (true, true) => Some("no-repetition"),
        // The extension skips the first character, reads JSON leniently, and takes any value for a name.
        (false, true) => {
            let list = body.find('[').map_or("", |at| &body[at..]);
            let list: Option<Vec<&RawValue>> = serde_json::from_str(list).ok();
            // A number's text is the name, as a client has it: 1e2 is not 100.
            let strict = list.is_some_and(|list| {
                list.first().is_some_and(|name| {
                    let name = name.get();
                    let is_number = name.parse::<f64>().is_ok();
                    name.starts_with('"') || (is_number && name == event)
                })
            });
            (!body.starts_with("42") || !strict).then_some("strictness")
        }
        // It keeps ids in 32 bits, and takes a name for a date.
        (true, false) => {
            let id = ours["ackId"].as_u64();
            let wide = id.is_some_and(|id| i32::try_from(id).is_err());
            let whole = ours["eventName"] == event;
            let binary = body.starts_with("45");
            (whole && (wide || binary || is_date(event))).then_some("no-limits")
        }
        (false, false) => {
            // Only the dates may be others: ours are the client's own.
            let list: Vec<Value> = serde_json::from_str(&body[body.find('[')?..]).ok()?;
            let mut expected = case.expected.clone();
            let own = Value::Array(list[1..].to_vec());
            let dates = has_date(&own);
            expected["parameters"] = own;
            expected.as_object_mut()?.remove("payload");
            (dates && equal(ours, &expected)).then_some("dates")
        }
    }
}

fn date(case: &Case, ours: &Value) -> Option<&'static str> {
    let given = &case.given["parameterString"];
    let kept = ours["seenByFunction"] == *given;
    (kept && is_date(given.as_str()?)).then_some("dates")
}

fn ack(case: &Case, ours: &Value) -> Option<&'static str> {
    let returned = match &case.given["return"] {
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let list = &returned["ack"];
    let (header, _) = case.given["packet"].as_str()?.split_once('[')?;
    let id: String = header
        .chars()
        .rev()
        .take_while(char::is_ascii_digit)
        .collect();
    let id: String = id.chars().rev().collect();
    // In the main namespace the type's digits stand right before the id.
    let id = if header.contains(',') {
        &id
    } else {
        id.get(2..)?
    };
    let namespace = match case.given["ce-namespace"].as_str()? {
        "/" => String::new(),
        other => format!("{other},"),
    };
    let expected = json!({ "status": 200, "body": format!("43{namespace}{id}{list}") });
    if *ours != expected {
        return None;
    }
    if *list == json!([]) {
        return Some("empty-ack");
    }
    if id.starts_with('0') && id != "0" {
        return Some("no-limits");
    }
    has_date(list).then_some("dates")
}

fn connect(ours: &Value, expected: &Value) -> Option<&'static str> {
    let body = json!({ "message": "no" }).to_string();
    let code = expected["status"].as_u64()?;
    let rejected = |code: u64| *ours == json!({ "status": code, "body": body });
    match code {
        // A text goes with the refusal.
        400..=499 if rejected(code) => Some("connect-message"),
        // Whatever would make the service ask again becomes a refusal for good.
        _ if !(200..300).contains(&code) && rejected(403) => Some("no-repetition"),
        201..=299 if *ours == json!({ "status": 200, "body": "" }) => Some("types"),
        _ => None,
    }
}

fn is_date(text: &str) -> bool {
    text.starts_with("/Date(") || (text.len() >= 19 && text.as_bytes()[10] == b'T')
}

fn has_date(value: &Value) -> bool {
    match value {
        Value::String(text) => is_date(text),
        Value::Array(list) => list.iter().any(has_date),
        Value::Object(members) => members.values().any(has_date),
        _ => false,
    }
}
