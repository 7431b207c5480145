//! From the files of an app to everything that serves it; done at the start, and again when files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::app::{App, FileError, Variables, local_settings};
use crate::auth::Keys;
use crate::clock::Clock;
use crate::error::StartError;
use crate::front::{self, Context, Cors, Framing, Options, Throttle};
use crate::function_info::FunctionInfo;
use crate::hop::{Hop, Hops};
use crate::platform::SignIn;
use crate::process::{Plan, Supervisor, Target, free_port};
use crate::queue::{Address, Queues};
use crate::recording::Recorder;
use crate::routes::RouteTable;
use crate::socketio::{Extension, Tokens};
use crate::timer::{Statuses, Timer};
use crate::warnings;

/// Longest body of a request; unconfirmed that a longer one is answered with 413. Holds unless `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` says otherwise.
const BODY_LIMIT: usize = 104_857_600;

/// What stays the same however often the app is loaded.
#[derive(Debug)]
pub(crate) struct Loader {
    pub(crate) root: PathBuf,
    pub(crate) port: u16,
    pub(crate) variables: Variables,
    pub(crate) faithful: bool,
    pub(crate) client_script: Option<Bytes>,
    pub(crate) reload: Option<watch::Receiver<u64>>,
    pub(crate) attach: Option<u16>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    pub(crate) framing: Framing,
    pub(crate) auth: bool,
    pub(crate) sign_in: Option<SignIn>,
    /// Origins and whether they may send cookies, where they were given.
    pub(crate) cors: Option<(String, bool)>,
    pub(crate) clock: Clock,
    /// For connections by identity.
    pub(crate) tokens: Option<Tokens>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) statuses: Arc<Statuses>,
    pub(crate) hops: Hops,
    pub(crate) stop: CancellationToken,
}

impl Loader {
    /// Loads the app. `held` is the port of the handler that still runs, which host.json may ask for again.
    pub(crate) fn load(
        &self,
        held: Option<u16>,
    ) -> Result<(Arc<Context>, Option<Supervisor>), StartError> {
        let variables = variables(&self.root, &self.variables, self.port, &self.hops)?;
        let app = App::load(&self.root, &variables, held)?;
        if app.functions.is_empty() && !app.problems.is_empty() && !self.faithful {
            return Err(StartError::Functions(app.problems));
        }
        let socket_io = Extension::load(&app, &variables, self.faithful, self.tokens.as_ref())
            .map_err(StartError::SocketIo)?;
        let routes = RouteTable::new(&app.config.route_prefix);
        let local = local_settings(&self.root)?;
        let target = target(&app, &variables, self.attach, self.faithful)?;
        self.hops.show(&app.config.log_levels);
        for problem in &app.problems {
            self.hops.send(Hop::Error(problem.to_string()));
        }
        for warning in &app.config.warnings {
            self.hops.send(Hop::Warning(warning.clone()));
        }
        if !self.faithful {
            for warning in warnings::of(&app, &variables, &routes, socket_io.as_ref()) {
                self.hops.send(Hop::Warning(warning));
            }
        }
        let stop = self.stop.child_token();
        let (supervisor, gate) = match target {
            Some(target) => {
                let (supervisor, gate) = Supervisor::new(
                    target,
                    self.recorder.clone(),
                    self.hops.clone(),
                    stop.clone(),
                );
                (Some(supervisor), Some(gate))
            }
            None => (None, None),
        };
        let cors = self.cors.clone();
        let (origins, credentials) =
            cors.unwrap_or_else(|| (local.cors.unwrap_or_default(), local.cors_credentials));
        let mut options = options(
            &app,
            &variables,
            self.faithful,
            self.client_script.clone(),
            self.framing,
        );
        options.auth = self.auth;
        options.reload = self.reload.clone().filter(|_| !self.faithful);
        options.sign_in = self.sign_in.clone();
        options.cors = Cors::new(&origins, credentials);
        let names = app.functions.iter().map(|function| function.name.as_str());
        self.keys.provide(names, socket_io.is_some());
        let throttle = Throttle::new(&app.config.throttles);
        let context = Context {
            app,
            routes,
            throttle,
            gate,
            hops: self.hops.clone(),
            options,
            socket_io,
            keys: self.keys.clone(),
            queues: self.queues.clone(),
            clock: self.clock.clone(),
            base: format!("http://localhost:{}", self.port),
            stop,
            started: Instant::now(),
        };
        Ok((Arc::new(context), supervisor))
    }

    /// The functions of a loaded app, as callers see them.
    pub(crate) fn functions(context: &Context) -> Arc<[FunctionInfo]> {
        let functions = context.app.functions.iter();
        functions
            .map(|function| FunctionInfo::new(function, &context.base, &context.routes))
            .collect()
    }

    /// Starts timers and queue triggers, once the handler is ready; they end with the app.
    pub(crate) fn start_triggers(&self, context: &Arc<Context>) {
        let functions = context.app.functions.iter().enumerate();
        for (index, function) in functions.filter(|(_, function)| !function.disabled) {
            if let Some(address) = Address::of_trigger(function) {
                tokio::spawn(front::run_queue(context.clone(), index, address));
            }
            if let Some(config) = function.timer.clone() {
                let clock = context.clock.clone();
                let timer = Timer::new(&function.name, config, clock, self.statuses.clone());
                tokio::spawn(front::run_timer(context.clone(), index, timer));
            }
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
        sign_in: None,
        cors: Cors::default(),
        client_script: client_script.filter(|_| !faithful),
        reload: None,
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
