//! `sio dev`: service emulator, host stand-in and the project's handler with one command.
//!
//! The order matters: ports are taken first, since the slowest step (building) should not end in "port taken", and say
//! that something is being built; then the handler is built and staged; then the host starts it with the emulator's
//! connection string; then the emulator is told where the webhook is. Where the project connects by identity, there is
//! a stand-in for that too.

mod app;
mod building;
mod identity;
mod service;
mod watch;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use sio_protocol::connection_string::Endpoint;

use crate::local_settings::CONNECTION;
use crate::project::{Bindings, Profile, Project, Staging};
use crate::stop::Stop;
use crate::trace::{self, Watch};
use crate::{listen, ready, terminal, tunnel};

use app::{App, Plan};
use building::{Notice, Port};
use identity::LocalIdentity;
use service::{Prepared, Service};
use watch::Changes;

/// Build a project, start emulator, host and handler, and rebuild on changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Port of the function app; 0 picks a free one.
    #[arg(long, default_value_t = 7071)]
    port: u16,
    /// Port of the service emulator; 0 picks a free one.
    #[arg(long, default_value_t = 8080)]
    emulator_port: u16,
    /// Address to listen on. 0.0.0.0 lets phones and containers in; then --endpoint says where they find the service.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Further host name under which the app may be asked, for example that of a tunnel, besides localhost and addresses;
    /// repeatable.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// The emulator's address as clients name it, such as http://192.168.1.5:8080 [default: http://localhost:PORT].
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    endpoint: Option<Endpoint>,
    /// Who takes the webhook and runs the outputs: the app itself, or Microsoft's extension (as the host stand-in
    /// emulates it).
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
    /// Build the handler with optimizations.
    #[arg(long)]
    release: bool,
    /// Use the handler that listens on this port, for example under a debugger: start it with
    /// FUNCTIONS_CUSTOMHANDLER_PORT, FUNCTIONS_APP_ROOT_PATH and the emulator's connection string, which is that of
    /// local.settings.json.example on port 8080. Nothing is ready before it listens.
    #[arg(long, value_name = "PORT")]
    attach: Option<u16>,
    /// Keep every invocation in this directory, for `sio replay`. Keys and tokens are masked; recorded events hold the
    /// service's signature of their connection id.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Use a real service instead of the emulator. Its events reach this machine through a tunnel, which is explained at
    /// the start and by `sio doctor --connection`.
    #[arg(long, value_name = "STRING", conflicts_with = "emulator_port")]
    connection: Option<String>,
    /// Do not rebuild when a file changes.
    #[arg(long)]
    no_watch: bool,
    /// Do not have pages reload themselves in the browser when `public/` or the handler changes.
    #[arg(long)]
    no_reload: bool,
    /// A copy of socket.io.min.js to serve in place of the CDN's [default: the one that `npm install socket.io-client`
    /// puts into node_modules, here or in a folder above or in tests/clients].
    #[arg(long, value_name = "FILE")]
    client_js: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trace: trace::Args,
}

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

/// Runs everything until it is stopped or the handler cannot be kept running.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    tokio::select! {
        stopped = stop.requested() => stopped,
        prepared = prepare(args) => prepared?.run(&mut stop).await,
    }
}

/// Everything that is started, ready for use.
struct Stack {
    project: Project,
    app: App,
    service: Service,
    watch: Watch,
    /// Its tenant ends when this does.
    identity: Option<LocalIdentity>,
    /// Where the service was told that the webhook is.
    webhook: String,
    /// Unless changes are not watched.
    changes: Option<Changes>,
}

/// Builds, stages and starts. Where changes are watched, what does not build or run waits for the change that mends it.
async fn prepare(args: Args) -> anyhow::Result<Stack> {
    let root = Project::locate(&args.project)?;
    let watching = !args.no_watch && args.attach.is_none();
    // From here on, so that no change is missed.
    let mut changes = match watching {
        true => Some(Changes::of(&root)?),
        false => None,
    };
    let port = Port::of(listen::on(args.listen, args.port, "--port").await?)?;
    let service = match &args.connection {
        Some(connection) => Prepared::real(connection)?,
        None => {
            let listener = listen::on(args.listen, args.emulator_port, "--emulator-port").await?;
            Prepared::emulator(Port::of(listener)?, args.endpoint.clone())?
        }
    };
    let notice = Notice::new(BUILDING);
    let mut notices = vec![notice.serve(&port)?];
    if let Some(port) = service.port() {
        notices.push(notice.serve(port)?);
    }
    let watch = Watch::start(&trace::Args {
        project: Some(root.clone()),
        ..args.trace.clone()
    });
    let project = loop {
        match Project::read(root.clone()).await {
            Ok(project) => break project,
            Err(error) => mended(&mut changes, &notice, error).await?,
        }
    };
    let mut plan = Plan {
        hops: watch.host(),
        pages: (!args.no_reload).then(|| tokio::sync::watch::Sender::new(0)),
        variables: Vec::new(),
        sign_in: None,
        client_script: client_script(&project, args.client_js.as_deref())?,
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
    };

    say(
        "build",
        &format!("the handler of {}", project.root.display()),
    );
    let started = Instant::now();
    let staged = loop {
        match project.stage(&plan.staging).await {
            Ok(staged) => break staged,
            Err(error) => mended(&mut changes, &notice, error).await?,
        }
    };
    say(
        "stage",
        &format!("{} ({:.1?})", staged.root.display(), started.elapsed()),
    );

    let emulated = args.connection.is_none() && args.attach.is_none();
    let identity = LocalIdentity::asked_for(&staged.root, args.bindings, emulated).await?;
    if let Some(identity) = &identity {
        let endpoint = service.connection().endpoint().to_string();
        plan.variables = identity.variables(&endpoint);
        plan.sign_in = Some(identity.sign_in());
    }
    let caller = match &identity {
        Some(identity) => identity.caller()?,
        None => None,
    };

    match args.attach {
        Some(port) => {
            let root = staged.root.display();
            say(
                "waiting",
                &format!("for a handler on port {port}; start yours with"),
            );
            say("", &format!("FUNCTIONS_CUSTOMHANDLER_PORT={port}"));
            say("", &format!("FUNCTIONS_APP_ROOT_PATH={root}"));
            if emulated || args.connection.is_none() {
                say("", &format!("{CONNECTION}=\"{}\"", plan.connection));
            }
        }
        None => say("start", "the host and the handler"),
    }
    let plan = Arc::new(plan);
    // The port is the host's own from now on.
    notices.remove(0);
    let host = loop {
        let error = match plan.host(&port).await {
            Ok(host) => break host,
            Err(error) => error,
        };
        let serving = notice.serve(&port)?;
        mended(&mut changes, &notice, error).await?;
        while let Err(error) = project.stage(&plan.staging).await {
            mended(&mut changes, &notice, error).await?;
        }
        drop(serving);
    };
    let app = App::new(plan, port, host);
    let webhook = app.webhook()?;
    say("start", "the service");
    drop(notices);
    let service = service
        .start(&webhook, app.system_events(), caller, &watch)
        .await?;

    service.show(app.links());
    watch.caught_up().await;
    ready::print(
        Ready {
            app: app.host().url(),
            emulator: service.connection().endpoint().to_string(),
            connection_string: service.connection().reveal(),
            webhook: webhook.clone(),
        },
        args.trace.json,
    )?;
    let stack = Stack {
        project,
        app,
        service,
        watch,
        identity,
        webhook,
        changes,
    };
    stack.introduce(args.listen);
    Ok(stack)
}

/// Says what failed and waits for a change that may mend it; without anything that watches, the failure is final.
async fn mended(
    changes: &mut Option<Changes>,
    notice: &Notice,
    error: anyhow::Error,
) -> anyhow::Result<()> {
    let Some(changes) = changes else {
        return Err(error);
    };
    notice.say(BROKEN);
    say("failed", &format!("{error:#}; waiting for a change"));
    let change = loop {
        let change = changes.next().await;
        if change.rebuilds {
            break change;
        }
    };
    notice.say(BUILDING);
    say("build", &format!("{} changed", change.path.display()));
    Ok(())
}

impl Stack {
    /// Says where everything is.
    fn introduce(&self, listen: IpAddr) {
        say(
            "ready",
            &format!("the app        {}", self.app.host().url()),
        );
        if !self.service.is_remote() {
            let endpoint = self.service.connection().endpoint();
            say("", &format!("the inspector  {endpoint}/"));
        }
        for function in self.app.host().functions() {
            if let Some(url) = &function.url {
                say("", &format!("{:<14} {url}", function.name));
            }
        }
        if let Some(identity) = &self.identity {
            for note in identity.notes(&self.app.host().url(), listen) {
                say("sign in", &note);
            }
        }
        if self.service.is_remote() {
            for (index, step) in tunnel::steps(&self.webhook).iter().enumerate() {
                say(if index == 0 { "tunnel" } else { "" }, step);
            }
            say(
                "",
                "sio doctor --connection STRING looks at the service and says this again",
            );
        }
    }

    async fn run(mut self, stop: &mut Stop) -> anyhow::Result<()> {
        let outcome = tokio::select! {
            stopped = stop.requested() => stopped,
            failed = self.follow() => Err(failed),
        };
        say("stop", "clients, handler, host");
        // The clients go first: what their leaving causes should still reach the handler.
        self.service.stop().await;
        self.app.stop().await;
        self.watch.end().await;
        outcome
    }

    /// Rebuilds on changes. Without watching, a handler that cannot be kept running is the end; with it, the next
    /// change may mend that.
    async fn follow(&mut self) -> anyhow::Error {
        let Some(mut changes) = self.changes.take() else {
            return self.app.gave_up().await;
        };
        let mut given_up = false;
        loop {
            let change = tokio::select! {
                change = changes.next() => change,
                error = self.app.gave_up(), if !given_up => {
                    say("failed", &format!("{error:#}; waiting for a change"));
                    given_up = true;
                    continue;
                }
            };
            let copied = self.app.staging().bindings == Bindings::Extension;
            if !change.rebuilds && !copied {
                say("reload", &format!("{} changed", change.path.display()));
                self.app.reload_pages();
                continue;
            }
            say("build", &format!("{} changed", change.path.display()));
            let rebuilt = self.rebuild().await;
            self.watch.caught_up().await;
            match rebuilt {
                Ok(()) => {
                    given_up = false;
                    self.app.reload_pages();
                    say("ready", "with the new handler");
                }
                Err(error) => say("failed", &format!("{error:#}; what ran before goes on")),
            }
        }
    }

    async fn rebuild(&mut self) -> anyhow::Result<()> {
        let staged = self.project.stage(self.app.staging()).await?;
        if staged.changed {
            say(
                "start",
                "the host again, since its functions or its configuration changed",
            );
            self.app.restart_host().await?;
            self.service.show(self.app.links());
            let webhook = self.app.webhook()?;
            if webhook != self.webhook {
                say(
                    "warning",
                    &format!(
                        "the webhook is now {webhook}: start `sio dev` again, so that the service learns it"
                    ),
                );
            }
            Ok(())
        } else {
            self.app.restart_handler().await
        }
    }
}

fn client_script(
    project: &Project,
    named: Option<&std::path::Path>,
) -> anyhow::Result<Option<Vec<u8>>> {
    let path = match named {
        Some(named) => Some(named.to_owned()),
        None => project.installed_client(),
    };
    let Some(path) = path else {
        if project.loads_client_from_cdn() {
            say(
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

/// Tells a person what happens now.
fn say(what: &str, text: &str) {
    terminal::under(what, text);
}
