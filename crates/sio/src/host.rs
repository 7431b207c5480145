//! `sio host`: the Functions host alone, for any custom handler.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::Serialize;
use sio_host::{FunctionInfo, Hop, Host};
use tokio::sync::broadcast;

/// Start the host stand-in: runs the custom handler of a function app and routes HTTP requests to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The script root: the folder with host.json.
    #[arg(default_value = ".")]
    root: PathBuf,
    /// The port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 7071)]
    port: u16,
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
    let listener = crate::listen::on(args.listen, args.port, "--port").await?;
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
            Ok(hop) => eprintln!("{hop}"),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                eprintln!("({missed} lines left out)")
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
