//! `App`: the list of everything that is registered.

use std::any::type_name;
use std::panic::Location;

use crate::handler::{
    Function, Http, IntoFunction, Layer, MakeState, Middleware, Queue, Raw, Shared, Timer,
};

use super::{AuthLevel, Hub, OnError, Route, TriggerFunction};

/// A function app.
///
/// ```
/// use socketio_functions::prelude::*;
///
/// async fn chat(user: UserId, Data(text): Data<String>, io: Io) {
///     io.emit("chat", (user, text));
/// }
///
/// async fn guest(request: Request) -> Identity {
///     Identity::user(request.query("name").unwrap_or_default())
/// }
///
/// fn app() -> App {
///     App::new()
///         .hub(Hub::new("hub").negotiate("negotiate", guest).on("chat", chat))
///         .get("index", Page::file("public/index.html"))
/// }
/// # app().check().unwrap();
/// ```
///
/// Mistakes in the list, such as an event that is registered twice, are found when the app is built, all at once, each
/// with the place in the source.
#[derive(Default)]
pub struct App {
    pub(super) hubs: Vec<Hub>,
    pub(super) http: Vec<(Route, Function<Http>)>,
    pub(super) triggers: Vec<TriggerFunction>,
    pub(super) shared: Shared,
    /// Each type of state with the place where it was given.
    pub(super) states: Vec<(&'static str, &'static Location<'static>)>,
    pub(super) on_error: OnError,
    /// The level of the webhook's function, if the author chose one.
    pub(super) webhook_level: Option<AuthLevel>,
    /// Middleware around everything, outermost first.
    pub(super) layers: Vec<Layer>,
}

impl App {
    /// An app without anything in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a hub.
    #[must_use]
    pub fn hub(mut self, hub: Hub) -> Self {
        self.hubs.push(hub);
        self
    }

    /// Puts a [middleware](crate::middleware) around every handler of the app, wherever it is registered. The first is the
    /// outermost.
    #[must_use]
    pub fn layer(mut self, middleware: impl Middleware) -> Self {
        self.layers.push(Layer::new(middleware));
        self
    }

    /// What the service is told when a handler fails, for all hubs that do not say it themselves.
    #[must_use]
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.on_error = policy;
        self
    }

    /// Whether the function `socketio`, which takes the service's webhook in direct mode, asks callers for a key of the
    /// host. The key then stands in the URL template that the service is given.
    ///
    /// By default it is `AuthLevel::Function`; and `AuthLevel::Anonymous` where `SOCKETIO_FUNCTIONS_WEBHOOK_CALLER` is
    /// set while the files are made, since a caller that proves who it is needs no key. Who may post is checked in either
    /// case, by the service's signature or the caller's token.
    #[must_use]
    pub fn webhook_level(mut self, level: AuthLevel) -> Self {
        self.webhook_level = Some(level);
        self
    }

    /// Gives handlers a value to take as [`State`](crate::extract::State), one of each type.
    #[must_use]
    #[track_caller]
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.push((type_name::<T>(), Location::caller()));
        self.shared.insert(value);
        self
    }

    /// Gives handlers a value that an async function makes: a pool of connections, a table read from a store.
    ///
    /// It is called once, after the handler's port is open, since the host waits for that and not for long. Invocations
    /// that come earlier wait, within their deadlines. When it fails, the process ends with its error, and the host
    /// starts another.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// use socketio_functions::settings::Settings;
    ///
    /// #[derive(Clone)]
    /// struct Greeting(String);
    ///
    /// async fn greeting(settings: Settings) -> anyhow::Result<Greeting> {
    ///     Ok(Greeting(settings.get("GREETING").unwrap_or("hello").to_owned()))
    /// }
    ///
    /// async fn hello(State(Greeting(text)): State<Greeting>) -> String {
    ///     text
    /// }
    /// # let app =
    /// App::new().state_with(greeting).get("hello", hello)
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn state_with<M: MakeState<A>, A>(mut self, make: M) -> Self {
        self.states
            .push((type_name::<M::Value>(), Location::caller()));
        self.shared.promise(make);
        self
    }

    /// Adds an HTTP function for GET, which asks for no key of the host. Its name is its route: `index` is served at
    /// `/api/index`.
    #[must_use]
    #[track_caller]
    pub fn get<A>(self, name: &str, handler: impl IntoFunction<Http, A, Future: Send>) -> Self {
        self.add(Route::get(name), handler.into_function(Location::caller()))
    }

    /// Adds an HTTP function for POST, which asks for no key of the host. Its name is its route.
    #[must_use]
    #[track_caller]
    pub fn post<A>(self, name: &str, handler: impl IntoFunction<Http, A, Future: Send>) -> Self {
        self.add(Route::post(name), handler.into_function(Location::caller()))
    }

    /// Adds an HTTP function with a route, methods and an authorization level of its own.
    #[must_use]
    #[track_caller]
    pub fn http<A>(self, route: Route, handler: impl IntoFunction<Http, A, Future: Send>) -> Self {
        self.add(route, handler.into_function(Location::caller()))
    }

    /// Adds a function that runs on a schedule: five fields from minute to day of the week, six with seconds before
    /// them, an interval `hh:mm:ss`, whose hours end at 23 (`24:00:00` is 24 days), or `%NAME%` for a setting with one
    /// of them. A failure is the host's to repeat, by the function's retry rules.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// async fn tick(timer: TimerInfo, io: Io) {
    ///     if !timer.is_past_due {
    ///         io.emit("update", 14_000.0);
    ///     }
    /// }
    /// # let app =
    /// App::new().hub(Hub::new("hub")).timer("ticker", "*/10 * * * * *", tick)
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn timer<A>(
        mut self,
        name: &str,
        schedule: &str,
        handler: impl IntoFunction<Timer, A, Future: Send>,
    ) -> Self {
        let function = handler.into_function(Location::caller());
        self.triggers
            .push(TriggerFunction::timer(name, schedule, function));
        self
    }

    /// Adds a function for the messages of a storage queue; `connection` is the setting with the storage account. A
    /// message whose handler fails comes again, and after five times goes to the queue `{queue}-poison`.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// #[derive(serde::Deserialize)]
    /// struct Order { id: u32, customer: String }
    ///
    /// async fn paid(Data(order): Data<Order>, io: Io) {
    ///     io.user(order.customer).emit("paid", order.id);
    /// }
    /// # let app =
    /// App::new().hub(Hub::new("hub")).queue("paid", "paid-orders", "AzureWebJobsStorage", paid)
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn queue<A>(
        mut self,
        name: &str,
        queue: &str,
        connection: &str,
        handler: impl IntoFunction<Queue, A, Future: Send>,
    ) -> Self {
        let function = handler.into_function(Location::caller());
        self.triggers
            .push(TriggerFunction::queue(name, queue, connection, function));
        self
    }

    /// Adds a function with any other trigger of the Functions host. `bindings` is what stands in its function.json:
    /// the trigger's object, or a list of objects with further inputs and outputs. The handler takes
    /// [`Data`](crate::extract::Data), [`Inputs`](crate::extract::Inputs) and
    /// [`Metadata`](crate::extract::Metadata), and returns `()` or [`Outputs`](crate::reply::Outputs).
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// use serde_json::json;
    /// use socketio_functions::extract::Metadata;
    ///
    /// async fn uploaded(metadata: Metadata, io: Io) -> anyhow::Result<()> {
    ///     let name: String = metadata.get("name")?;
    ///     io.emit("uploaded", name);
    ///     Ok(())
    /// }
    /// # let app =
    /// App::new().hub(Hub::new("hub")).raw(
    ///     "uploaded",
    ///     json!({ "type": "blobTrigger", "path": "uploads/{name}", "connection": "AzureWebJobsStorage" }),
    ///     uploaded,
    /// )
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn raw<A>(
        mut self,
        name: &str,
        bindings: serde_json::Value,
        handler: impl IntoFunction<Raw, A, Future: Send>,
    ) -> Self {
        let function = handler.into_function(Location::caller());
        self.triggers
            .push(TriggerFunction::raw(name, bindings, function));
        self
    }

    fn add(mut self, route: Route, function: Function<Http>) -> Self {
        self.http.push((route, function));
        self
    }

    /// The hubs as they were registered.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn hubs(&self) -> &[Hub] {
        &self.hubs
    }
}
