//! Tokens for users that an HTTP function chooses.

use std::sync::Arc;

use sio_protocol::names::HubName;

use crate::client::Services;
use crate::extract::no_service;
use crate::handler::{Context, Deadline, Extract, Http, Rejection};

use super::{Identity, NegotiateError, Negotiation, issue};

/// Makes tokens, as an argument of an HTTP function that decides for itself who gets one.
///
/// Where the function does nothing else, [`Hub::negotiate`](crate::Hub::negotiate) is shorter. Here a form is answered
/// with more than a token:
///
/// ```
/// # use socketio_functions::prelude::*;
/// use serde_json::{Value, json};
///
/// async fn enter(request: Request, negotiator: Negotiator) -> anyhow::Result<Json<Value>> {
///     let name = request.query("name").unwrap_or_default();
///     let connection = negotiator.user(&name).await?;
///     Ok(Json(json!({ "connection": connection, "rooms": ["lobby"] })))
/// }
/// # let app =
/// App::new().hub(Hub::new("hub")).post("enter", enter)
/// # ; app.check().unwrap();
/// ```
///
/// Tokens are for the app's only hub; with several, [`Negotiator::hub`] names one. A [`Negotiation`] is also a reply of
/// its own.
#[derive(Debug, Clone)]
pub struct Negotiator {
    services: Services,
    hub: Result<Arc<HubName>, String>,
    deadline: Deadline,
}

impl Negotiator {
    /// The same for another hub of the app. An invalid name fails every negotiation.
    #[must_use]
    pub fn hub(&self, name: &str) -> Self {
        let hub = HubName::new(name).map(Arc::new);
        Self {
            hub: hub.map_err(|_| name.to_owned()),
            ..self.clone()
        }
    }

    /// What a client needs to connect as this user; the empty id is an anonymous client.
    ///
    /// # Errors
    /// There is no such hub, or no token could be made.
    pub async fn user(&self, id: impl Into<String>) -> Result<Negotiation, NegotiateError> {
        self.identity(Identity::user(id)).await
    }

    /// What a client needs to connect anonymously.
    ///
    /// # Errors
    /// There is no such hub, or no token could be made.
    pub async fn anonymous(&self) -> Result<Negotiation, NegotiateError> {
        self.identity(Identity::Anonymous).await
    }

    /// The same with a lifetime, roles and whatever else an [`Identity`] says.
    ///
    /// # Errors
    /// There is no such hub, the identity is a refusal or says what no token can, or no token could be made.
    pub async fn identity(&self, identity: Identity) -> Result<Negotiation, NegotiateError> {
        let grant = identity
            .grant()
            .map_err(|(status, message)| NegotiateError::Refused { status, message })?;
        let hub = match &self.hub {
            Ok(hub) => hub,
            Err(name) if name.is_empty() => return Err(NegotiateError::NoHub),
            Err(name) => return Err(NegotiateError::Hub(name.clone())),
        };
        let service = self.services.get(hub);
        let service = service.ok_or_else(|| NegotiateError::Hub(hub.to_string()))?;
        issue(service, hub, &grant, self.deadline.instant()).await
    }
}

impl Extract<Http> for Negotiator {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Http>) -> Result<Self, Rejection> {
        let services = context.shared.services().ok_or_else(no_service)?;
        Ok(Self {
            services: services.clone(),
            hub: context.io.scope().hub.clone().ok_or_else(String::new),
            deadline: context.invocation.deadline,
        })
    }
}
