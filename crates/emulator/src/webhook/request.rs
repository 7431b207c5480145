//! Headers and bodies of a webhook.
//!
//! Source: service contract, "Request: method, headers" and "Request bodies".

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use sio_protocol::cloud_events::{
    ConnectBody, SYSTEM_PREFIX, SystemEvent, USER_PREFIX, header as ce,
};
use sio_protocol::signature;
use time::OffsetDateTime;
use time::macros::format_description;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::Webhooks;
use super::cookies::Jar;
use super::delivery::Failure;
use crate::connection::{Connection, Socket};
use crate::settings::{NonAsciiEventNames, UserEventType};

/// What a handler is told.
#[derive(Debug, Clone)]
pub(crate) enum Occasion {
    /// The service's own event, with its JSON body.
    System(SystemEvent, Bytes),
    /// A client's event, with its Engine.IO payload.
    User { name: String, body: Utf8Bytes },
}

impl Occasion {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::System(event, _) => event.name(),
            Self::User { name, .. } => name,
        }
    }

    pub(crate) fn is_system(&self) -> bool {
        matches!(self, Self::System(..))
    }

    pub(super) fn body(&self) -> Bytes {
        match self {
            Self::System(_, body) => body.clone(),
            Self::User { body, .. } => body.clone().into(),
        }
    }
}

/// What all webhooks of one connection have in common, made once.
#[derive(Debug)]
pub(crate) struct Identity {
    signature: String,
    connect_body: Bytes,
    cookies: Mutex<Jar>,
}

impl Identity {
    pub(crate) fn new(webhooks: &Webhooks, connection_id: &str, body: &ConnectBody) -> Self {
        Self {
            signature: signature::header(&webhooks.signers, connection_id),
            // Maps of texts: there is nothing in them that JSON could not say.
            connect_body: serde_json::to_vec(body).unwrap_or_default().into(),
            cookies: Mutex::default(),
        }
    }

    /// The body of `connect`, with what the client sent along if that is wanted (D5).
    pub(crate) fn connect_body(&self, auth: Option<&str>) -> Bytes {
        let Some(auth) = auth else {
            return self.connect_body.clone();
        };
        let open = self.connect_body.strip_suffix(b"}");
        let mut body = open.unwrap_or_default().to_vec();
        body.extend_from_slice(b",\"auth\":");
        body.extend_from_slice(auth.as_bytes());
        body.push(b'}');
        body.into()
    }

    pub(super) fn cookies(&self) -> std::sync::MutexGuard<'_, Jar> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Webhooks {
    /// All headers of an event, each once. Fails for a name that a header cannot carry, such as one with a line break.
    pub(super) fn headers(
        &self,
        connection: &Connection,
        socket: &Socket,
        occasion: &Occasion,
        authorization: Option<&str>,
    ) -> Result<HeaderMap, Failure> {
        let (prefix, content_type) = match occasion {
            Occasion::System(..) => (SYSTEM_PREFIX, "application/json; charset=utf-8"),
            Occasion::User { .. } => (USER_PREFIX, "text/plain"),
        };
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        let time = OffsetDateTime::from(self.clock.now()).format(format);
        let id = connection.session.id().as_str();
        let hub = &connection.hub.name;
        let name = occasion.name();
        if !name.is_ascii() && self.settings.non_ascii_event_names == NonAsciiEventNames::Drop {
            return Err(Failure::Unsendable(ce::EVENT_NAME.to_owned()));
        }

        let mut headers = HeaderMap::with_capacity(18);
        let mut put = |header: HeaderName, value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| Failure::Unsendable(header.as_str().to_owned()))?;
            headers.insert(header, value);
            Ok::<(), Failure>(())
        };
        let ce = HeaderName::from_static;
        put(header::CONTENT_TYPE, content_type)?;
        if self.settings.send_origin {
            put(ce(ce::REQUEST_ORIGIN), &self.origin)?;
        }
        if let Some(authorization) = authorization {
            put(header::AUTHORIZATION, authorization)?;
        }
        put(ce(ce::SPEC_VERSION), "1.0")?;
        put(ce(ce::SERVICE_VERSION), "1.0")?;
        let by_name = occasion.is_system() || self.settings.user_event_type == UserEventType::Name;
        let type_name = if by_name { name } else { "message" };
        put(ce(ce::TYPE), &format!("{prefix}{type_name}"))?;
        put(ce(ce::SOURCE), &format!("/hubs/{hub}/client/{id}"))?;
        let event_id = connection.next_event_id(socket, self.settings.event_ids);
        put(ce(ce::ID), &event_id.to_string())?;
        put(ce(ce::TIME), &time.unwrap_or_default())?;
        put(ce(ce::SIGNATURE), &connection.identity.signature)?;
        put(ce(ce::CONNECTION_ID), id)?;
        put(ce(ce::HUB), hub.as_str())?;
        put(ce(ce::EVENT_NAME), name)?;
        put(ce(ce::NAMESPACE), socket.namespace.as_str())?;
        put(ce(ce::SOCKET_ID), socket.id.as_str())?;
        if let Some(user) = connection.user() {
            put(ce(ce::USER_ID), user)?;
        }
        if let Some(cookies) = connection.identity.cookies().header() {
            put(header::COOKIE, &cookies)?;
        }
        Ok(headers)
    }
}
