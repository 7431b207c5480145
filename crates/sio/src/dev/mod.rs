//! `sio dev`: service emulator, host stand-in and the project's handler with one command.
//!
//! The order matters: ports are taken first, since the slowest step (building) should not end in "port taken"; then the
//! handler is built and staged; then the host starts it with the emulator's connection string; then the emulator is
//! told where the webhook is. Where the project connects by identity, there is a stand-in for that too.

mod app;
mod identity;
mod service;
mod watch;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use sio_protocol::connection_string::Endpoint;

use crate::project::{Bindings, Profile, Project, Staging};
use crate::stop::Stop;
use crate::trace::{self, Watch};
use crate::{listen, ready, terminal, tunnel};

use app::{App, Plan};
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
    /// A copy of socket.io.min.js to serve in place of the CDN's [default: the one that `npm ci` in tests/clients
    /// installs, if it is there].
    #[arg(long, value_name = "FILE")]
    client_js: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trace: trace::Args,
}

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
    /// Ends when this does.
    _identity: Option<LocalIdentity>,
    /// Where the service was told that the webhook is.
    webhook: String,
    watching: bool,
}

/// Builds, stages and starts.
async fn prepare(args: Args) -> anyhow::Result<Stack> {
    let project = Project::open(&args.project).await?;
    let app_listener = listen::on(args.listen, args.port, "--port").await?;
    let service = match &args.connection {
        Some(connection) => Prepared::real(connection)?,
        None => {
            let listener = listen::on(args.listen, args.emulator_port, "--emulator-port").await?;
            Prepared::emulator(listener, args.endpoint)?
        }
    };
    let watch = Watch::start(&args.trace);
    let mut plan = Plan {
        hops: watch.host(),
        variables: Vec::new(),
        sign_in: None,
        client_script: client_script(&project, args.client_js.as_deref())?,
        connection: service.connection().reveal(),
        attach: args.attach,
        record: args.record,
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
    let staged = project.stage(&plan.staging).await?;
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

    say("start", "the host and the handler");
    let app = App::start(plan, app_listener).await?;
    let webhook = app.webhook()?;
    say("start", "the service");
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
    say("ready", &format!("the app        {}", app.host().url()));
    if !service.is_remote() {
        say(
            "",
            &format!("the inspector  {}/", service.connection().endpoint()),
        );
    }
    for function in app.host().functions() {
        if let Some(url) = &function.url {
            say("", &format!("{:<14} {url}", function.name));
        }
    }
    if let Some(identity) = &identity {
        for note in identity.notes(&app.host().url(), args.listen) {
            say("sign in", &note);
        }
    }
    if service.is_remote() {
        for (index, step) in tunnel::steps(&webhook).iter().enumerate() {
            say(if index == 0 { "tunnel" } else { "" }, step);
        }
        say(
            "",
            "sio doctor --connection STRING looks at the service and says this again",
        );
    }
    Ok(Stack {
        project,
        app,
        service,
        watch,
        _identity: identity,
        webhook,
        watching: !args.no_watch && args.attach.is_none(),
    })
}

impl Stack {
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
        if !self.watching {
            return self.app.gave_up().await;
        }
        let mut changes = match Changes::of(&self.project) {
            Ok(changes) => changes,
            Err(error) => return error,
        };
        let mut given_up = false;
        loop {
            let changed = tokio::select! {
                changed = changes.next() => changed,
                error = self.app.gave_up(), if !given_up => {
                    say("failed", &format!("{error:#}; waiting for a change"));
                    given_up = true;
                    continue;
                }
            };
            say("build", &format!("{} changed", changed.display()));
            let rebuilt = self.rebuild().await;
            self.watch.caught_up().await;
            match rebuilt {
                Ok(()) => {
                    given_up = false;
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
    let Some(path) = path else { return Ok(None) };
    let script = std::fs::read(&path)
        .with_context(|| format!("{} cannot be read (--client-js)", path.display()))?;
    Ok(Some(script))
}

/// Tells a person what happens now.
fn say(what: &str, text: &str) {
    terminal::under(what, text);
}
