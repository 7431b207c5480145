//! `sio host`: the Functions host alone, for any custom handler.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::Serialize;
use sio_host::{FunctionInfo, Host};

use crate::identity;
use crate::stop::Stop;
use crate::terminal;
use crate::trace::{self, Watch};

/// The port of Core Tools.
const DEFAULT_PORT: u16 = 7071;

/// Start the host stand-in: runs the custom handler of a function app and routes HTTP requests to it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "HTTP, timer and Socket.IO triggers fire by themselves, and queue triggers for what functions of the same app put into\ntheir queues; any other with POST /admin/functions/NAME and {\"input\": \"…\"}.\nTimers go by UTC, or by the zone that the app setting WEBSITE_TIME_ZONE names.\nSocket.IO functions need a service: start `sio emulator --upstream http://localhost:7071/runtime/webhooks/socketio` and put its\nconnection string into local.settings.json as WebPubSubForSocketIOConnectionString.\nOther outputs are shown and go nowhere."
)]
pub(crate) struct Args {
    /// The script root: the folder with host.json.
    #[arg(default_value = ".")]
    root: PathBuf,
    /// The port to listen on, 7071 unless local.settings.json has Host.LocalHttpPort; 0 picks a free one.
    #[arg(long)]
    port: Option<u16>,
    /// The address to listen on; 0.0.0.0 lets other devices in.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Do not start again when host.json, a function.json, local.settings.json, the handler's executable or a watched
    /// file changes.
    #[arg(long)]
    no_watch: bool,
    /// Ask callers for keys, as Azure does; they are made anew at each start and printed.
    #[arg(long)]
    enable_auth: bool,
    /// Origins whose pages may call, separated by commas; * is any. Replaces Host.CORS of local.settings.json.
    #[arg(long, value_name = "ORIGINS")]
    cors: Option<String>,
    /// Let pages of these origins send cookies.
    #[arg(long, requires = "cors")]
    cors_credentials: bool,
    /// Further host name under which the host may be asked, for example that of a tunnel, besides localhost and
    /// addresses; repeatable.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Keep every invocation in this directory, for `sio replay`. Keys and tokens are masked; recorded events hold the
    /// service's signature of their connection id.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Remember timers in this file, so that what is missed while the host is down is made up for.
    #[arg(long, value_name = "FILE")]
    timer_statuses: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trace: trace::Args,
}

#[derive(Serialize)]
struct Ready<'a> {
    app: String,
    functions: &'a [FunctionInfo],
}

/// Runs the host until it is stopped or gives up on its handler.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let port = match args.port {
        Some(port) => port,
        None => Host::configured_port(&args.root)?.unwrap_or(DEFAULT_PORT),
    };
    let listener = crate::listen::on(args.listen, port, "--port").await?;
    let watch = Watch::start(&args.trace);
    let mut builder = Host::builder(args.root)
        .listener(listener)
        .enable_auth(args.enable_auth)
        .watch(!args.no_watch)
        .identities(identity::source())
        .hops(watch.host());
    if let Some(origins) = args.cors {
        builder = builder.cors(origins, args.cors_credentials);
    }
    for host in args.allow_host {
        builder = builder.allow_host(host);
    }
    if let Some(file) = args.timer_statuses {
        builder = builder.timer_statuses(file);
    }
    if let Some(folder) = args.record {
        builder = builder.record(folder);
    }
    let starting = builder.start();
    let host = tokio::select! {
        host = starting => host?,
        stopped = stop.requested() => return stopped,
    };
    watch.caught_up().await;
    terminal::tell("\nFunctions:\n");
    for function in host.functions() {
        terminal::tell(format_args!("        {function}"));
    }
    terminal::tell("");
    if args.enable_auth {
        terminal::tell(
            "Keys of this run, for the header x-functions-key or the query parameter code:\n",
        );
        for key in host.keys() {
            terminal::tell(format_args!(
                "        {} {}: {}",
                key.scope, key.name, key.value
            ));
        }
        terminal::tell("");
    }
    crate::ready::print(
        Ready {
            app: host.url(),
            functions: host.functions(),
        },
        args.trace.json,
    )?;
    let gave_up = host.stopped();
    let outcome = tokio::select! {
        stopped = stop.requested() => stopped,
        reason = gave_up => Err(anyhow::Error::new(reason)),
    };
    host.stop().await;
    drop(host);
    watch.end().await;
    outcome
}
