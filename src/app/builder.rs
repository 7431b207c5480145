//! `App`: the list of everything that is registered.

use std::panic::Location;

use crate::handler::{Function, Http, IntoFunction, Shared};
use crate::settings::Settings;

use super::{BuildError, Hub, Registry, Route};

/// A function app.
///
/// ```
/// use socketio_functions::prelude::*;
///
/// async fn chat(user: UserId, Args((text,)): Args<(String,)>, io: Io) {
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
    pub(super) shared: Shared,
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

    /// Gives handlers a value to take as [`State`](crate::extract::State), one of each type.
    #[must_use]
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.shared.insert(value);
        self
    }

    /// Adds an HTTP function for GET. Its name is its route: `index` is served at `/api/index`.
    #[must_use]
    #[track_caller]
    pub fn get<A>(self, name: &str, handler: impl IntoFunction<Http, A>) -> Self {
        self.add(Route::get(name), handler.into_function(Location::caller()))
    }

    /// Adds an HTTP function for POST. Its name is its route.
    #[must_use]
    #[track_caller]
    pub fn post<A>(self, name: &str, handler: impl IntoFunction<Http, A>) -> Self {
        self.add(Route::post(name), handler.into_function(Location::caller()))
    }

    /// Adds an HTTP function with a route, methods and an authorization level of its own.
    #[must_use]
    #[track_caller]
    pub fn http<A>(self, route: Route, handler: impl IntoFunction<Http, A>) -> Self {
        self.add(route, handler.into_function(Location::caller()))
    }

    fn add(mut self, route: Route, function: Function<Http>) -> Self {
        self.http.push((route, function));
        self
    }

    /// Looks for mistakes in the list without needing settings.
    ///
    /// # Errors
    /// All mistakes, each with its place in the source.
    pub fn check(self) -> Result<Registry, BuildError> {
        self.build(Settings::new())
    }

    /// Checks the list and takes the settings.
    ///
    /// # Errors
    /// All mistakes, each with its place in the source.
    pub fn build(mut self, settings: Settings) -> Result<Registry, BuildError> {
        self.shared.settings = settings;
        Registry::new(self)
    }
}
