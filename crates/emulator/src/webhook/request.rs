//! The headers of a webhook.
//!
//! Source: docs/contracts/service.md, "Request headers".

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use sio_protocol::cloud_events::{SYSTEM_PREFIX, USER_PREFIX, header as ce};
use time::OffsetDateTime;
use time::macros::format_description;

use super::event::WebhookEvent;
use super::outcome::Failure;
use super::source::Source;
use crate::settings::{NonAsciiEventNames, UserEventType, WebhookSettings};

/// All headers of an event, each once. Fails for a name that a header cannot carry, such as one with a line break.
pub(super) fn headers(
    settings: &WebhookSettings,
    origin: &str,
    time: SystemTime,
    source: &Source<'_>,
    event: &WebhookEvent,
    authorization: Option<&str>,
) -> Result<HeaderMap, Failure> {
    let (prefix, content_type) = match event {
        WebhookEvent::System(..) => (SYSTEM_PREFIX, "application/json; charset=utf-8"),
        WebhookEvent::User { .. } => (USER_PREFIX, "text/plain"),
    };
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let time = OffsetDateTime::from(time).format(format);
    let name = event.name();
    if !name.is_ascii() && settings.non_ascii_event_names == NonAsciiEventNames::Drop {
        return Err(Failure::Unsendable(ce::EVENT_NAME.to_owned()));
    }

    let mut headers = HeaderMap::with_capacity(19);
    let mut put = |header: HeaderName, value: &str| {
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| Failure::Unsendable(header.as_str().to_owned()))?;
        headers.insert(header, value);
        Ok::<(), Failure>(())
    };
    let ce = HeaderName::from_static;
    put(header::CONTENT_TYPE, content_type)?;
    // The real service is not known to send it; nothing but the view of what happened depends on it.
    let parent = source.trace.parent(source.trace.low());
    put(HeaderName::from_static(sio_trace::id::HEADER), &parent)?;
    if settings.send_origin {
        put(ce(ce::REQUEST_ORIGIN), origin)?;
    }
    if let Some(authorization) = authorization {
        put(header::AUTHORIZATION, authorization)?;
    }
    put(ce(ce::SPEC_VERSION), "1.0")?;
    put(ce(ce::SERVICE_VERSION), "1.0")?;
    let by_name = event.is_system() || settings.user_event_type == UserEventType::Name;
    let type_name = if by_name { name } else { "message" };
    put(ce(ce::TYPE), &format!("{prefix}{type_name}"))?;
    let (hub, connection) = (source.hub, source.connection);
    put(ce(ce::SOURCE), &format!("/hubs/{hub}/client/{connection}"))?;
    put(ce(ce::ID), &source.next_id().to_string())?;
    put(ce(ce::TIME), &time.unwrap_or_default())?;
    put(ce(ce::SIGNATURE), source.signature)?;
    put(ce(ce::CONNECTION_ID), connection)?;
    put(ce(ce::HUB), hub.as_str())?;
    put(ce(ce::EVENT_NAME), name)?;
    put(ce(ce::NAMESPACE), source.namespace.as_str())?;
    put(ce(ce::SOCKET_ID), source.socket.as_str())?;
    if let Some(user) = source.user {
        put(ce(ce::USER_ID), user)?;
    }
    if let Some(cookies) = &source.cookies {
        put(header::COOKIE, cookies)?;
    }
    Ok(headers)
}
