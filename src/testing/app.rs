//! An app whose functions a test calls.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sio_protocol::names::{HubName, Namespace};

use crate::app::{App, BuildError, HttpRole, Registry, TriggerRole};
use crate::handler::{
    Failure, Function, Invocation, InvocationId, InvocationKind, Kind, Outcome, Request,
    StateError, TriggerInput,
};
use crate::io::Scope;
use crate::settings::{Settings, SettingsError};

/// An app cannot be tested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// Its registrations have mistakes.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its state could not be made.
    #[error(transparent)]
    State(#[from] StateError),
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// An app under test. Clones share it; any number of apps can live side by side.
#[derive(Debug, Clone)]
pub struct TestApp {
    pub(super) registry: Arc<Registry>,
    /// How long the handler of an event may take.
    pub(super) event_limit: Duration,
    /// How long any other may.
    function_limit: Duration,
}

impl TestApp {
    /// Builds an app without settings, and makes its state.
    ///
    /// # Errors
    /// Its registrations have mistakes, or its state cannot be made.
    pub async fn new(app: App) -> Result<Self, TestError> {
        Self::with(app, Settings::new()).await
    }

    /// Builds an app with settings, and makes its state. No connection string is needed: nothing is sent.
    ///
    /// # Errors
    /// Its registrations have mistakes, a setting is wrong, or its state cannot be made.
    pub async fn with(app: App, settings: Settings) -> Result<Self, TestError> {
        let event_limit = settings.event_deadline()?;
        let function_limit = settings.function_deadline()?;
        let registry = app.build(settings)?;
        registry.shared.prepare().await?;
        Ok(Self {
            registry: Arc::new(registry),
            event_limit,
            function_limit,
        })
    }

    /// Runs a timer, on time. Where there is no timer of this name, the outcome [is not
    /// handled](Outcome::is_handled).
    pub async fn timer(&self, name: &str) -> Outcome {
        let value = json!({ "Schedule": {}, "ScheduleStatus": null, "IsPastDue": false });
        match self.trigger(name) {
            Some((binding, TriggerRole::Timer(timer))) => {
                let data = Map::from_iter([(binding.clone(), value)]);
                self.fire(timer, binding, data, Map::new()).await
            }
            _ => Outcome::unhandled(InvocationKind::Timer),
        }
    }

    /// Hands a queue's function a message, as JSON; a string goes as it is. Where there is no queue's function of this
    /// name, the outcome [is not handled](Outcome::is_handled).
    pub async fn queue(&self, name: &str, message: impl Serialize) -> Outcome {
        let text = match serde_json::to_value(message) {
            Ok(Value::String(text)) => text,
            Ok(value) => value.to_string(),
            Err(error) => {
                return Outcome::failed(InvocationKind::Queue, Failure::Invalid(error.to_string()));
            }
        };
        // As the host writes it: text inside JSON inside a string.
        let value = Value::String(Value::String(text).to_string());
        match self.trigger(name) {
            Some((binding, TriggerRole::Queue(queue))) => {
                let data = Map::from_iter([(binding.clone(), value)]);
                self.fire(queue, binding, data, Map::new()).await
            }
            _ => Outcome::unhandled(InvocationKind::Queue),
        }
    }

    /// Runs a function with a trigger of its author's own on the data and metadata that the host would write, which are
    /// objects. Without one of this name, the outcome [is not handled](Outcome::is_handled).
    pub async fn raw(&self, name: &str, data: Value, metadata: Value) -> Outcome {
        let (Value::Object(data), Value::Object(metadata)) = (data, metadata) else {
            let problem = "data and metadata are JSON objects in every invocation";
            return Outcome::failed(InvocationKind::Raw, Failure::Invalid(problem.to_owned()));
        };
        match self.trigger(name) {
            Some((binding, TriggerRole::Raw(raw))) => self.fire(raw, binding, data, metadata).await,
            _ => Outcome::unhandled(InvocationKind::Raw),
        }
    }

    /// A function that a trigger runs, and the name of its trigger's binding.
    fn trigger(&self, name: &str) -> Option<(String, &TriggerRole)> {
        let mut functions = self.registry.triggers.iter();
        let function = functions.find(|function| function.name == name)?;
        Some((function.binding().to_owned(), &function.role))
    }

    async fn fire<K: Kind<Input = TriggerInput>>(
        &self,
        function: &Function<K>,
        binding: String,
        data: Map<String, Value>,
        metadata: Map<String, Value>,
    ) -> Outcome {
        let input = TriggerInput {
            binding,
            data,
            metadata,
        };
        self.run(function, self.registry.only_hub(), input).await
    }

    /// Asks an HTTP or negotiation function with GET, by its path below the route prefix: `index?x=1`. Without one,
    /// the outcome [is not handled](Outcome::is_handled).
    pub async fn get(&self, path: &str) -> Outcome {
        self.request(Request::get(path)).await
    }

    /// Sends an HTTP or negotiation function a request, by its path below the route prefix.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// # use socketio_functions::testing::{TestApp, TestError};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), TestError> {
    /// let app = App::new().post("echo", |request: Request| async move { Response::bytes("text/plain", request.body) });
    /// let app = TestApp::new(app).await?;
    /// let request = Request::post("echo").with_body("hello");
    /// assert_eq!(app.request(request).await.response().unwrap().body, "hello");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn request(&self, mut request: Request) -> Outcome {
        let found = self.registry.http_function(&request.path, &request.method);
        let Some((function, params)) = found else {
            return Outcome::unhandled(InvocationKind::Http);
        };
        request.params = params;
        match &function.role {
            HttpRole::Webhook => Outcome::unhandled(InvocationKind::Http),
            HttpRole::Negotiate(hub, rule) => self.run(rule, Some(hub.clone()), request).await,
            HttpRole::Handler(handler) => {
                self.run(handler, self.registry.only_hub(), request).await
            }
        }
    }

    async fn run<K: Kind>(
        &self,
        function: &Function<K>,
        hub: Option<Arc<HubName>>,
        input: K::Input,
    ) -> Outcome {
        let scope = Scope {
            hub,
            namespace: Namespace::main(),
        };
        self.run_in(scope, function, input, self.function_limit)
            .await
    }

    /// Runs a function as the runtime does, but for the sending.
    pub(super) async fn run_in<K: Kind>(
        &self,
        scope: Scope,
        function: &Function<K>,
        input: K::Input,
        limit: Duration,
    ) -> Outcome {
        let shared = self.registry.shared.clone();
        let invocation = Invocation::new(InvocationId::new("test"), limit);
        let running = function.invoke(scope, input, shared, invocation);
        running.await.end()
    }
}
