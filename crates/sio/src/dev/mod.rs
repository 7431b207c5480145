//! `sio dev`: service emulator, host stand-in and the project's handler with one command.
//!
//! The order matters: ports are taken first, since the slowest step (building) should not end in "port taken"; then the
//! handler is built and staged; then the host starts it with the emulator's connection string; then the emulator is
//! told where the webhook is.

mod service;
mod watch;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde::Serialize;
use sio_host::Host;
use tokio::sync::broadcast;

use crate::project::{Bindings, Profile, Project, Staging};
use crate::stop::Stop;
use crate::timeline::{self, Timeline};
use crate::{listen, ready};

use service::Prepared;

/// The setting through which the handler learns where the service is.
const CONNECTION: &str = "WebPubSubForSocketIOConnectionString";

/// The function that takes the service's webhook.
const WEBHOOK: &str = "socketio";

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
    /// Address to listen on; 0.0.0.0 lets phones and containers in.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Who takes the webhook and runs the outputs: the app itself, or Microsoft's extension (as the host stand-in
    /// emulates it).
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
    /// Build the handler with optimizations.
    #[arg(long)]
    release: bool,
    /// Use the handler that already listens on this port, for example under a debugger: start it with
    /// FUNCTIONS_CUSTOMHANDLER_PORT and the connection string that the ready line shows.
    #[arg(long, value_name = "PORT")]
    attach: Option<u16>,
    /// Use a real service instead of the emulator. Its events reach this machine through a tunnel.
    #[arg(long, value_name = "STRING", conflicts_with = "emulator_port")]
    connection: Option<String>,
    /// Do not rebuild when a file changes.
    #[arg(long)]
    no_watch: bool,
    /// A copy of socket.io.min.js to serve in place of the CDN's [default: the one that `npm ci` in tests/clients
    /// installs, if it is there].
    #[arg(long, value_name = "FILE")]
    client_js: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    app: String,
    emulator: String,
    connection_string: String,
    webhook: String,
}

/// Runs everything until it is told to stop or the handler cannot be kept running.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let project = Project::open(&args.project).await?;
    let app_listener = listen::on(args.listen, args.port, "--port").await?;
    let service = match &args.connection {
        Some(connection) => Prepared::real(connection)?,
        None => {
            let listener = listen::on(args.listen, args.emulator_port, "--emulator-port").await?;
            Prepared::emulator(listener)?
        }
    };
    let client_script = client_script(&project, args.client_js.as_deref())?;
    let staging = Staging {
        root: project.root_for(args.bindings),
        bindings: args.bindings,
        profile: Profile::of(args.release),
        target: None,
    };

    say(
        "build",
        &format!("the handler of {}", project.root.display()),
    );
    let started = Instant::now();
    let staged = tokio::select! {
        staged = project.stage(&staging) => staged?,
        stopped = stop.requested() => return stopped,
    };
    say(
        "stage",
        &format!("{} ({:.1?})", staged.root.display(), started.elapsed()),
    );

    say("start", "the host and the handler");
    let (hops, from_host) = broadcast::channel(timeline::BACKLOG);
    let from_host = Timeline::follow("host", from_host, timeline::of_host);
    let mut host = Host::builder(&staged.root)
        .hops(hops)
        .listener(app_listener)
        .variable(CONNECTION, service.connection().reveal());
    if let Some(script) = client_script {
        host = host.client_script(script);
    }
    if let Some(port) = args.attach {
        host = host.attach(port);
    }
    let host = tokio::select! {
        host = host.start() => host?,
        stopped = stop.requested() => return stopped,
    };
    let webhook = webhook_url(&host, args.bindings)?;

    say("start", "the service");
    let service = service.start(&webhook).await?;
    ready::print(Ready {
        app: host.url(),
        emulator: service.connection().endpoint().to_string(),
        connection_string: service.connection().reveal(),
        webhook: webhook.clone(),
    })?;
    say("ready", &format!("open {}", host.url()));
    for function in host.functions() {
        if let Some(url) = &function.url {
            say("", &format!("{}: {url}", function.name));
        }
    }
    if service.is_remote() {
        tunnel_hint(&webhook);
    }

    let watching = !args.no_watch && args.attach.is_none();
    let outcome = tokio::select! {
        stopped = stop.requested() => stopped,
        reason = host.stopped() => Err(anyhow::anyhow!("{reason}")),
        failed = watch::rebuild(&project, &staging, &host), if watching => failed,
    };
    say("stop", "clients, handler, host");
    // The clients go first: what their leaving causes should still reach the handler.
    service.stop().await;
    host.stop().await;
    drop(host);
    from_host.end().await;
    outcome
}

/// What a real service needs to reach this machine.
fn tunnel_hint(webhook: &str) {
    let (upstream, path) = match webhook.match_indices('/').nth(2) {
        Some((at, _)) => webhook.split_at(at),
        None => (webhook, ""),
    };
    say(
        "tunnel",
        "a real service cannot call this machine by itself; with Microsoft's tunnel tool:",
    );
    say(
        "",
        &format!("awps-tunnel run --hub HUB --connection … --upstream {upstream}"),
    );
    say(
        "",
        &format!(
            "and the event handler of the hub: tunnel://{path}, all user events, all system events"
        ),
    );
}

/// The webhook's URL as the service is told it.
fn webhook_url(host: &Host, bindings: Bindings) -> anyhow::Result<String> {
    if bindings == Bindings::Extension {
        return Ok(format!("{}/runtime/webhooks/socketio", host.url()));
    }
    let mut functions = host.functions().iter();
    let function = functions.find(|function| function.name == WEBHOOK);
    match function.and_then(|function| function.url.clone()) {
        Some(url) => Ok(url),
        None => bail!(
            "the app has no function {WEBHOOK:?} to take the service's webhook\nhint: register a hub with `App::hub`"
        ),
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
    timeline::line(what, &text);
}
