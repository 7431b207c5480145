//! What every request needs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::cors::Cors;
use super::throttle::Throttle;
use crate::app::App;
use crate::auth::{Authority, Keys, presented};
use crate::clock::Clock;
use crate::hop::Hops;
use crate::platform::SignIn;
use crate::process::Gate;
use crate::queue::{Address, Queues};
use crate::routes::RouteTable;
use crate::socketio::Extension;

/// The running host, as its requests see it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) app: App,
    pub(crate) routes: RouteTable,
    /// None in an app without functions: then there is no handler.
    pub(crate) gate: Option<Gate>,
    pub(crate) throttle: Throttle,
    pub(crate) hops: Hops,
    pub(crate) options: Options,
    /// None in an app that does not use it.
    pub(crate) socket_io: Option<Extension>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) clock: Clock,
    pub(crate) base: String,
    /// Cancelled when the host stops: invocations end.
    pub(crate) stop: CancellationToken,
    pub(crate) started: Instant,
}

impl Context {
    /// Does a function of the app take messages out of this queue?
    pub(crate) fn listens(&self, address: &Address) -> bool {
        let mut enabled = self
            .app
            .functions
            .iter()
            .filter(|function| !function.disabled);
        enabled.any(|function| Address::of_trigger(function).as_ref() == Some(address))
    }

    /// What the caller may do; everything, where no keys are asked for, as under Core Tools.
    pub(crate) fn authority<B>(&self, request: &Request<B>, function: Option<&str>) -> Authority {
        if !self.options.auth {
            return Authority::Admin;
        }
        let key = presented(request.headers(), request.uri().query());
        self.keys.authority(key.as_deref(), function)
    }
}

/// What was chosen when the host was started.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) faithful: bool,
    pub(crate) client_script: Option<Bytes>,
    /// Pages reload themselves when it changes.
    pub(crate) reload: Option<watch::Receiver<u64>>,
    pub(crate) framing: Framing,
    /// Callers need keys.
    pub(crate) auth: bool,
    /// Who signs users in, if anybody does.
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) cors: Cors,
    /// Longest body of a request.
    pub(crate) body_limit: usize,
    /// `WEBSITE_AUTH_ENABLED`
    pub(crate) easy_auth: bool,
    /// Not `AzureWebJobsDisableHomepage`.
    pub(crate) home_page: bool,
    pub(crate) function_timeout: Option<Duration>,
    pub(crate) proxying: bool,
    pub(crate) forwarding: bool,
    /// Forwarded requests go to `/{function}`.
    pub(crate) legacy: bool,
}

/// How the body of an envelope is framed (host contract, "On the wire"). Unconfirmed which of the two comes when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// One or the other by chance, so that a handler that understands only one is found out.
    #[default]
    Random,
    /// With `Content-Length`, as under Core Tools.
    ContentLength,
    /// Chunked, as in Azure.
    Chunked,
}
