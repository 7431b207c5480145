//! Putting a host together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Binding, FileError, Variables, local_settings};
use crate::auth::Keys;
use crate::clock::Clock;
use crate::front::{self, Context, Cors, Framing, Options};
use crate::hop::{Hop, Hops};
use crate::host::{FunctionInfo, Host, Tasks};
use crate::process::{HandlerError, Plan, Supervisor, Target, free_port};
use crate::routing::RouteTable;
use crate::socketio::{self, Extension};
use crate::timer::{Statuses, Timer};

/// Longest body of a request unless `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` says otherwise.
const BODY_LIMIT: usize = 104_857_600;

/// A host to be started; see [`Host::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    root: PathBuf,
    listener: Option<TcpListener>,
    faithful: bool,
    client_script: Option<Bytes>,
    variables: Variables,
    attach: Option<u16>,
    framing: Framing,
    hops: Option<broadcast::Sender<Hop>>,
    clock: Clock,
    timer_statuses: Option<PathBuf>,
    auth: bool,
    cors: Option<(String, bool)>,
}

/// The host did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The script root is no folder.
    #[error("{} is not a folder: {source}", root.display())]
    Root {
        /// What was given.
        root: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file of the app cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// There are function folders, but none of them can be used.
    #[error("no function could be loaded:\n{}", list(.0))]
    Functions(Vec<FileError>),
    /// host.json does not name a handler.
    #[error("{} has no customHandler section, so nothing can answer its functions\nhint: add \"customHandler\": {{\"description\": {{\"defaultExecutablePath\": \"handler\"}}}}", .0.display())]
    NoHandler(PathBuf),
    /// The bindings of the Socket.IO extension cannot be used: no connection, two functions for one event.
    #[error("the Socket.IO extension cannot be loaded: {0}")]
    SocketIo(String),
    /// No address to listen on.
    #[error("cannot listen: {0}")]
    Listen(#[source] std::io::Error),
    /// The handler does not run.
    #[error(transparent)]
    Handler(#[from] HandlerError),
}

fn list(problems: &[FileError]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

impl Builder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            listener: None,
            faithful: false,
            client_script: None,
            variables: Variables::default(),
            attach: None,
            framing: Framing::default(),
            hops: None,
            clock: Clock::default(),
            timer_statuses: None,
            auth: false,
            cors: None,
        }
    }

    /// Where to listen; a free port of 127.0.0.1 unless told.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Behave as the host does even where that helps nobody: no warnings, no checks before the start, SIGKILL at once,
    /// and an executable that cannot be started is found out by the first invocation, after two minutes.
    pub fn faithful(mut self, faithful: bool) -> Self {
        self.faithful = faithful;
        self
    }

    /// The Socket.IO client for browsers. Pages that load it from `cdn.socket.io` then load it from the host, so that
    /// they work without a network. Not done by a faithful host.
    pub fn client_script(mut self, script: impl Into<Bytes>) -> Self {
        self.client_script = Some(script.into());
        self
    }

    /// An app setting. It wins over the environment and over local.settings.json.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.set(name, value);
        self
    }

    /// Use a handler that already listens on this port of 127.0.0.1, for instance under a debugger.
    pub fn attach(mut self, port: u16) -> Self {
        self.attach = Some(port);
        self
    }

    /// How envelopes are framed; by chance unless told.
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Where hops go, to see those of the start too. [`Host::hops`] subscribes to the same.
    pub fn hops(mut self, sender: broadcast::Sender<Hop>) -> Self {
        self.hops = Some(sender);
        self
    }

    /// Ask callers for keys, as Azure does: functions by their `authLevel`, the admin API and the webhooks of
    /// extensions. [`Host::keys`] has them; they are made anew at each start.
    pub fn enable_auth(mut self, enable: bool) -> Self {
        self.auth = enable;
        self
    }

    /// Let pages of these origins call (separated by commas; `*` is any), with cookies if `credentials`. It replaces
    /// `Host.CORS` and `Host.CORSCredentials` of local.settings.json.
    pub fn cors(mut self, origins: impl Into<String>, credentials: bool) -> Self {
        self.cors = Some((origins.into(), credentials));
        self
    }

    /// The clock that timers go by; the system's unless told.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// A file that keeps the last and next occurrence of each timer, so that one missed while the host was down is past
    /// due when it starts again. Without it each start is the first.
    pub fn timer_statuses(mut self, file: impl Into<PathBuf>) -> Self {
        self.timer_statuses = Some(file.into());
        self
    }

    /// Starts the host; ready when its handler is. Requests that come earlier wait.
    ///
    /// # Errors
    /// The app cannot be loaded, no port can be had, or the handler does not run.
    pub async fn start(self) -> Result<Host, StartError> {
        let root = std::path::absolute(&self.root)
            .and_then(std::fs::canonicalize)
            .map_err(|source| StartError::Root {
                root: self.root.clone(),
                source,
            })?;
        let hops = Hops::new(
            self.hops
                .clone()
                .unwrap_or_else(|| broadcast::channel(Hops::CAPACITY).0),
        );
        let listener = match self.listener {
            Some(listener) => listener,
            None => TcpListener::bind(("127.0.0.1", 0))
                .await
                .map_err(StartError::Listen)?,
        };
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let variables = variables(&root, &self.variables, address.port(), &hops)?;
        let app = App::load(&root, &variables)?;
        if app.functions.is_empty() && !app.problems.is_empty() && !self.faithful {
            return Err(StartError::Functions(app.problems));
        }
        for problem in &app.problems {
            hops.send(Hop::Error(problem.to_string()));
        }
        for warning in &app.config.warnings {
            hops.send(Hop::Warning(warning.clone()));
        }
        let socket_io =
            Extension::load(&app, &variables, self.faithful).map_err(StartError::SocketIo)?;
        let routes = RouteTable::new(&app.config.route_prefix);
        let triggers = socket_io.as_ref().map(Extension::triggers);
        for trigger in triggers
            .unwrap_or_default()
            .iter()
            .filter(|_| !self.faithful)
        {
            if let Some(problem) = socketio::parameter_problem(trigger) {
                let name = &app.functions[trigger.function].name;
                hops.send(Hop::Warning(format!("the function '{name}': {problem}")));
            }
        }
        if !self.faithful {
            warn(&app, &variables, &routes, &hops);
        }
        let stop = CancellationToken::new();
        let (supervisor, gate) = match target(&app, &variables, self.attach, self.faithful)? {
            Some(target) => {
                let (supervisor, gate) = Supervisor::new(target, hops.clone(), stop.clone());
                (Some(supervisor), Some(gate))
            }
            None => (None, None),
        };
        let base = format!("http://localhost:{}", address.port());
        let functions: Arc<[FunctionInfo]> = app
            .functions
            .iter()
            .map(|function| FunctionInfo::new(function, &base, &routes))
            .collect();
        let local = local_settings(&root)?;
        let (origins, credentials) = self
            .cors
            .unwrap_or_else(|| (local.cors.unwrap_or_default(), local.cors_credentials));
        let mut options = options(
            &app,
            &variables,
            self.faithful,
            self.client_script,
            self.framing,
        );
        options.auth = self.auth;
        options.cors = Cors::new(&origins, credentials);
        let names = app.functions.iter().map(|function| function.name.as_str());
        let keys = Arc::new(Keys::generate(names, socket_io.is_some()));
        let context = Arc::new(Context {
            app,
            routes,
            gate: gate.clone(),
            hops: hops.clone(),
            options,
            socket_io,
            keys: keys.clone(),
            clock: self.clock,
            base,
            stop: stop.clone(),
            started: Instant::now(),
        });
        let tasks = Tasks::start(listener, context.clone(), supervisor, stop, front::answer);
        let host = Host::new(address, functions, hops, gate, keys, tasks);
        host.ready().await?;
        start_timers(&context, self.timer_statuses);
        Ok(host)
    }
}

/// Timers start when the handler is ready; they end with the host.
fn start_timers(context: &Arc<Context>, file: Option<PathBuf>) {
    let (statuses, problem) = Statuses::open(file);
    if let Some(problem) = problem {
        context.hops.send(Hop::Warning(problem));
    }
    let statuses = Arc::new(statuses);
    for (index, function) in context.app.functions.iter().enumerate() {
        if let Some(config) = function.timer.clone().filter(|_| !function.disabled) {
            let clock = context.clock.clone();
            let timer = Timer::new(&function.name, config, clock, statuses.clone());
            tokio::spawn(front::run_timer(context.clone(), index, timer));
        }
    }
}

/// Where each variable comes from (host contract, "`func start`").
fn variables(
    root: &Path,
    given: &Variables,
    port: u16,
    hops: &Hops,
) -> Result<Variables, FileError> {
    let mut variables = Variables::inherited();
    for (name, value) in given.iter() {
        variables.set(name, value);
    }
    for (name, value) in local_settings(root)?.values {
        if variables.get(&name).is_none() {
            variables.set(name, value);
        } else if given.get(&name).is_none() {
            hops.send(Hop::Warning(format!(
                "Skipping '{name}' from local settings as it's already defined in current environment variables."
            )));
        }
    }
    variables.set("WEBSITE_HOSTNAME", format!("localhost:{port}"));
    variables.set("AzureWebJobsScriptRoot", root.to_string_lossy());
    variables.set("AZURE_FUNCTIONS_ENVIRONMENT", "Development");
    variables.set("FUNCTIONS_CORETOOLS_ENVIRONMENT", "true");
    Ok(variables)
}

/// What answers invocations; nothing, where there are no functions to be invoked.
fn target(
    app: &App,
    variables: &Variables,
    attach: Option<u16>,
    faithful: bool,
) -> Result<Option<Target>, StartError> {
    if app.functions.is_empty() {
        return Ok(None);
    }
    let config = match (&app.config.handler, attach) {
        (handler, Some(port)) => {
            let patience = handler
                .as_ref()
                .map_or(std::time::Duration::from_secs(30), |handler| {
                    handler.initialization_timeout
                });
            return Ok(Some(Target::Attached { port, patience }));
        }
        (Some(config), None) => config.clone(),
        (None, None) => return Err(StartError::NoHandler(app.root.join("host.json"))),
    };
    let port = match config.port {
        Some(port) => port,
        None => free_port().map_err(StartError::Listen)?,
    };
    Ok(Some(Target::Process(Box::new(Plan {
        config,
        root: app.root.clone(),
        variables: variables.clone(),
        port,
        faithful,
    }))))
}

fn options(
    app: &App,
    variables: &Variables,
    faithful: bool,
    client_script: Option<Bytes>,
    framing: Framing,
) -> Options {
    let handler = app.config.handler.as_ref();
    Options {
        faithful,
        auth: false,
        cors: Cors::default(),
        client_script: client_script.filter(|_| !faithful),
        framing,
        body_limit: variables
            .get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT")
            .and_then(|limit| limit.trim().parse().ok())
            .unwrap_or(BODY_LIMIT),
        easy_auth: variables.is_on("WEBSITE_AUTH_ENABLED"),
        home_page: !variables.is_on("AzureWebJobsDisableHomepage"),
        function_timeout: app.config.function_timeout,
        proxying: handler.is_some_and(|handler| handler.proxying),
        forwarding: handler.is_some_and(|handler| handler.forwarding),
        legacy: handler.is_some_and(|handler| handler.legacy),
    }
}

/// What the host would not say.
fn warn(app: &App, variables: &Variables, routes: &RouteTable, hops: &Hops) {
    for (function, earlier) in routes.shadowed(&app.functions) {
        hops.send(Hop::Warning(format!(
            "the function '{}' can never be reached: routes are tried in the order of the functions' names, and '{}' answers all of its requests",
            function.name, earlier.name
        )));
    }
    let handler = app.config.handler.as_ref();
    let executable = handler.map_or("", |handler| handler.executable.as_str());
    if executable.starts_with("./") || executable.contains('%') {
        hops.send(Hop::Warning(format!(
            "customHandler.description.defaultExecutablePath is \"{executable}\": `func azure functionapp publish` gives the execute bit only to a file named exactly so; write it without ./ and without %variables%"
        )));
    }
    let bindings = || app.functions.iter().flat_map(|function| &function.bindings);
    if bindings().any(socketio::owns) && !has_socket_io(app.config.bundle.as_deref()) {
        hops.send(Hop::Warning(
            "host.json names no extension bundle with the Socket.IO bindings, so Azure and Core Tools will not load these functions; \
             write \"extensionBundle\": {\"id\": \"Microsoft.Azure.Functions.ExtensionBundle.Preview\", \"version\": \"[4.*, 5.0.0)\"}"
                .to_owned(),
        ));
    }
    if let Some(zone) = ["WEBSITE_TIME_ZONE", "TZ"]
        .into_iter()
        .find(|name| variables.get(name).is_some_and(|zone| zone != "UTC"))
        && app
            .functions
            .iter()
            .any(|function| function.timer.is_some())
    {
        hops.send(Hop::Warning(format!(
            "{zone} is set, but timers go by UTC here, as they do in Azure without that setting"
        )));
    }
    for function in &app.functions {
        let strange = |binding: &&Binding| !binding.is_trigger() && !socketio::owns(binding);
        for binding in function.inputs().filter(strange) {
            hops.send(Hop::Warning(format!(
                "the function '{}': inputs of type {} are not stood in for; '{}' is null",
                function.name, binding.kind, binding.name
            )));
        }
        if function.http.is_none()
            && let Some(trigger) = function.trigger()
            && !socketio::owns(trigger)
            && function.timer.is_none()
        {
            hops.send(Hop::Warning(format!(
                "the function '{}': {} does not fire by itself here; POST /admin/functions/{} runs it",
                function.name, trigger.kind, function.name
            )));
        }
    }
}

/// Does the bundle have the Socket.IO bindings (host contract, "Extension bundles and Socket.IO")?
fn has_socket_io(bundle: Option<&str>) -> bool {
    ["Preview", "Experimental"].iter().any(|kind| {
        bundle.is_some_and(|bundle| {
            bundle
                .eq_ignore_ascii_case(&format!("Microsoft.Azure.Functions.ExtensionBundle.{kind}"))
        })
    })
}
