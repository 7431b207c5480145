//! `sio emulator`: the service alone, for any function app in any language.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use sio_emulator::{Config, DEFAULT_UPSTREAM, DEVELOPMENT_KEY, StartError};
use sio_protocol::connection_string::Endpoint;

use crate::stop::Stop;
use crate::terminal::without_query;
use crate::trace::{self, Watch};
use crate::unshown::Unshown;
use crate::{health, listen, ready};

/// Where it listens by default.
const DEFAULT_PORT: u16 = 8080;

/// Start the service emulator: clients connect to it, it calls the function app, functions call its REST API.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Configuration file in TOML: hubs, handlers, keys and every setting. The other options come before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Port to listen on; 0 picks a free one [default: 8080].
    #[arg(long)]
    port: Option<u16>,
    /// Address to listen on [default: 127.0.0.1]. 0.0.0.0 lets other machines in, for phones and containers, which need
    /// an --endpoint too.
    ///
    /// It is one address: a client that resolves "localhost" and tries ::1 first tries 127.0.0.1 next. A second socket
    /// on ::1 could fail by itself, or belong to another process.
    #[arg(long, value_name = "ADDR")]
    listen: Option<IpAddr>,
    /// Public address as clients and function apps name it [default: http://localhost:PORT].
    #[arg(long, value_name = "URL", value_parser = Unshown(endpoint))]
    endpoint: Option<Endpoint>,
    /// Access key; the default is public and meant for development only.
    #[arg(long, value_parser = Unshown(key))]
    key: Option<String>,
    /// Second access key, as good as the first.
    #[arg(long, value_name = "KEY", value_parser = Unshown(key))]
    secondary_key: Option<String>,
    /// URL that all events of all hubs are sent to; {hub} and {event} are replaced. C#, JavaScript and Python apps take
    /// them at http://localhost:7071/runtime/webhooks/socketio [default: http://localhost:7071/api/socketio].
    #[arg(long, value_name = "URL-TEMPLATE")]
    upstream: Option<String>,
    /// Let clients in that have no access token.
    #[arg(long)]
    anonymous: bool,
    /// Further host name under which the inspector may be opened, besides localhost, addresses and the endpoint's host;
    /// repeatable.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Start nothing; check the emulator at this URL, and exit with 0 if it is healthy. For a container's health check.
    #[arg(long, value_name = "URL", value_parser = endpoint, exclusive = true)]
    health: Option<Endpoint>,
    #[command(flatten)]
    pub(crate) trace: trace::Args,
}

/// The upstream for an app that uses Microsoft's extension, on the Functions host's default port.
const EXTENSION_UPSTREAM: &str = "http://localhost:7071/runtime/webhooks/socketio";

/// The most of `stop_grace` that is used: the tool promises to end within three seconds.
const LONGEST_STOP: Duration = Duration::from_secs(2);

/// What a script needs to know.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    emulator: &'a str,
    connection_string: String,
}

pub(crate) fn endpoint(text: &str) -> Result<Endpoint, String> {
    Endpoint::parse(text).map_err(|error| error.to_string())
}

fn key(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.contains(';') {
        return Err("a key must not be empty and must not contain \";\"".to_owned());
    }
    Ok(text.to_owned())
}

/// Runs the emulator until it is stopped.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    if let Some(url) = &args.health {
        return health::check(url).await;
    }
    let mut stop = Stop::listen()?;
    let config = match &args.config {
        Some(file) => Config::read(file)?,
        None => Config::default(),
    };
    let address = args.listen.or(config.listen());
    let listener = listen::on(
        address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        args.port.or(config.port()).unwrap_or(DEFAULT_PORT),
        "--port",
    )
    .await;
    let by_file =
        args.port.or(config.port()) != args.port || args.listen.or(config.listen()) != args.listen;
    let listener = match &args.config {
        Some(file) if by_file => {
            listener.with_context(|| format!("cannot listen as {} says", file.display()))?
        }
        _ => listener?,
    };
    let mut settings = config.settings().clone();
    settings.stop_grace = settings.stop_grace.min(LONGEST_STOP);
    let inspector = settings.inspector;
    let targets = match &args.upstream {
        Some(upstream) => vec![upstream.clone()],
        None => config.targets(),
    };
    let mut builder = config
        .into_builder()
        .listener(listener)
        .settings(settings)
        .record(true);
    let usual = targets == [DEFAULT_UPSTREAM];
    if let Some(upstream) = args.upstream {
        builder = builder.upstream(upstream);
    }
    if args.anonymous {
        builder = builder.anonymous(true);
    }
    for host in args.allow_host {
        builder = builder.allow_host(host);
    }
    if let Some(key) = args.key {
        builder = builder.key(key);
    }
    if let Some(endpoint) = args.endpoint {
        builder = builder.endpoint(endpoint.to_string());
    }
    if let Some(key) = args.secondary_key {
        builder = builder.secondary_key(key);
    }
    let emulator = builder.start().await.map_err(|error| {
        // The file was checked when it was read, so a wrong upstream is the option's.
        let hint = match &error {
            StartError::Upstream(_) => {
                "--upstream takes a URL such as http://localhost:7071/api/socketio"
            }
            _ => "see sio emulator --help for the form of each option",
        };
        let error = anyhow::Error::from(error);
        anyhow!("the emulator cannot start: {error:#}\nhint: {hint}")
    })?;

    let watch = Watch::start(&args.trace);
    watch.service(&emulator);
    ready::print(
        Ready {
            emulator: emulator.endpoint(),
            connection_string: emulator.connection_string(),
        },
        args.trace.json,
    )?;
    let targets: Vec<&str> = targets.iter().map(|target| without_query(target)).collect();
    tracing::info!(
        "listening on {}, events go to {}",
        emulator.address(),
        match targets.as_slice() {
            [] => "no handler".to_owned(),
            targets => targets.join(", "),
        }
    );
    if usual {
        tracing::info!(
            "for an app with Microsoft's Socket.IO extension: --upstream {EXTENSION_UPSTREAM}"
        );
    }
    let connection = emulator.connection_string();
    let masked = masked(&connection);
    let note = match masked == connection {
        true => "",
        false => " (the ready line on stdout has the key; in a terminal, --json prints it)",
    };
    tracing::info!(
        "for local.settings.json: \"WebPubSubForSocketIOConnectionString\": \"{masked}\"{note}"
    );
    if inspector {
        tracing::info!("the inspector is at {}/", emulator.endpoint());
    }
    stop.requested().await?;
    emulator.stop().await;
    watch.end().await;
    Ok(())
}

/// A connection string for the log, without a private key: logs are kept and passed on.
fn masked(text: &str) -> String {
    let parts = text
        .split(';')
        .map(|part| match part.strip_prefix("AccessKey=") {
            Some(key) if key != DEVELOPMENT_KEY => "AccessKey=…",
            _ => part,
        });
    parts.collect::<Vec<_>>().join(";")
}
