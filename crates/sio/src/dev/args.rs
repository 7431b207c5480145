//! The options of `sio dev`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use sio_protocol::connection_string::Endpoint;

use crate::project::Bindings;
use crate::unshown::Unshown;
use crate::{emulator, trace};

/// Build a project, start emulator, host and handler, and rebuild on changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) project: PathBuf,
    /// Port of the function app; 0 picks a free one.
    #[arg(long, default_value_t = 7071)]
    pub(super) port: u16,
    /// Port of the service emulator; 0 picks a free one.
    #[arg(long, default_value_t = 8080)]
    pub(super) emulator_port: u16,
    /// Address to listen on. 0.0.0.0 lets phones and containers in; then --endpoint says where they find the service.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(super) listen: IpAddr,
    /// Further host name under which the app may be asked, for example that of a tunnel, besides localhost and addresses;
    /// repeatable.
    #[arg(long, value_name = "NAME")]
    pub(super) allow_host: Vec<String>,
    /// The emulator's address as clients name it, such as http://192.168.1.5:8080 [default: http://localhost:PORT].
    #[arg(long, value_name = "URL", value_parser = Unshown(emulator::endpoint))]
    pub(super) endpoint: Option<Endpoint>,
    /// Who takes the webhook and runs the outputs: the app itself, or Microsoft's extension (as the host stand-in
    /// emulates it).
    #[arg(long, value_enum, default_value_t)]
    pub(super) bindings: Bindings,
    /// Build the handler with optimizations.
    #[arg(long)]
    pub(super) release: bool,
    /// Use the handler that listens on this port, for example under a debugger: start it with
    /// FUNCTIONS_CUSTOMHANDLER_PORT, FUNCTIONS_APP_ROOT_PATH and the emulator's connection string, which is that of
    /// local.settings.json.example on port 8080. Nothing is ready before it listens.
    #[arg(long, value_name = "PORT")]
    pub(super) attach: Option<u16>,
    /// Keep every invocation in this directory, for `sio replay`. Keys and tokens are masked; recorded events hold the
    /// service's signature of their connection id.
    #[arg(long, value_name = "DIR")]
    pub(super) record: Option<PathBuf>,
    /// Use a real service instead of the emulator. Its events reach this machine through a tunnel, which is explained at
    /// the start and by `sio doctor --connection`.
    #[arg(long, value_name = "STRING", conflicts_with = "emulator_port")]
    pub(super) connection: Option<String>,
    /// Do not rebuild when a file changes.
    #[arg(long)]
    pub(super) no_watch: bool,
    /// Do not have pages reload themselves in the browser when `public/` or the handler changes.
    #[arg(long)]
    pub(super) no_reload: bool,
    /// A copy of socket.io.min.js to serve in place of the CDN's [default: the one that `npm install socket.io-client`
    /// puts into node_modules, here or in a folder above or in tests/clients].
    #[arg(long, value_name = "FILE")]
    pub(super) client_js: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trace: trace::Args,
}
