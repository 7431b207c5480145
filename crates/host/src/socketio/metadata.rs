//! What a function can bind to besides the event (docs/contracts/socketio-extension.md, "Binding data" and "Parameter
//! names").

use super::delivery::Delivery;
use super::event::Event;
use super::trigger::{EventType, Trigger};
use crate::invocation::{BindingData, dates};
use crate::json::Json;

/// The binding data of an event; an error fails the invocation before the handler sees it.
pub(crate) fn binding_data(
    trigger: &Trigger,
    delivery: &Delivery,
    event: &Event,
    request: &Json,
) -> Result<BindingData, String> {
    let mut own = vec![
        ("Request", request.clone()),
        ("ConnectionContext", context(delivery)),
        ("SocketId", Json::text(&delivery.socket)),
        ("Namespace", Json::text(&delivery.key.namespace)),
    ];
    if let Some(user) = delivery.user.as_ref().filter(|user| !user.is_empty()) {
        own.push(("UserId", Json::text(user)));
    }
    match event {
        Event::Connect {
            claims,
            query,
            headers,
            certificates,
        } => own.extend([
            // Unlike in `Request`, dates get .NET's form.
            ("Claims", dates::reread(claims.clone())),
            ("Query", dates::reread(query.clone())),
            ("Headers", dates::reread(headers.clone())),
            ("ClientCertificates", certificates.clone()),
        ]),
        Event::Connected => {}
        Event::Disconnected { reason } => own.push(("Reason", reason.clone())),
        Event::Message { payload, .. } => own.push(("Payload", Json::text(payload))),
    }
    let mut data = BindingData::default();
    for (name, value) in named(trigger, event)? {
        if own
            .iter()
            .any(|(taken, _)| taken.eq_ignore_ascii_case(name))
        {
            return Err(format!(
                "An item with the same key has already been added. Key: {name}. parameterNames must not have a name that the extension uses itself"
            ));
        }
        data.put(name, value);
    }
    for (name, value) in own {
        data.put(name, value);
    }
    Ok(data)
}

/// Arguments under the names of `parameterNames`.
fn named<'a>(trigger: &'a Trigger, event: &Event) -> Result<Vec<(&'a str, Json)>, String> {
    let names = &trigger.parameter_names;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let Event::Message { parameters, .. } = event else {
        return Err(format!(
            "parameterNames are set, but {} is not an event with arguments",
            trigger.key.event
        ));
    };
    // The original stumbles over a null where there are no arguments at all; the words are those of the other case.
    let arguments = parameters.as_deref().unwrap_or_default();
    if arguments.len() != names.len() {
        return Err(format!(
            "Parameter length of incoming data dismatch. Expected to be {}, but actually {}. Update the ParameterNames to match the actual data",
            names.len(),
            arguments.len()
        ));
    }
    Ok(names
        .iter()
        .map(String::as_str)
        .zip(arguments.iter().cloned())
        .collect())
}

/// The connection, as Json.NET writes it: without its own `socketId` and `namespace` (measured with Json.NET 6;
/// docs/contracts/functions-host.md's example has other casing and more members, and is not confirmed either).
fn context(delivery: &Delivery) -> Json {
    let kind = match delivery.key.kind {
        EventType::System => 0_u8,
        EventType::User => 1,
    };
    let optional = |text: &Option<String>| text.as_ref().map_or(Json::Null, Json::text);
    Json::object([
        ("eventType", Json::Number(kind.into())),
        ("eventName", Json::text(&delivery.key.event)),
        ("hub", Json::text(&delivery.key.hub)),
        ("connectionId", Json::text(&delivery.connection)),
        ("userId", optional(&delivery.user)),
        ("signature", optional(&delivery.signature)),
        ("origin", Json::text(&delivery.origin)),
        ("states", Json::empty()),
        ("headers", delivery.headers.clone()),
    ])
}

/// What is wrong with the `parameterNames` of a trigger whatever event comes.
pub(crate) fn parameter_problem(trigger: &Trigger) -> Option<String> {
    const TAKEN: [&str; 6] = [
        "Request",
        "ConnectionContext",
        "SocketId",
        "Namespace",
        "UserId",
        "Payload",
    ];
    if trigger.parameter_names.is_empty() {
        return None;
    }
    if trigger.key.kind == EventType::System {
        return Some(format!(
            "parameterNames are for user events; every invocation for {} will fail",
            trigger.key.event
        ));
    }
    let taken = trigger
        .parameter_names
        .iter()
        .find(|name| TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(name)))?;
    Some(format!(
        "parameterNames has \"{taken}\", a name that the extension uses itself; every invocation will fail"
    ))
}
