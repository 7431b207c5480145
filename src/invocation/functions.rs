//! Running the HTTP functions of an app: the webhook, negotiation, and the author's own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use sio_net::LimitError;
use sio_protocol::names::{HubName, Namespace};
use tracing::Instrument as _;

use crate::app::{EventFunction, HttpFunction, HttpRole, Registry, WEBHOOK};
use crate::client::{self, Service, Services};
use crate::extension::{Extension, Opened, Unread};
use crate::handler::{
    Answer, Deadline, Failure, Function, Grant, Invocation, InvocationId, Kind, Request, Response,
};
use crate::io::Scope;
use crate::negotiate;
use crate::settings::{Settings, SettingsError};
use crate::telemetry::{Abridged, Record};
use crate::webhook::Webhook;

/// The most that an HTTP function may take: below the 230 seconds after which the platform's front end gives up.
const HTTP_LIMIT: Duration = Duration::from_secs(200);
const _: () = assert!(HTTP_LIMIT.as_secs() < 230);

/// Everything that invocations of an app need.
#[derive(Debug)]
pub(crate) struct Functions {
    registry: Arc<Registry>,
    services: Services,
    webhook: Webhook,
    extension: Extension,
    /// The webhook's path, prefix included, in lower case. It is absent if it is that of the function's invocation.
    webhook_path: Option<String>,
    prefix: String,
    limit: Duration,
    event_limit: Duration,
    body_limit: usize,
    /// Whether events may come in payloads of the host, which are not signed: not if the app was staged with our
    /// webhook.
    takes_events: bool,
    /// Lines that every caller can cause.
    pub(super) strangers: Abridged,
}

impl Functions {
    /// Prepares the functions of an app. No connection is opened yet.
    ///
    /// # Errors
    /// A setting is missing or wrong.
    pub(crate) fn new(registry: Registry) -> Result<Self, SettingsError> {
        let settings: Settings = registry.shared.settings.clone();
        settings.refuse_older_section()?;
        let prefix = settings.route_prefix()?;
        let registry = Arc::new(registry);
        let mut services = Services::default();
        let mut known: Vec<(&str, Arc<Service>)> = Vec::new();
        for hub in &registry.hubs {
            if hub.named_by_setting && settings.get(Settings::HUB).is_none() {
                return Err(SettingsError::NoHub);
            }
            let setting = hub.connection.as_str();
            let service = match known.iter().find(|(name, _)| *name == setting) {
                Some((_, service)) => service.clone(),
                None => Arc::new(Service::new(settings.connection(setting)?)),
            };
            known.push((setting, service.clone()));
            services.insert(hub.name.as_ref().clone(), service);
        }
        registry.shared.serve_with(services.clone());
        let webhook = Webhook::new(registry.clone(), services.clone(), &settings)?;
        let extension = Extension::new(registry.clone(), services.clone());
        let is_webhook = |function: &&HttpFunction| matches!(function.role, HttpRole::Webhook);
        let enveloped = prefix.is_empty() && !settings.passes_requests_through()?;
        let function = registry.http.iter().find(is_webhook);
        let webhook_path = function.filter(|_| !enveloped).map(|function| {
            let path = format!("/{prefix}/{}", function.route.path).to_lowercase();
            path.replace("//", "/")
        });
        Ok(Self {
            registry,
            services,
            webhook,
            extension,
            webhook_path,
            prefix,
            limit: settings.function_deadline()?,
            event_limit: settings.event_deadline()?,
            body_limit: settings.body_limit(),
            takes_events: !settings.is_staged_for_direct(),
            strangers: Abridged::default(),
        })
    }

    /// The app that these are the functions of.
    #[must_use]
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The route prefix, without slashes around it.
    #[must_use]
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How long a function without a socket may take.
    #[must_use]
    pub(super) fn function_limit(&self) -> Duration {
        self.limit
    }

    /// Whether a request is for the webhook, as the service has sent it.
    ///
    /// Without a route prefix the host's invocation of the webhook's function has the same path. What comes there is an
    /// envelope where the host writes envelopes, and never one where it does not: no other caller must be able to write
    /// one.
    #[must_use]
    pub(crate) fn is_webhook(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        let is_path = |webhook: &str| webhook.eq_ignore_ascii_case(path);
        self.webhook_path.as_deref().is_some_and(is_path)
    }

    /// How long an event may take, its arrival and its outputs included.
    #[must_use]
    pub(super) fn event_limit(&self) -> Duration {
        self.event_limit
    }

    /// Answers the service, whose body has not been read yet.
    pub(crate) async fn handle_webhook(
        &self,
        request: &mut Request,
        body: impl Future<Output = Result<Bytes, LimitError>>,
        id: InvocationId,
    ) -> Response {
        let record = Record::new(WEBHOOK, id.as_str(), &request.headers);
        let span = record.span();
        let invocation = Invocation::new(id, self.event_limit);
        self.webhook
            .handle(request, body, invocation, &record)
            .instrument(span)
            .await
    }

    /// The most that the body of a request may have: the host's limit.
    #[must_use]
    pub(super) fn body_limit(&self) -> usize {
        self.body_limit
    }

    /// The function of Microsoft's trigger that the host invokes by this name.
    #[must_use]
    pub(super) fn event_at(&self, name: &str) -> Option<&EventFunction> {
        self.event(name).filter(|_| self.takes_events)
    }

    /// The function of Microsoft's trigger that has this name.
    #[must_use]
    pub(crate) fn event(&self, name: &str) -> Option<&EventFunction> {
        self.extension.trigger(name)
    }

    /// Answers an invocation of Microsoft's trigger.
    pub(crate) async fn run_event(
        &self,
        trigger: &EventFunction,
        opened: Result<Opened, Unread>,
        invocation: Invocation,
        record: &Record,
    ) -> Response {
        self.extension
            .invoke(trigger, opened, invocation, record)
            .await
    }

    /// The function that a request as it was sent is for, and the route's parameters.
    pub(super) fn routed(
        &self,
        method: &Method,
        path: &str,
    ) -> Option<(&HttpFunction, HashMap<String, String>)> {
        let path = below(&self.prefix, path)?;
        self.registry.http_function(path, method)
    }

    /// Whether the host invokes a function by this name, other than for an event.
    #[must_use]
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.http_named(name).is_some() || self.trigger_function(name).is_some()
    }

    /// The HTTP function of this name.
    #[must_use]
    pub(super) fn http_named(&self, name: &str) -> Option<&HttpFunction> {
        let mut functions = self.registry.http.iter();
        functions.find(|function| function.route.name == name)
    }

    /// Answers a request that arrives as it was sent: the path decides which function it is for.
    pub(crate) async fn by_path(&self, mut request: Request, invocation: InvocationId) -> Response {
        match self.routed(&request.method, &request.path) {
            Some((function, params)) => {
                request.params = params;
                let name = &function.route.name;
                let record = Record::new(name, invocation.as_str(), &request.headers);
                let span = record.span();
                self.run(function, request, invocation, &record)
                    .instrument(span)
                    .await
            }
            None => Response::status(StatusCode::NOT_FOUND),
        }
    }

    /// Answers a request that arrives in an envelope: the function's name decides.
    pub(crate) async fn by_name(
        &self,
        name: &str,
        request: Request,
        invocation: InvocationId,
        record: &Record,
    ) -> Option<Response> {
        let function = self.http_named(name)?;
        Some(self.run(function, request, invocation, record).await)
    }

    async fn run(
        &self,
        function: &HttpFunction,
        mut request: Request,
        id: InvocationId,
        record: &Record,
    ) -> Response {
        let invocation = Invocation::new(id.clone(), self.limit.min(HTTP_LIMIT));
        let deadline = invocation.deadline;
        let outcome = async {
            match &function.role {
                HttpRole::Webhook => {
                    let body = std::future::ready(Ok(request.body.clone().into()));
                    let invocation = Invocation::new(id.clone(), self.event_limit);
                    let handled = self.webhook.handle(&mut request, body, invocation, record);
                    Ok(Answer::Http(handled.await))
                }
                HttpRole::Negotiate(hub, rule) => {
                    let hub_name = Some(hub.clone());
                    match self.call(rule, hub_name, request, invocation).await? {
                        Answer::Token(grant) => self.negotiate(hub, &grant, deadline).await,
                        other => Ok(other),
                    }
                }
                HttpRole::Handler(handler) => {
                    let hub = self.registry.only_hub();
                    self.call(handler, hub, request, invocation).await
                }
            }
        };
        match outcome.await {
            Ok(Answer::Http(response)) => response,
            Ok(_) => Response::status(StatusCode::NO_CONTENT),
            Err(failure) => {
                failure.log(&self.registry.shared.unfit, "");
                // The reason is for the log; the caller gets what finds it there.
                Response::text(format!("the function failed; invocation {id}"))
                    .with_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Runs a handler, then sends what it put out.
    pub(super) async fn call<K: Kind>(
        &self,
        function: &Function<K>,
        hub: Option<Arc<HubName>>,
        input: K::Input,
        invocation: Invocation,
    ) -> Result<Answer, Failure> {
        let deadline = invocation.deadline;
        let scope = Scope {
            hub,
            namespace: Namespace::main(),
        };
        let shared = self.registry.shared.clone();
        let running = function.invoke(scope, input, shared, invocation);
        let (outcome, outbox) = running.await.settle(&self.registry.shared.unfit);
        let answer = outcome?;
        client::flush(&self.services, outbox, deadline.instant()).await?;
        Ok(answer)
    }

    async fn negotiate(
        &self,
        hub: &HubName,
        grant: &Grant,
        deadline: Deadline,
    ) -> Result<Answer, Failure> {
        let Some(service) = self.services.get(hub) else {
            return Err(Failure::Invalid(format!("the app has no hub {hub:?}")));
        };
        let issued = negotiate::issue(service, hub, grant, deadline.instant()).await;
        let negotiation = issued.map_err(|error| Failure::Failed(error.into()))?;
        negotiate::response(&negotiation).map(Answer::Http)
    }
}

/// The path below a prefix, which ignores case and ends where a segment ends.
fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let path = path.trim_start_matches('/');
    let (begin, rest) = path.split_at_checked(prefix.len())?;
    let ends = prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
    (ends && begin.eq_ignore_ascii_case(prefix)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_segment_ends() {
        assert_eq!(below("api", "/API/logs"), Some("/logs"));
        assert_eq!(below("api", "//api/logs"), Some("/logs"));
        assert_eq!(below("a/b", "/a/b"), Some(""));
        assert_eq!(below("", "/logs"), Some("logs"));
        for path in ["/apilogs", "/ap", "/logs", "", "/é/api"] {
            assert_eq!(below("api", path), None, "{path}");
        }
    }
}
