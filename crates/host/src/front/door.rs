//! Which web pages may use this host: see [`sio_net::Door`].
//!
//! The name that a request was sent to is checked for every request, since a page can make a name of its own lead to
//! this machine and then read what it likes. The page behind a request is checked where the request could do something:
//! at the host's own paths, and at functions unless it only reads. What a page may read from a function is up to CORS, as
//! in Azure.

use http::request::Parts;
use http::{Method, Response, StatusCode};
use sio_net::{Body, Refused};

use super::context::Context;
use super::plan::Plan;
use super::response::with_type;

/// Checks the name that a request was sent to; the response is that to a request which is refused.
pub(super) fn host(context: &Context, head: &Parts) -> Option<Response<Body>> {
    let refused = context.entrance.door.check_host(&head.headers).err()?;
    Some(refuse(context, head, refused))
}

/// Checks the page behind a request, where its plan could do something.
pub(super) fn page(context: &Context, head: &Parts, plan: &Plan) -> Option<Response<Body>> {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method);
    let harmless = match plan {
        Plan::Function(_) => reads,
        Plan::Refuse(_) | Plan::Challenge(_) | Plan::NotFound => true,
        Plan::Home | Plan::ClientScript | Plan::Reload | Plan::Admin(_) | Plan::Webhook => false,
    };
    if harmless {
        return None;
    }
    let refused = context
        .entrance
        .door
        .check_origin(&head.method, &head.headers)
        .err()?;
    Some(refuse(context, head, refused))
}

fn refuse(context: &Context, head: &Parts, refused: Refused) -> Response<Body> {
    let hint = match refused {
        Refused::Host => "; --allow-host NAME allows it",
        Refused::Origin => {
            "; --cors ORIGINS, or Host.CORS in local.settings.json, allows pages of other origins"
        }
        _ => "",
    };
    let text = format!("{refused}{hint}");
    if context.entrance.told.is_first(refused) {
        let (method, path) = (&head.method, head.uri.path());
        context.warn(format!(
            "{method} {path} is refused with 403, as are others like it: {text}"
        ));
    }
    let mut response = with_type("text/plain; charset=utf-8", sio_net::full(text));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}
