//! `sio host`: the Functions host alone, for any custom handler.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::Serialize;
use sio_host::{FunctionInfo, Host};
use tokio::sync::broadcast;

use crate::stop::Stop;
use crate::terminal;
use crate::timeline::{self, Timeline};

/// The port of Core Tools.
const DEFAULT_PORT: u16 = 7071;

/// Start the host stand-in: runs the custom handler of a function app and routes HTTP requests to it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Functions with other triggers than HTTP do not fire by themselves: POST /admin/functions/NAME with {\"input\": \"…\"} runs one.\nOutputs other than http are reported and go nowhere."
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
    /// Behave as the Functions host does even where that helps nobody: no warnings, no early checks, no SIGTERM.
    #[arg(long)]
    faithful: bool,
}

#[derive(Serialize)]
struct Ready<'a> {
    app: String,
    functions: &'a [FunctionInfo],
}

/// Runs the host until it is told to stop, or gives up on its handler.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let port = match args.port {
        Some(port) => port,
        None => Host::configured_port(&args.root)?.unwrap_or(DEFAULT_PORT),
    };
    let listener = crate::listen::on(args.listen, port, "--port").await?;
    let (sender, receiver) = broadcast::channel(timeline::BACKLOG);
    let printing = Timeline::follow("", receiver, timeline::of_host);
    let starting = Host::builder(args.root)
        .listener(listener)
        .faithful(args.faithful)
        .hops(sender)
        .start();
    let host = tokio::select! {
        host = starting => host?,
        stopped = stop.requested() => return stopped,
    };
    terminal::tell("\nFunctions:\n");
    for function in host.functions() {
        terminal::tell(format_args!("        {function}"));
    }
    terminal::tell("");
    crate::ready::print(Ready {
        app: host.url(),
        functions: host.functions(),
    })?;
    let gave_up = host.stopped();
    let outcome = tokio::select! {
        stopped = stop.requested() => stopped,
        reason = gave_up => Err(anyhow::Error::new(reason)),
    };
    host.stop().await;
    drop(host);
    printing.end().await;
    outcome
}
