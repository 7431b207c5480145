//! Running the HTTP functions of an app: the webhook, negotiation, and the author's own.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::app::{HttpFunction, HttpRole, Registry, WEBHOOK};
use crate::client::{self, Service, Services};
use crate::extension::Extension;
use crate::handler::{Answer, Context, Failure, Function, Kind, Request, Response};
use crate::io::{Io, Scope};
use crate::negotiate;
use crate::settings::{Settings, SettingsError};
use crate::telemetry::{self, Record};
use crate::webhook::Webhook;
use sio_protocol::names::{HubName, Namespace};

/// How long an HTTP function may take: below the 230 seconds after which the platform's front end gives up.
const DEADLINE: Duration = Duration::from_secs(200);

/// Everything that invocations of an app need.
#[derive(Debug)]
pub(crate) struct Functions {
    registry: Arc<Registry>,
    services: Services,
    webhook: Webhook,
    extension: Extension,
    /// The webhook's path, prefix included, in lower case.
    webhook_path: Option<String>,
    prefix: String,
}

impl Functions {
    /// Prepares the functions of an app. No connection is opened yet.
    ///
    /// # Errors
    /// A setting is missing or wrong.
    pub(crate) fn new(registry: Registry) -> Result<Self, SettingsError> {
        let settings: Settings = registry.shared.settings.clone();
        let prefix = settings.route_prefix()?;
        let registry = Arc::new(registry);
        let mut services = Services::default();
        let mut known: Vec<(&str, Arc<Service>)> = Vec::new();
        for hub in &registry.hubs {
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
        let extension = Extension::new(registry.clone(), services.clone(), &settings)?;
        let is_webhook = |function: &&HttpFunction| matches!(function.role, HttpRole::Webhook);
        let webhook_path = registry.http.iter().find(is_webhook).map(|function| {
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

    /// Whether a path is the webhook's.
    #[must_use]
    pub(crate) fn is_webhook(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        self.webhook_path
            .as_deref()
            .is_some_and(|webhook| webhook.eq_ignore_ascii_case(path))
    }

    /// Answers the service.
    pub(crate) async fn webhook(&self, request: Request) -> Response {
        let invocation = Record::new(WEBHOOK, &request.headers);
        let span = invocation.span();
        let handled = self.webhook.handle(request, &invocation);
        handled.instrument(span).await
    }

    /// Whether Microsoft's extension would know a function by this name.
    #[must_use]
    pub(crate) fn has_trigger(&self, name: &str) -> bool {
        self.extension.has(name)
    }

    /// Answers an invocation of Microsoft's trigger; `None` for any other.
    pub(crate) async fn trigger(
        &self,
        name: &str,
        body: &[u8],
        invocation: &Record,
    ) -> Option<Response> {
        self.extension.invoke(name, body, invocation).await
    }

    /// Answers a request that arrives as it was sent: the path decides which function it is for.
    pub(crate) async fn by_path(&self, mut request: Request) -> Response {
        let path = request.path.trim_start_matches('/');
        let below = match path.get(..self.prefix.len()) {
            Some(prefix) if prefix.eq_ignore_ascii_case(&self.prefix) => &path[self.prefix.len()..],
            _ => return Response::status(StatusCode::NOT_FOUND),
        };
        let found = self.registry.http.iter().find_map(|function| {
            let methods = &function.route.methods;
            let params = function.route.matches(below)?;
            methods
                .contains(&request.method)
                .then_some((function, params))
        });
        match found {
            Some((function, params)) => {
                request.params = params;
                let invocation = Record::new(&function.route.name, &request.headers);
                let span = invocation.span();
                self.run(function, request, &invocation)
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
        invocation: &Record,
    ) -> Option<Response> {
        let mut functions = self.registry.http.iter();
        let function = functions.find(|function| function.route.name == name)?;
        Some(self.run(function, request, invocation).await)
    }

    async fn run(
        &self,
        function: &HttpFunction,
        request: Request,
        invocation: &Record,
    ) -> Response {
        let id = telemetry::id(&request.headers).to_owned();
        let outcome = async {
            match &function.role {
                HttpRole::Webhook => {
                    Ok(Answer::Http(self.webhook.handle(request, invocation).await))
                }
                HttpRole::Negotiate(hub, rule) => {
                    match self.call(rule, Some(hub.clone()), request).await? {
                        Answer::User(user) => self.negotiate(hub, user.as_deref()).await,
                        other => Ok(other),
                    }
                }
                HttpRole::Handler(handler) => {
                    self.call(handler, self.registry.only_hub(), request).await
                }
            }
        };
        match outcome.await {
            Ok(Answer::Http(response)) => response,
            Ok(_) => Response::status(StatusCode::NO_CONTENT),
            Err(failure) => {
                tracing::error!("{failure}");
                // The reason is for the log; the caller gets what finds it there.
                Response::text(format!("the function failed; invocation {id}"))
                    .with_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    async fn call<K: Kind<Input = Request>>(
        &self,
        function: &Function<K>,
        hub: Option<Arc<HubName>>,
        request: Request,
    ) -> Result<Answer, Failure> {
        let deadline = Instant::now() + DEADLINE;
        let io = Io::new(Scope {
            hub,
            namespace: Namespace::main(),
        });
        let context = Context {
            input: request,
            shared: self.registry.shared.clone(),
            io: io.clone(),
        };
        let outcome = function.call(context, DEADLINE).await;
        let outbox = io.close();
        let answer = outcome?;
        client::flush(&self.services, outbox, deadline).await?;
        Ok(answer)
    }

    async fn negotiate(&self, hub: &HubName, user: Option<&str>) -> Result<Answer, Failure> {
        let Some(service) = self.services.get(hub) else {
            return Err(Failure::Input(format!("the app has no hub {hub:?}")));
        };
        let deadline = Instant::now() + DEADLINE;
        negotiate::answer(service, hub, user, deadline)
            .await
            .map(Answer::Http)
    }
}
