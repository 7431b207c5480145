//! `sio verify`: whether a service does what the emulator and the documentation assume where Microsoft's documents leave a
//! point open.
//!
//! | module | what |
//! |---|---|
//! | `points` | the points, and the rows of the report |
//! | `probe` | the function app of a run |
//! | `wire` | a client that writes packets by hand |
//! | `bench` | the service, the hubs, REST |
//! | `look` | what is done and seen for each point |
//! | `setup` | what the user has to set up first |
//! | `report` | the report, for people and as JSON |

mod bench;
mod look;
mod points;
mod probe;
mod report;
mod setup;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use sio_protocol::connection_string::ConnectionString;
use tokio::net::TcpListener;

use self::bench::{Assumed, Bench, Hubs};
use self::points::{Point, Row, Verdict};
use self::probe::Probe;
use crate::service::ServiceArgs;
use crate::terminal;

/// Looks that are under way at a time: the free tier allows 20 connections.
const AT_A_TIME: usize = 4;

/// Compare a service with what is assumed where the published documents leave a point open.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The hubs PREFIX, PREFIX_open and PREFIX_few must post their events to the listener: through a tunnel,\nor on a machine with a public address. If no event arrives, the command prints how to set them up.\n\nExit code 0: all points were looked at, whatever was seen; 1: the run could not begin, for example since\nno client gets to the service; 2: wrong use."
)]
pub(crate) struct Args {
    #[command(flatten)]
    service: ServiceArgs,
    /// What the names of the hubs begin with. Nothing else may use these hubs.
    #[arg(long, value_name = "PREFIX", default_value = "sioverify", value_parser = prefix)]
    hub_prefix: String,
    /// Where the service reaches the listener; by default through Microsoft's tunnel tool.
    #[arg(long, value_name = "URL", value_parser = url)]
    url: Option<String>,
    /// Where the events of the hubs are received.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7080")]
    listen: SocketAddr,
    /// Leave a point out, such as D17, which takes 100 seconds; repeatable.
    #[arg(long, value_name = "POINT", value_parser = point)]
    skip: Vec<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

fn prefix(text: &str) -> Result<String, String> {
    match Hubs::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("{error:#}")),
    }
}

fn url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) && url.query().is_none() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("expected an http or https URL without a query".to_owned()),
    }
}

fn point(text: &str) -> Result<String, String> {
    let points = points::all().map_err(|error| error.to_string())?;
    let found = points
        .into_iter()
        .find(|point| point.id.eq_ignore_ascii_case(text));
    found
        .map(|point| point.id)
        .ok_or_else(|| "unknown point; the report names them all".to_owned())
}

/// Looks at all points and prints the report.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let connection = args.service.parsed()?;
    let hubs = Hubs::new(&args.hub_prefix)?;
    let listener = sio_net::bind(args.listen).await;
    let listener = listener.with_context(|| {
        format!(
            "cannot listen on {}\nhint: pick another address with --listen",
            args.listen
        )
    })?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    terminal::tell(format_args!("events are received on {address}"));
    let run = Run::new(connection, hubs, Assumed::default())?;
    let skip = args.skip.into_iter().collect();
    let found = run.over(listener, &skip).await?;
    if found.unreached || found.lacks_hubs(&skip) {
        for line in setup::steps(&run.bench.hubs, args.url.as_deref(), address.port()) {
            terminal::tell(line);
        }
    }
    let report = report::Report::new(run.bench.endpoint(), &run.bench.hubs, found.rows);
    terminal::data(match args.json {
        true => report.json()?,
        false => report.text(),
    })?;
    terminal::tell(report.summary());
    Ok(())
}

/// A run over all points.
struct Run {
    bench: Bench,
}

/// What a run has found.
struct Found {
    rows: Vec<Row>,
    /// Whether no webhook arrived.
    unreached: bool,
}

impl Found {
    /// Whether a hub that one point alone needs seems not to be set up.
    fn lacks_hubs(&self, skip: &BTreeSet<String>) -> bool {
        self.rows.iter().any(|row| {
            let id = row.point.id.as_str();
            ["D7", "D8"].contains(&id) && row.verdict == Verdict::Unseen && !skip.contains(id)
        })
    }
}

impl Run {
    fn new(connection: ConnectionString, hubs: Hubs, assumed: Assumed) -> anyhow::Result<Self> {
        let probe = Probe::new(connection.access_key());
        Ok(Self {
            bench: Bench::new(connection, hubs, probe, assumed)?,
        })
    }

    /// Looks at all points; the probe answers on the listener meanwhile.
    async fn over(&self, listener: TcpListener, skip: &BTreeSet<String>) -> anyhow::Result<Found> {
        let serving = Arc::clone(&self.bench.probe).serve(listener);
        tokio::select! {
            found = self.look(skip) => found,
            () = serving => bail!("the listener ended"),
        }
    }

    async fn look(&self, skip: &BTreeSet<String>) -> anyhow::Result<Found> {
        let unreached = self.reach().await?;
        let points = points::all()?;
        terminal::tell(format_args!(
            "looking at {} points; the longest look takes about {} seconds",
            points.len(),
            self.bench.assumed.event.as_secs()
        ));
        let looks = points.into_iter().enumerate().map(|(place, point)| {
            let unreached = unreached.as_deref();
            async move { (place, self.row(point, skip, unreached).await) }
        });
        let looks = futures_util::stream::iter(looks).buffer_unordered(AT_A_TIME);
        let mut rows: Vec<(usize, Row)> = looks.collect().await;
        rows.sort_by_key(|(place, _)| *place);
        Ok(Found {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            unreached: unreached.is_some(),
        })
    }

    /// Why no webhook arrives, if none does.
    async fn reach(&self) -> anyhow::Result<Option<String>> {
        let bench = &self.bench;
        let mut wire = bench.wire().await.context(
            "no client gets to the service\nhint: 401 means that the connection string is of another service, or has a key that was replaced",
        )?;
        let namespace = bench.namespace("reach");
        let joining = wire.joined(&namespace).await;
        let arrived = bench.probe.event(&namespace, "connect").await;
        Ok(match (arrived, joining) {
            (Ok(_), Ok(_)) => None,
            _ if bench.probe.unsigned() > 0 => Some(
                "webhooks arrive, and their signature is of another key: no answer was given"
                    .to_owned(),
            ),
            (Ok(_), Err(error)) => Some(format!(
                "a webhook arrives, and its answer does not: {error:#}"
            )),
            (Err(_), Err(error)) => Some(format!("no webhook arrives at the listener: {error:#}")),
            (Err(_), Ok(_)) => Some(format!(
                "no webhook arrives at the listener: hub {} has no event handler for connect",
                bench.hubs.all
            )),
        })
    }

    async fn row(&self, point: Point, skip: &BTreeSet<String>, unreached: Option<&str>) -> Row {
        let seen = if skip.contains(&point.id) {
            Err("left out with --skip".to_owned())
        } else {
            self.seen(&point.id, unreached).await
        };
        let (verdict, seen) = match seen {
            Ok(seen) if seen.as_assumed => (Verdict::AsAssumed, seen.what),
            Ok(seen) => (Verdict::Otherwise, seen.what),
            Err(why) => (Verdict::Unseen, why),
        };
        Row {
            seen: self.bench.clean(&seen),
            point,
            verdict,
        }
    }

    async fn seen(&self, id: &str, unreached: Option<&str>) -> Result<points::Seen, String> {
        let look = look::at(id, &self.bench).ok_or("no look at it is known")?;
        if let (true, Some(why)) = (look.needs_webhooks, unreached) {
            return Err(why.to_owned());
        }
        match tokio::time::timeout(look.limit, look.looking).await {
            Ok(Ok(seen)) => Ok(seen),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(_) => Err(format!("no result within {} seconds", look.limit.as_secs())),
        }
    }
}
