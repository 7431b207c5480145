//! `sio host`: the Functions host alone, for any custom handler.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::Serialize;
use sio_host::{FunctionInfo, Hop, Host};
use tokio::sync::broadcast;

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
    let port = match args.port {
        Some(port) => port,
        None => Host::configured_port(&args.root)?.unwrap_or(DEFAULT_PORT),
    };
    let listener = crate::listen::on(args.listen, port, "--port").await?;
    let (sender, receiver) = broadcast::channel(4096);
    let printing = tokio::spawn(print(receiver));
    let starting = Host::builder(args.root)
        .listener(listener)
        .faithful(args.faithful)
        .hops(sender)
        .start();
    let host = tokio::select! {
        host = starting => host?,
        stop = crate::stop::requested() => return stop,
    };
    eprintln!("\nFunctions:\n");
    for function in host.functions() {
        eprintln!("        {function}");
    }
    eprintln!();
    crate::ready::print(Ready {
        app: host.url(),
        functions: host.functions(),
    })?;
    let gave_up = host.stopped();
    let outcome = tokio::select! {
        stop = crate::stop::requested() => stop,
        reason = gave_up => Err(anyhow::Error::new(reason)),
    };
    host.stop().await;
    drop(host);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(200), printing).await;
    outcome
}

/// Prints what happens until there is nobody left to tell it.
async fn print(mut hops: broadcast::Receiver<Hop>) {
    loop {
        match hops.recv().await {
            // The command ends with this, and says it then.
            Ok(Hop::GaveUp(_)) => {}
            Ok(hop) => eprintln!("{hop}"),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                eprintln!("({missed} lines left out)")
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
