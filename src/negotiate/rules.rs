//! Ready-made rules: the user that the platform has signed in, a name from the query, one identity for everyone.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::extract::Principal;
use crate::handler::{
    Context, Extract, Function, IntoFunction, Negotiate, Ready, Rejection, Request,
};
use crate::telemetry::{Abridged, abridge};

use super::Identity;

/// The user that the platform has signed in. Made by [`Identity::easy_auth`].
#[derive(Debug, Clone, Copy)]
pub struct EasyAuth {
    by_name: bool,
    lifetime: Option<Duration>,
}

/// A user named in the query. Made by [`Identity::query`].
#[derive(Debug, Clone)]
pub struct FromQuery {
    parameter: String,
}

/// The user that a function finds in a request. Made by [`Identity::from_request`].
#[derive(Debug, Clone, Copy)]
pub struct FromRequest<F>(F);

impl Identity {
    /// A rule: the user that App Service's authentication has signed in, by the id that the provider gave; everybody
    /// else gets 401. The platform's headers are believed only where `WEBSITE_AUTH_ENABLED` is true.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// # let app =
    /// App::new().hub(Hub::new("hub").negotiate("negotiate", Identity::easy_auth()))
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    pub fn easy_auth() -> EasyAuth {
        EasyAuth {
            by_name: false,
            lifetime: None,
        }
    }

    /// A rule for development: the user that the query names, unchecked. Outside development, where the setting
    /// `AZURE_FUNCTIONS_ENVIRONMENT` is not `Development`, everybody gets 401.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// # let app =
    /// // GET /api/negotiate?user=ada
    /// App::new().hub(Hub::new("hub").negotiate("negotiate", Identity::query("user")))
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    pub fn query(parameter: &str) -> FromQuery {
        FromQuery {
            parameter: parameter.to_owned(),
        }
    }

    /// A rule: the user that a function finds in the request. For what needs no waiting; a rule that asks a database is
    /// an async function.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// # fn user_of(_: &str) -> Option<&'static str> { Some("ada") }
    /// # let app =
    /// App::new().hub(Hub::new("hub").negotiate("negotiate", Identity::from_request(|request| {
    ///     let cookie = request.header("cookie").and_then(user_of);
    ///     cookie.map_or_else(|| Identity::refuse(401, "sign in first"), Identity::user)
    /// })))
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    pub fn from_request<F>(rule: F) -> FromRequest<F>
    where
        F: Fn(&Request) -> Identity + Clone + Send + Sync + 'static,
    {
        FromRequest(rule)
    }

    /// A rule: everyone may connect, anonymously. The same as `Identity::Anonymous`.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::Anonymous
    }
}

impl EasyAuth {
    /// The same with the user's name in the place of the id, as Microsoft's samples do it. A name reads better, but it
    /// may change hands: with some providers a user can choose it.
    #[must_use]
    pub fn by_name(self) -> Self {
        Self {
            by_name: true,
            ..self
        }
    }

    /// The same with tokens that hold for this time, see [`Identity::lifetime`].
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self {
            lifetime: Some(lifetime),
            ..self
        }
    }
}

impl IntoFunction<Negotiate, Ready> for EasyAuth {
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Negotiate> {
        let rule = move |principal: Option<Principal>| async move {
            let user = principal.and_then(|found| match self.by_name {
                true => found.name,
                false => Some(found.id),
            });
            match user {
                Some(user) => match self.lifetime {
                    Some(lifetime) => Identity::user(user).lifetime(lifetime),
                    None => Identity::user(user),
                },
                None => Identity::refuse(401, "sign in first"),
            }
        };
        Function::new(rule, place)
    }
}

impl IntoFunction<Negotiate, Ready> for FromQuery {
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Negotiate> {
        let refused = Arc::new(Abridged::default());
        let rule = move |development: Development, request: Request| {
            let user = request.query(&self.parameter);
            let refused = refused.clone();
            async move {
                if development.0 {
                    return Identity::user(user.unwrap_or_default());
                }
                abridge!(
                    error,
                    refused,
                    "no token was given: `Identity::query` believes every caller, so it works only where {} is Development; use `Identity::easy_auth` or a rule of your own",
                    crate::settings::Settings::ENVIRONMENT
                );
                Identity::refuse(401, "sign in first")
            }
        };
        Function::new(rule, place)
    }
}

impl<F> IntoFunction<Negotiate, Ready> for FromRequest<F>
where
    F: Fn(&Request) -> Identity + Clone + Send + Sync + 'static,
{
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Negotiate> {
        let rule = move |request: Request| {
            let found = self.0(&request);
            async move { found }
        };
        Function::new(rule, place)
    }
}

/// The same identity for everybody: `Identity::Anonymous`, or one user in a demonstration.
impl IntoFunction<Negotiate, Ready> for Identity {
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Negotiate> {
        let rule = move || {
            let identity = self.clone();
            async move { identity }
        };
        Function::new(rule, place)
    }
}

/// Whether this is a developer's machine, as an argument of the rule above.
struct Development(bool);

impl Extract<Negotiate> for Development {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Negotiate>) -> Result<Self, Rejection> {
        Ok(Self(context.shared.settings.is_development()))
    }
}
