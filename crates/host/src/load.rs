//! From the files of an app to everything that serves it; done at the start, and again when files change.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::app::{App, LocalSettings, Variables, local_settings};
use crate::auth::{Access, Keys};
use crate::config::Config;
use crate::error::StartError;
use crate::front::{self, Context, Cors, Entrance};
use crate::function_info::FunctionInfo;
use crate::hop::{Hop, Hops};
use crate::process::{Plan, Supervisor, Target, free_port};
use crate::queue::{Address, Queues};
use crate::recording::Recorder;
use crate::socketio;
use crate::timer::{Statuses, Timer};
use crate::warnings;

/// What stays the same however often the app is loaded.
#[derive(Debug)]
pub(crate) struct Loader {
    pub(crate) config: Arc<Config>,
    /// Where the host listens.
    pub(crate) address: SocketAddr,
    pub(crate) recorder: Option<Arc<Recorder>>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) statuses: Arc<Statuses>,
    pub(crate) hops: Hops,
    /// Ends every app that was loaded.
    pub(crate) stop: CancellationToken,
}

impl Loader {
    /// Loads the app. `held` is the port of the handler that still runs, which host.json may ask for again.
    pub(crate) fn load(
        &self,
        held: Option<u16>,
    ) -> Result<(Arc<Context>, Option<Supervisor>), StartError> {
        let config = &self.config;
        let local = local_settings(&config.root)?;
        let variables = self.variables(&local);
        let app = App::load(&config.root, &variables, held)?;
        if app.functions.is_empty() && !app.problems.is_empty() {
            return Err(StartError::Functions(app.problems));
        }
        let extension = socketio::load(&app, &variables, config.tokens.as_ref())
            .map_err(StartError::SocketIo)?;
        let (origins, credentials) = config.cors.clone().unwrap_or_else(|| {
            let origins = local.cors.clone().unwrap_or_default();
            (origins, local.cors_credentials)
        });
        let cors = Cors::new(&origins, credentials).ok_or(StartError::Cors)?;
        let target = target(&app, &variables, config.attach)?;
        self.hops.show(&app.config.log_levels);
        for problem in &app.problems {
            self.hops.send(Hop::Error(problem.to_string()));
        }
        let own = app.config.warnings.iter().cloned();
        for warning in own.chain(warnings::collect(&app, &variables, extension.as_deref())) {
            self.hops.send(Hop::Warning(warning));
        }
        let stop = self.stop.child_token();
        let (supervisor, gate) = target
            .map(|target| {
                let (recorder, hops) = (self.recorder.clone(), self.hops.clone());
                Supervisor::new(target, recorder, hops, stop.clone())
            })
            .unzip();
        let names = app.functions.iter().map(|function| function.name.as_str());
        let extension_name = extension.as_ref().map(|extension| extension.name());
        self.keys.provide(names, extension_name);
        let context = Context {
            app,
            gate,
            entrance: Entrance::new(&config.hosts, cors.origins()),
            cors,
            extension,
            access: Access::new(config.auth.then(|| self.keys.clone())),
            config: config.clone(),
            hops: self.hops.clone(),
            queues: self.queues.clone(),
            statuses: self.statuses.clone(),
            base: format!("http://localhost:{}", self.address.port()),
            stop,
            started: Instant::now(),
        };
        Ok((Arc::new(context), supervisor))
    }

    /// Where each variable comes from (docs/contracts/functions-host.md, "func start").
    fn variables(&self, local: &LocalSettings) -> Variables {
        let given = &self.config.variables;
        let mut variables = Variables::inherited();
        for (name, value) in given.iter() {
            variables.set(name, value);
        }
        for (name, value) in &local.values {
            if variables.get(name).is_none() {
                variables.set(name, value);
            } else if given.get(name).is_none() {
                self.hops.send(Hop::Warning(format!(
                    "Skipping '{name}' from local settings as it's already defined in current environment variables."
                )));
            }
        }
        let port = self.address.port();
        variables.set("WEBSITE_HOSTNAME", format!("localhost:{port}"));
        variables.set("AzureWebJobsScriptRoot", self.config.root.to_string_lossy());
        variables.set("AZURE_FUNCTIONS_ENVIRONMENT", "Development");
        variables.set("FUNCTIONS_CORETOOLS_ENVIRONMENT", "true");
        variables
    }

    /// The functions of a loaded app, as callers see them.
    pub(crate) fn functions(context: &Context) -> Arc<[FunctionInfo]> {
        let functions = context.app.functions.iter();
        functions
            .map(|function| FunctionInfo::new(function, &context.base))
            .collect()
    }

    /// Starts timers and queue triggers, once the handler is ready; they end with the app.
    pub(crate) fn start_triggers(&self, context: &Arc<Context>) {
        let functions = context.app.functions.iter().enumerate();
        for (index, function) in functions.filter(|(_, function)| !function.disabled) {
            if let Some(address) = Address::of_trigger(function) {
                tokio::spawn(front::run_queue(context.clone(), index, address));
            }
            if let Some(config) = function.timer.clone().filter(|_| self.config.timers) {
                let clock = context.config.clock.clone();
                let timer = Timer::new(&function.name, config, clock, self.statuses.clone());
                tokio::spawn(front::run_timer(context.clone(), index, timer));
            }
        }
    }

    /// The script root.
    pub(crate) fn root(&self) -> &Path {
        &self.config.root
    }
}

/// What answers invocations; nothing, where there are no functions to be invoked.
fn target(
    app: &App,
    variables: &Variables,
    attach: Option<u16>,
) -> Result<Option<Target>, StartError> {
    if app.functions.is_empty() {
        return Ok(None);
    }
    let config = match (&app.config.handler, attach) {
        (handler, Some(port)) => {
            let patience = handler.as_ref().map_or(Duration::from_secs(30), |handler| {
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
    }))))
}
