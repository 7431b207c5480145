//! An app between both stand-ins.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use sio_emulator::{Emulator, EventHandler, HubPolicy};
use sio_host::{Host, SignIn};
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::HubName;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::world_error::WorldError;
use super::{WorldSocket, folder};
use crate::app::App;
use crate::app::manifest::{Bindings, files};
use crate::client;
use crate::handler::{Request, Response};
use crate::invocation::{self, StartError};
use crate::negotiate::Negotiation;
use crate::settings::{Settings, SettingsError};

/// How long the host may take to answer a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// An app with a service and a Functions host around it, all in this process.
///
/// Every port is a free one and every file lies in a folder of its own, so that any number of worlds live side by side.
/// Dropped, a world ends at once; [`World::stop`] ends it in order, so that clients' `disconnected` handlers run.
///
/// ```
/// use socketio_functions::prelude::*;
/// use socketio_functions::testing::{World, WorldSocket};
///
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::new()
///     .hub(Hub::new("hub").negotiate("negotiate", Identity::query("user")))
///     .get("hello", hello);
/// let world = World::start(app).await?;
///
/// // What a browser gets from the host.
/// assert_eq!(world.get("hello").await?.body, "hello");
/// let answer = world.get("negotiate?user=ada").await?;
/// let ada = WorldSocket::connect(&serde_json::from_slice(&answer.body)?, "/").await?;
///
/// // A client without asking the app's rule: any user, at once.
/// let bob = world.connect("bob").await?;
/// assert_ne!(ada.id(), bob.id());
/// world.stop().await;
/// # Ok(())
/// # }
/// ```
///
/// What the stand-ins do not do as Azure does stands in the documentation of `sio-emulator` and `sio-host`.
#[derive(Debug)]
pub struct World {
    // Dropped in this order: clients leave, then no call reaches the app any more, then it ends.
    emulator: Emulator,
    host: Host,
    app: Serving,
    connection: ConnectionString,
    hubs: Vec<HubName>,
    route_prefix: String,
    folder: TempDir,
}

/// What to start. Everything has a default.
#[must_use = "nothing runs before start()"]
pub struct WorldBuilder {
    app: App,
    settings: Settings,
    bindings: Bindings,
    script_root: Option<PathBuf>,
    emulator: sio_emulator::Settings,
    sign_in: Option<SignIn>,
}

impl World {
    /// Starts an app in direct mode, without settings of its own.
    ///
    /// # Errors
    /// See [`WorldBuilder::start`].
    pub async fn start(app: App) -> Result<Self, WorldError> {
        Self::builder(app).start().await
    }

    /// Describes a world with this app.
    pub fn builder(app: App) -> WorldBuilder {
        WorldBuilder {
            app,
            settings: Settings::new(),
            bindings: Bindings::Direct,
            script_root: None,
            emulator: sio_emulator::Settings::default(),
            sign_in: None,
        }
    }

    /// The host's address, where pages, negotiation and HTTP functions are: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.host.address())
    }

    /// The service's address, where clients connect.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.emulator.endpoint()
    }

    /// The service.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The Functions host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The folder with host.json, the generated files and the pages.
    #[must_use]
    pub fn script_root(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What a client needs to connect to the app's first hub as a user, without asking the app; the empty user is an
    /// anonymous client.
    ///
    /// # Errors
    /// The app has no hub.
    pub fn negotiate(&self, user: &str) -> Result<Negotiation, WorldError> {
        let hub = self.hubs.first();
        self.sign(hub.ok_or_else(|| WorldError::Hub(String::new()))?, user)
    }

    /// The same for the hub of this name.
    ///
    /// # Errors
    /// The app has no such hub.
    pub fn negotiate_for(&self, hub: &str, user: &str) -> Result<Negotiation, WorldError> {
        let mut hubs = self.hubs.iter();
        let found = hubs.find(|known| known.as_str().eq_ignore_ascii_case(hub));
        self.sign(found.ok_or_else(|| WorldError::Hub(hub.to_owned()))?, user)
    }

    fn sign(&self, hub: &HubName, user: &str) -> Result<Negotiation, WorldError> {
        let now = client::now();
        Ok(Negotiation::sign(&self.connection, hub, Some(user), now)?)
    }

    /// Connects a client to the app's first hub as a user, without asking the app's rule, and joins the main namespace.
    ///
    /// # Errors
    /// The app has no hub, or rejects the client.
    pub async fn connect(&self, user: &str) -> Result<WorldSocket, WorldError> {
        Ok(WorldSocket::connect(&self.negotiate(user)?, "/").await?)
    }

    /// Asks an HTTP or negotiation function, through the host, by its path below the route prefix: `index?x=1`.
    ///
    /// # Errors
    /// The host does not answer. An answer of any status is one.
    pub async fn get(&self, path: &str) -> Result<Response, WorldError> {
        self.request(Request::get(path)).await
    }

    /// Sends an HTTP or negotiation function a request through the host, by its path below the route prefix.
    ///
    /// # Errors
    /// The host does not answer. An answer of any status is one.
    pub async fn request(&self, request: Request) -> Result<Response, WorldError> {
        let mut url = self.url();
        for part in [self.route_prefix.as_str(), request.path.as_str()] {
            if !part.is_empty() {
                url.push('/');
                url.push_str(part);
            }
        }
        if !request.query.is_empty() {
            url.push('?');
            url.push_str(&request.query);
        }
        let sending = reqwest::Client::builder().no_proxy().build()?;
        let sending = sending
            .request(request.method, url)
            .headers(request.headers);
        let answer = sending
            .timeout(PATIENCE)
            .body(bytes::Bytes::from(request.body))
            .send()
            .await?;
        let mut response = Response::status(answer.status());
        response.headers = answer.headers().clone();
        response.body = answer.bytes().await?.into();
        Ok(response)
    }

    /// Ends everything in order: clients are closed, their `disconnected` handlers run, then host and app end.
    pub async fn stop(self) {
        self.emulator.stop().await;
        self.host.stop().await;
        self.app.stop().await;
    }
}

impl std::fmt::Debug for WorldBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldBuilder")
            .field("settings", &self.settings)
            .field("bindings", &self.bindings)
            .finish_non_exhaustive()
    }
}

impl WorldBuilder {
    /// Gives the app settings. What is not among them: the connections of its hubs name the emulator, and the
    /// environment is `Development`.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Chooses who takes the webhook: the app itself, or the stand-in of Microsoft's extension. With the extension, the
    /// service asks about joining and leaving only in hubs that have a handler for it, as its settings must say in Azure.
    pub fn bindings(mut self, bindings: Bindings) -> Self {
        self.bindings = bindings;
        self
    }

    /// Copies host.json, pages and other files from a project's script root, such as `function-app`.
    pub fn script_root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.script_root = Some(folder.into());
        self
    }

    /// Sets durations, limits and choices of the service, so that a test need not wait for them.
    pub fn emulator(mut self, settings: sio_emulator::Settings) -> Self {
        self.emulator = settings;
        self
    }

    /// Signs users in before requests reach the app, as App Service Authentication does; `SignIn::session` makes cookies.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// use socketio_functions::testing::{SignIn, World};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = App::new().hub(Hub::new("hub").negotiate("negotiate", Identity::easy_auth()));
    /// let users = SignIn::new("api://app");
    /// let world = World::builder(app).sign_in(users.clone()).start().await?;
    ///
    /// let negotiate = reqwest::Client::new().get(format!("{}/api/negotiate", world.url()));
    /// let nobody = negotiate.try_clone().ok_or("no body")?.send().await?;
    /// assert_eq!(nobody.status(), 401);
    /// let ada = users.session("ada").ok_or("no name")?;
    /// assert_eq!(negotiate.header("cookie", ada).send().await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign_in(mut self, users: SignIn) -> Self {
        self.sign_in = Some(users);
        self
    }

    /// Starts the service, the app and the host; ready when the host has reached the app.
    ///
    /// # Errors
    /// The app has mistakes, a setting is wrong, or one of the three does not start.
    pub async fn start(self) -> Result<World, WorldError> {
        let app = self.app;
        // The host's address must be known before the service starts, and the service's before the app does.
        let front = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let front_address = front.local_addr()?;

        let folder = tempfile::tempdir()?;
        let root = folder.path();
        let mut settings = self.settings.with(Settings::ROOT, root.to_string_lossy());
        if settings.get(Settings::ENVIRONMENT).is_none() {
            settings = settings.with(Settings::ENVIRONMENT, "Development");
        }
        if self.sign_in.is_some() {
            settings = settings.with(Settings::AUTH_ENABLED, "True");
        }
        if settings.get(Settings::HUB).is_none() {
            settings = settings.with(Settings::HUB, "hub");
        }
        folder::prepare(root, self.script_root.as_deref(), self.bindings)?;
        let route_prefix = settings.route_prefix()?;
        let webhook = match self.bindings {
            Bindings::Direct => match route_prefix.as_str() {
                "" => "socketio".to_owned(),
                prefix => format!("{prefix}/socketio"),
            },
            Bindings::Extension => "runtime/webhooks/socketio".to_owned(),
        };
        let webhook = format!("http://{front_address}/{webhook}");
        let mut emulator = Emulator::builder()
            .upstream(&webhook)
            .settings(self.emulator);
        if self.bindings == Bindings::Extension {
            // The extension refuses what it has no function for, so the service must not be told to ask.
            for hub in app.hubs() {
                // An invalid name is reported with the app's other mistakes.
                let name = match hub.names().0 {
                    "" => settings.get(Settings::HUB).unwrap_or_default(),
                    name => name,
                };
                if let Ok(name) = HubName::new(name) {
                    let handler = EventHandler::new(&webhook).system_events(hub.system_events());
                    let policy = HubPolicy::default().handlers(vec![handler]);
                    emulator = emulator.hub(name, policy);
                }
            }
        }
        let emulator = emulator.start().await?;
        let connection = emulator.connection_string();
        for hub in app.hubs() {
            let (_, name) = hub.names();
            if let Err(SettingsError::NoConnection { .. }) = settings.connection(name) {
                settings = settings.with(name, &connection);
            }
        }
        let connection =
            ConnectionString::parse(&connection).map_err(sio_emulator::StartError::from)?;

        let mut host = Host::builder(root).listener(front);
        if let Some(users) = self.sign_in {
            host = host.sign_in(users);
        }
        for (name, value) in settings.iter() {
            host = host.variable(name, value);
        }
        let registry = app.build(settings)?;
        folder::generate(root, &files(&registry, self.bindings)?)?;
        let hubs = registry.hubs.iter().map(|hub| (*hub.name).clone());
        let hubs = hubs.collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let mut app = Serving::start(registry, listener);
        let host = tokio::select! {
            host = Box::pin(host.attach(port).start()) => host?,
            ended = &mut app.task => return Err(match ended {
                Ok(Err(error)) => error.into(),
                _ => WorldError::Ended,
            }),
        };
        Ok(World {
            emulator,
            host,
            app,
            connection,
            hubs,
            route_prefix,
            folder,
        })
    }
}

/// The app's server. Dropped, it ends at once.
#[derive(Debug)]
struct Serving {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), StartError>>,
}

impl Serving {
    fn start(registry: crate::app::Registry, listener: TcpListener) -> Self {
        let (stop, told) = oneshot::channel::<()>();
        let task = tokio::spawn(invocation::serve(registry, listener, async {
            // A sender that is gone says the same.
            let _ = told.await;
        }));
        Self {
            stop: Some(stop),
            task,
        }
    }

    async fn stop(mut self) {
        self.stop.take();
        // A server fails only before it serves, or by a panic, which has been reported by then.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}
