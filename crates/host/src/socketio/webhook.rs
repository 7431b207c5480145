//! The webhook: from a request of the service to an invocation, and back (docs/contracts/socketio-extension.md,
//! "Processing order").

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::delivery::{Delivery, EmptyOrigin, allowed_origin};
use super::event::{Event, Refused};
use super::metadata::binding_data;
use super::reply::{self, Asked};
use super::trigger::Trigger;
use super::{SocketIo, connection::Connection};
use crate::extension::{Event as Invocation, Reply, TakesBody};
use crate::invocation::Answer;
use crate::invocation::header_names::Names;
use crate::json::Json;

const DATES: &str = "an argument of the event looks like a date; the extension writes dates in parameters in another form (the payload stays as it is)";
const UNANSWERED: &str = "a failed function for connect, or for an event with an acknowledgement, is never answered in Azure: the client waits until the service gives up. Here the answer is 500. Return {\"statusCode\":…} instead of failing";

/// Takes or refuses a request by its head.
pub(super) fn accept<'a>(extension: &'a SocketIo, head: &Parts) -> Result<TakesBody<'a>, Reply> {
    let connection = extension.connection();
    if [Method::OPTIONS, Method::GET].contains(&head.method) {
        return Err(protection(connection, &head.headers));
    }
    let refusal = |code, problem: &str| Reply::refusal(code, problem);
    let delivery = Delivery::read(&head.headers, headers(&head.headers))
        .map_err(|problem| refusal(StatusCode::BAD_REQUEST, &problem.to_string()))?;
    let trigger = extension.find(&delivery.key).ok_or_else(|| {
        let problem = unknown(&delivery, extension.triggers());
        refusal(StatusCode::NOT_FOUND, &problem)
    })?;
    match delivery.is_trusted(connection) {
        Ok(true) => {}
        Ok(false) => {
            let host = connection.endpoint().host();
            let problem = format!(
                "WebHook-Request-Origin must be {host} (found \"{}\") and ce-signature must be made with the access key of the connection string",
                delivery.origin
            );
            return Err(refusal(StatusCode::UNAUTHORIZED, &problem));
        }
        Err(EmptyOrigin) => {
            let problem = "WebHook-Request-Origin is empty";
            return Err(refusal(StatusCode::INTERNAL_SERVER_ERROR, problem));
        }
    }
    if head.method != Method::POST {
        return Err(refusal(StatusCode::BAD_REQUEST, "events are posted"));
    }
    let content_type = head.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok().map(str::to_owned));
    Ok(Box::new(move |body| {
        let event = Event::read(&delivery, content_type.as_deref(), body);
        let event = event.map_err(|refused| match refused {
            Refused::MediaType(text) => Reply {
                text: Some(text.clone()),
                ..refusal(StatusCode::BAD_REQUEST, &text)
            },
            Refused::Unreadable(reason) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &reason),
        })?;
        Ok(invocation(extension, trigger, delivery, &event))
    }))
}

/// Why no function is for an event, with those that there are.
fn unknown(delivery: &Delivery, triggers: &[Trigger]) -> String {
    let key = &delivery.key;
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let beside: Vec<&str> = triggers
        .iter()
        .filter(|known| {
            same(&known.key.hub, &key.hub) && same(&known.key.namespace, &key.namespace)
        })
        .map(|known| &*known.key.event)
        .collect();
    if !beside.is_empty() {
        return format!(
            "no function waits for the event {:?}; those of hub {} and namespace {} wait for {}",
            key.event,
            key.hub,
            key.namespace,
            beside.join(", ")
        );
    }
    let known: Vec<String> = triggers.iter().map(|known| known.key.to_string()).collect();
    match known.is_empty() {
        true => format!("no function waits for {key}: the app has only other triggers"),
        false => format!(
            "no function waits for {key}; functions wait for {}",
            known.join("; ")
        ),
    }
}

/// The service asks whether it may post here.
fn protection(connection: &Connection, headers: &HeaderMap) -> Reply {
    let host = connection.endpoint().host();
    match allowed_origin(headers, connection) {
        Err(problem) => Reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, problem.to_string()),
        Ok(None) => Reply::refusal(
            StatusCode::BAD_REQUEST,
            format!(
                "WebHook-Request-Origin does not name {host}, the host of the connection string"
            ),
        ),
        Ok(Some(origin)) => {
            let name = HeaderName::from_static("webhook-allowed-origin");
            Reply {
                header: HeaderValue::from_str(&origin)
                    .ok()
                    .map(|value| Box::new((name, value))),
                ..Reply::new(StatusCode::OK)
            }
        }
    }
}

/// Every header as functions see it: name to list of values. Unconfirmed: the casing of names that the host doesn't know.
fn headers(map: &HeaderMap) -> Json {
    let names = Names::default();
    let lines = |name| {
        let values = map.get_all(name).iter();
        values
            .map(|value| Json::text(String::from_utf8_lossy(value.as_bytes())))
            .collect()
    };
    Json::Object(
        map.keys()
            .map(|name| (names.of(name).to_owned(), Json::Array(lines(name))))
            .collect(),
    )
}

fn invocation(
    extension: &SocketIo,
    trigger: &Trigger,
    delivery: Delivery,
    event: &Event,
) -> Invocation {
    let request = event.request(&delivery);
    let data = binding_data(trigger, &delivery, event, &request);
    let ack = match event {
        Event::Message { ack, .. } => *ack,
        _ => None,
    };
    let wanted = match (event, ack) {
        (Event::Connect { .. }, _) => Some(None),
        (_, Some(id)) => Some(Some((delivery.key.namespace, id))),
        _ => None,
    };
    let declared = trigger.returns_elsewhere;
    Invocation {
        function: trigger.function,
        value: request.indented(),
        data,
        advice: advice(extension, trigger, event),
        answers: Box::new(move |outcome| {
            let asked = wanted.as_ref().map(|ack| match ack {
                None => Asked::Connect,
                Some((namespace, id)) => Asked::Ack { namespace, id: *id },
            });
            answer(asked, outcome, declared)
        }),
    }
}

/// The reply to the service.
///
/// Unconfirmed: a function with a `$return` binding of its own keeps its return value from the trigger, which is then
/// never answered.
fn answer(asked: Option<Asked<'_>>, outcome: Result<&Answer, &str>, declared: bool) -> Reply {
    let unanswered = |problem: &str| Reply {
        text: Some("the function failed".to_owned()),
        advice: Some(UNANSWERED),
        ..Reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, problem)
    };
    match (asked, outcome) {
        // Whatever became of the function.
        (None, outcome) => Reply {
            problem: outcome.err().map(str::to_owned),
            ..Reply::new(StatusCode::OK)
        },
        (Some(_), Err(error)) => unanswered(error),
        (Some(_), Ok(_)) if declared => {
            unanswered("the $return binding takes the return value, so the trigger gets none")
        }
        (Some(asked), Ok(answer)) => {
            let reply = reply::reply(asked, &answer.return_value);
            let failed = reply.status.is_server_error();
            Reply {
                problem: reply.text.clone().filter(|_| failed),
                text: reply.text,
                ..Reply::new(reply.status)
            }
        }
    }
}

fn advice(extension: &SocketIo, trigger: &Trigger, event: &Event) -> Option<String> {
    let dated = matches!(event, Event::Message { dated: true, .. });
    (dated && extension.is_new(&trigger.name, DATES)).then(|| DATES.to_owned())
}
