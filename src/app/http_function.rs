//! The HTTP functions of a checked app.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use sio_protocol::names::HubName;
use sio_routes::Template;

use super::{Route, route};
use crate::handler::{Function, Http, Negotiate};

/// An HTTP function of the app.
#[derive(Debug)]
pub(crate) struct HttpFunction {
    /// Its name, path, methods and level.
    pub(crate) route: Route,
    /// What it does.
    pub(crate) role: HttpRole,
    /// Of its path, read once: a regular expression in it takes a while.
    template: Option<Template>,
}

impl HttpFunction {
    pub(crate) fn new(route: Route, role: HttpRole) -> Self {
        let template = route.template().ok();
        Self {
            route,
            role,
            template,
        }
    }

    /// What the parameters stand for if a path below the route prefix fits.
    pub(crate) fn matches(&self, path: &str) -> Option<HashMap<String, String>> {
        route::params(self.template.as_ref()?, path)
    }
}

/// What an HTTP function does.
#[derive(Debug)]
pub(crate) enum HttpRole {
    /// Takes the service's webhook, in direct mode.
    Webhook,
    /// Gives clients of a hub their tokens.
    Negotiate(Arc<HubName>, Function<Negotiate>),
    /// Answers as the author's handler says.
    Handler(Function<Http>),
}

impl HttpRole {
    /// Where it was registered, unless the runtime itself brought it.
    #[must_use]
    pub(crate) fn place(&self) -> Option<&'static Location<'static>> {
        match self {
            Self::Webhook => None,
            Self::Negotiate(_, function) => Some(function.place),
            Self::Handler(function) => Some(function.place),
        }
    }
}
