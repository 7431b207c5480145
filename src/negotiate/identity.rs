//! The outcome of a negotiation rule.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::handler::{Answer, Failure, Grant, Negotiate, Reply, Response};

use super::issue;

/// The identity that a negotiation rule found.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use std::time::Duration;
///
/// async fn who(request: Request) -> Identity {
///     match request.query("ticket").as_deref() {
///         Some("admin") => Identity::user("ada").role("moderator").lifetime(Duration::from_secs(600)),
///         Some(_) => Identity::refuse(403, "this ticket is unknown"),
///         None => Identity::Anonymous,
///     }
/// }
///
/// /// The roles are among the claims when the client joins.
/// async fn admit(claims: Claims) -> Result<(), Refusal> {
///     if claims.has("role", "moderator") { Ok(()) } else { Err(Refusal::new("moderators only")) }
/// }
/// # let app =
/// App::new().hub(Hub::new("hub").negotiate("negotiate", who).namespace("/moderators", |ns| ns.on_connect(admit)))
/// # ; app.check().unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Anonymous: the client may connect, without a user.
    Anonymous,
    /// A user.
    User(String),
    /// A user, or an anonymous client, whose token says more; see [`Identity::role`] and the methods beside it.
    Granted(Grant),
    /// A client that gets no token.
    Refused {
        /// The status of the answer.
        status: u16,
        /// The text of the answer.
        message: String,
    },
}

impl Identity {
    /// A user with this id; the empty id is an anonymous client.
    #[must_use]
    pub fn user(id: impl Into<String>) -> Self {
        let id = id.into();
        if id.is_empty() {
            Self::Anonymous
        } else {
            Self::User(id)
        }
    }

    /// No token for this request.
    #[must_use]
    pub fn refuse(status: u16, message: impl Into<String>) -> Self {
        Self::Refused {
            status,
            message: message.into(),
        }
    }

    /// How long the token is valid: from a minute to a day, an hour by default. A client needs it to connect and to
    /// reconnect; a connection that is open outlives it. A service that issues tokens itself, for a connection by
    /// identity, counts in whole minutes, so there it is rounded up. Any other time fails the negotiation.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        self.granting(|grant| grant.lifetime = Some(lifetime))
    }

    /// Adds a role. [`Claims`](crate::extract::Claims) has it under `role` when the client joins a namespace.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        self.granting(|grant| grant.roles.push(role.into()))
    }

    /// Puts the client into a group of the service from the start, by the claim `webpubsub.group`. A group is not a
    /// room: it is reached through the service's REST API only.
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        self.granting(|grant| grant.groups.push(group.into()))
    }

    /// Adds a claim of the app's own, which [`Claims`](crate::extract::Claims) has when the client joins a namespace. A
    /// name that a token has already (`sub`, `exp` and so on) fails the negotiation. So does any name where the
    /// connection is by identity: the service signs there, and offers no further claims.
    #[must_use]
    pub fn claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.granting(|grant| {
            grant.claims.insert(name.into(), value.into());
        })
    }

    /// Changes what the token says, if there is to be one.
    fn granting(self, change: impl FnOnce(&mut Grant)) -> Self {
        match self.grant() {
            Ok(mut grant) => {
                change(&mut grant);
                Self::Granted(grant)
            }
            Err((status, message)) => Self::Refused { status, message },
        }
    }

    /// What the token says, or status and message of a refusal.
    pub(super) fn grant(self) -> Result<Grant, (u16, String)> {
        match self {
            Self::Anonymous => Ok(Grant::default()),
            Self::User(id) => Ok(Grant {
                user: Some(id),
                ..Grant::default()
            }),
            Self::Granted(grant) => Ok(grant),
            Self::Refused { status, message } => Err((status, message)),
        }
    }
}

impl Reply<Negotiate> for Identity {
    fn reply(self) -> Result<Answer, Failure> {
        match self.grant() {
            Ok(grant) => {
                issue::check(&grant).map_err(|error| Failure::Failed(error.into()))?;
                Ok(Answer::Token(grant))
            }
            Err((status, message)) => {
                let status = StatusCode::from_u16(status).ok();
                let status = status.filter(|status| status.is_client_error());
                let refused = Response::text(message);
                Ok(Answer::Http(
                    refused.with_status(status.unwrap_or(StatusCode::FORBIDDEN)),
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_says_is_added_to_whoever_gets_one() {
        let ada = Identity::user("ada").role("a").role("b").claim("age", 7);
        let Ok(Answer::Token(grant)) = ada.reply() else {
            panic!("a token was refused");
        };
        assert_eq!(grant.user.as_deref(), Some("ada"));
        assert_eq!(grant.roles, ["a", "b"]);
        assert_eq!(grant.claims["age"], 7);
        let refused = Identity::refuse(418, "no").role("a").group("g");
        assert_eq!(refused, Identity::refuse(418, "no"));
    }

    #[test]
    fn what_no_token_can_say_fails_the_negotiation() {
        for wrong in [
            Identity::user("ada").lifetime(Duration::from_secs(59)),
            Identity::user("ada").lifetime(Duration::from_secs(86_401)),
            Identity::user("ada").claim("sub", "eve"),
        ] {
            assert!(matches!(wrong.reply(), Err(Failure::Failed(_))));
        }
        for right in [60, 86_400] {
            let right = Identity::Anonymous.lifetime(Duration::from_secs(right));
            assert!(right.reply().is_ok());
        }
    }
}
