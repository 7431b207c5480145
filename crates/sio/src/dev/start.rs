//! The start of emulator, host and handler. Where changes are watched, what does not build or run waits for the change
//! that mends it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use sio_host::Host;

use super::app::{App, Plan};
use super::args::Args;
use super::building::{Notice, Port};
use super::identity::LocalIdentity;
use super::service::{Prepared, Service};
use super::stack::Stack;
use super::watch::Changes;
use crate::local_settings::CONNECTION;
use crate::project::{Profile, Project, Staged, Staging};
use crate::terminal::under;
use crate::trace::{self, Watch};
use crate::{listen, ready};

/// What the ports say before there is something to serve.
const BUILDING: &str = "Building the handler…";
const BROKEN: &str =
    "The handler does not build or run. The terminal says why; this page waits for the fix.";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    app: String,
    emulator: String,
    connection_string: String,
    webhook: String,
}

/// What a start needs until the handler runs.
struct Startup {
    project: Project,
    fixes: Fixes,
}

/// What a person changes in a project that is broken.
struct Fixes {
    /// Unless changes are not watched.
    changes: Option<Changes>,
    notice: Notice,
}

/// Takes the ports, builds, stages and starts.
pub(super) async fn start(args: Args) -> anyhow::Result<Stack> {
    let root = Project::locate(&args.project)?;
    // From here on, so that no change is missed.
    let changes = match !args.no_watch && args.attach.is_none() {
        true => Some(Changes::of(&root)?),
        false => None,
    };
    let port = Port::of(listen::on(args.listen, args.port, "--port").await?)?;
    let service = prepare_service(&args).await?;
    let notice = Notice::new(BUILDING);
    let app_notice = notice.serve(&port)?;
    let service_notice = service.port().map(|port| notice.serve(port)).transpose()?;
    let watch = Watch::start(&trace::Args {
        project: Some(root.clone()),
        ..args.trace.clone()
    });
    let mut fixes = Fixes { changes, notice };
    let project = fixes.read(root).await?;
    let mut plan = plan(&args, &project, &service, &watch)?;
    let mut startup = Startup { project, fixes };

    let staged = startup.build(&plan.staging).await?;
    let emulated = args.connection.is_none() && args.attach.is_none();
    let identity = LocalIdentity::asked_for(&staged.root, args.bindings, emulated).await?;
    let mut caller = None;
    if let Some(identity) = &identity {
        let endpoint = service.connection().endpoint().to_string();
        plan.variables = identity.variables(&endpoint);
        plan.sign_in = Some(identity.sign_in());
        caller = identity.caller()?;
    }

    match args.attach {
        Some(port) => {
            let connection = args.connection.is_none().then_some(&*plan.connection);
            ask_for_handler(port, &staged.root, connection);
        }
        None => under("start", "the host and the handler"),
    }
    // The port is the host's own from now on.
    drop(app_notice);
    let host = startup.run_host(&plan, &port).await?;
    let app = App::new(Arc::new(plan), port, host);
    let webhook = app.webhook()?;

    under("start", "the service");
    drop(service_notice);
    let service = service
        .start(
            &webhook,
            app.system_events(),
            caller,
            args.record.is_some(),
            &watch,
        )
        .await?;
    service.show(app.links());
    watch.caught_up().await;
    print_ready(&app, &service, &webhook, args.trace.json)?;
    let stack = Stack {
        project: startup.project,
        app,
        service,
        watch,
        identity,
        webhook,
        changes: startup.fixes.changes,
    };
    stack.introduce(args.listen);
    Ok(stack)
}

/// Takes the emulator's port, or reads the connection string of a real service.
async fn prepare_service(args: &Args) -> anyhow::Result<Prepared> {
    match &args.connection {
        Some(connection) => Prepared::real(connection),
        None => {
            let listener = listen::on(args.listen, args.emulator_port, "--emulator-port").await?;
            Prepared::emulator(Port::of(listener)?, args.endpoint.clone())
        }
    }
}

/// What the host is started with, before it is known whether the project connects by identity.
fn plan(args: &Args, project: &Project, service: &Prepared, watch: &Watch) -> anyhow::Result<Plan> {
    Ok(Plan {
        hops: watch.host(),
        pages: (!args.no_reload).then(|| tokio::sync::watch::Sender::new(0)),
        variables: Vec::new(),
        sign_in: None,
        client_script: client_script(project, args.client_js.as_deref())?,
        connection: service.connection().reveal(),
        attach: args.attach,
        allow_host: args.allow_host.clone(),
        record: args.record.clone(),
        staging: Staging {
            root: project.root_for(args.bindings),
            bindings: args.bindings,
            profile: Profile::of(args.release),
            target: None,
        },
    })
}

/// Says how to start a handler by hand. A real service's connection string is not shown.
fn ask_for_handler(port: u16, root: &Path, connection: Option<&str>) {
    under(
        "waiting",
        format_args!("for a handler on port {port}; start yours with"),
    );
    under("", format_args!("FUNCTIONS_CUSTOMHANDLER_PORT={port}"));
    under(
        "",
        format_args!("FUNCTIONS_APP_ROOT_PATH={}", root.display()),
    );
    if let Some(connection) = connection {
        under("", format_args!("{CONNECTION}=\"{connection}\""));
    }
}

fn print_ready(app: &App, service: &Service, webhook: &str, asked: bool) -> anyhow::Result<()> {
    let ready = Ready {
        app: app.host().url(),
        emulator: service.connection().endpoint().to_string(),
        connection_string: service.connection().reveal(),
        webhook: webhook.to_owned(),
    };
    ready::print(ready, asked)
}

impl Startup {
    /// Builds and stages the handler.
    async fn build(&mut self, staging: &Staging) -> anyhow::Result<Staged> {
        under(
            "build",
            format_args!("the handler of {}", self.project.root.display()),
        );
        let (staged, took) = self.stage(staging).await?;
        under(
            "stage",
            format_args!("{} ({took:.1?})", staged.root.display()),
        );
        Ok(staged)
    }

    /// Stages the handler, and says how long that took without the wait for a fix.
    async fn stage(&mut self, staging: &Staging) -> anyhow::Result<(Staged, Duration)> {
        loop {
            let started = Instant::now();
            match self.project.stage(staging).await {
                Ok(staged) => return Ok((staged, started.elapsed())),
                Err(error) => self.fixes.wait(error).await?,
            }
        }
    }

    /// Starts the host and its handler.
    async fn run_host(&mut self, plan: &Plan, port: &Port) -> anyhow::Result<Host> {
        loop {
            let error = match plan.host(port).await {
                Ok(host) => return Ok(host),
                Err(error) => error,
            };
            let serving = self.fixes.notice.serve(port)?;
            self.fixes.wait(error).await?;
            self.stage(&plan.staging).await?;
            drop(serving);
        }
    }
}

impl Fixes {
    /// Reads the project.
    async fn read(&mut self, root: PathBuf) -> anyhow::Result<Project> {
        loop {
            match Project::read(root.clone()).await {
                Ok(project) => return Ok(project),
                Err(error) => self.wait(error).await?,
            }
        }
    }

    /// Says what failed and waits for a change that may mend it; without anything that watches, the failure is final.
    async fn wait(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        let Some(changes) = &mut self.changes else {
            return Err(error);
        };
        self.notice.say(BROKEN);
        under("failed", format_args!("{error:#}; waiting for a change"));
        let change = loop {
            let change = changes.next().await;
            if change.rebuilds {
                break change;
            }
        };
        self.notice.say(BUILDING);
        under("build", format_args!("{} changed", change.path.display()));
        Ok(())
    }
}

fn client_script(project: &Project, named: Option<&Path>) -> anyhow::Result<Option<Vec<u8>>> {
    let path = match named {
        Some(named) => Some(named.to_owned()),
        None => project.installed_client(),
    };
    let Some(path) = path else {
        if project.loads_client_from_cdn() {
            under(
                "client",
                "pages load the Socket.IO client from its CDN; without a network: npm install socket.io-client",
            );
        }
        return Ok(None);
    };
    let script = std::fs::read(&path)
        .with_context(|| format!("{} cannot be read (--client-js)", path.display()))?;
    Ok(Some(script))
}
