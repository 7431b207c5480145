//! Proving that a client gets through: negotiation, connection, webhook, and with a probe an event and its
//! acknowledgement.

mod negotiate;
mod token;

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use sio_protocol::names::{HubName, Namespace};

use super::app::App;
use super::patience::Patience;
use super::place::Place;
use super::tool::Tools;
use crate::client::{Client, Heard, Negotiation};
use crate::terminal;

pub(crate) use negotiate::{Negotiated, negotiate};
pub(crate) use token::connection_string;

/// How long an answer of the service may take: an event's own deadline, and a start from nothing before it.
const ANSWER: Duration = Duration::from_secs(60);

/// How it is proved.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ProofArgs {
    /// Send this event when connected, and wait for its acknowledgement. The arguments are one JSON array.
    #[arg(long, value_names = ["EVENT", "JSON-ARGS"], num_args = 1..=2)]
    probe: Vec<String>,
    /// The negotiation function's path, and what to ask of it.
    #[arg(long, value_name = "PATH", default_value = "negotiate")]
    negotiate: String,
    /// The namespace to enter.
    #[arg(long, value_name = "NAMESPACE", default_value = "/")]
    namespace: Namespace,
    /// The user that a token is for, if negotiation gives none.
    #[arg(long, value_name = "USER", default_value = "sio-deploy")]
    user: String,
}

/// An event to send.
struct Probe {
    event: String,
    arguments: Vec<Value>,
}

impl ProofArgs {
    /// Reads the probe before anything else happens.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.probe().map(drop)
    }

    /// The negotiation function's path.
    pub(crate) fn path(&self) -> &str {
        &self.negotiate
    }

    fn probe(&self) -> anyhow::Result<Option<Probe>> {
        let Some(event) = self.probe.first() else {
            return Ok(None);
        };
        let arguments = match self.probe.get(1) {
            None => Vec::new(),
            Some(text) => serde_json::from_str(text).with_context(|| {
                format!("the arguments of --probe {event} are not a JSON array: {text}")
            })?,
        };
        Ok(Some(Probe {
            event: event.clone(),
            arguments,
        }))
    }
}

/// Proves one hub.
pub(crate) async fn prove(
    tools: &Tools,
    place: &Place,
    app: &App,
    hub: &str,
    args: &ProofArgs,
    time: Duration,
) -> anyhow::Result<()> {
    let probe = args.probe()?;
    let url = format!("{}{}", place.url, app.path(&args.negotiate));
    if tools.dry_run() {
        tools.would(format_args!("GET {url}"));
        tools.would(format_args!(
            "connect a Socket.IO client to hub {hub}, namespace {}{}",
            args.namespace,
            probe
                .map(|probe| format!(", emit {} and wait for its ack", probe.event))
                .unwrap_or_default()
        ));
        return Ok(());
    }
    let name = HubName::new(hub).with_context(|| format!("{hub:?} cannot be a hub"))?;
    let negotiated = negotiate(&url, time).await?;
    let negotiation = match negotiated {
        Negotiated::Given(given) if is_of(&given, hub) => {
            terminal::under("prove", "negotiation gives a token");
            given
        }
        Negotiated::Given(_) => {
            by_hand(tools, place, &name, args, "negotiation is for another hub").await?
        }
        Negotiated::Refused(status) => {
            let why = format!(
                "negotiation answers {status}: users must sign in, or the app's rule refuses"
            );
            by_hand(tools, place, &name, args, &why).await?
        }
    };
    connect(&negotiation, args, probe.as_ref(), time).await
}

fn is_of(negotiation: &Negotiation, hub: &str) -> bool {
    let path = negotiation.path.trim_end_matches('/');
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case(hub))
}

/// A token that negotiation did not give.
async fn by_hand(
    tools: &Tools,
    place: &Place,
    hub: &HubName,
    args: &ProofArgs,
    why: &str,
) -> anyhow::Result<Negotiation> {
    let (by, given) = match place.audience {
        None => (
            "access key",
            token::by_key(tools, place, hub, &args.user).await?,
        ),
        Some(_) => (
            "your signed-in identity",
            token::by_identity(tools, place, hub, &args.user).await?,
        ),
    };
    terminal::under(
        "prove",
        format_args!("{why}; using a token by {by}, for user {}", args.user),
    );
    given.with_context(|| format!("no token could be made by {by}"))
}

/// Connects until the app answers: the service takes a moment to know a new event handler.
async fn connect(
    negotiation: &Negotiation,
    args: &ProofArgs,
    probe: Option<&Probe>,
    time: Duration,
) -> anyhow::Result<()> {
    let mut patience = Patience::new(time);
    loop {
        let mut client = Client::open(negotiation)
            .await
            .context("no client gets to the service\nhint: 401 means that the app's connection string is of another service, or has a key that was replaced")?;
        client.join(&args.namespace, None).await?;
        match answer(&mut client).await? {
            Heard::Joined { id, .. } => {
                terminal::under(
                    "prove",
                    format_args!("the app accepted a client: socket {id}"),
                );
                return match probe {
                    Some(probe) => emit(&mut client, args, probe).await,
                    None => Ok(()),
                };
            }
            Heard::Refused { message, .. } if by_the_app(&message) && probe.is_none() => {
                terminal::under(
                    "prove",
                    format_args!(
                        "the app refused a client in its own words, so the webhook works: {message}"
                    ),
                );
                return Ok(());
            }
            Heard::Refused { message, .. } if by_the_app(&message) => bail!(
                "the app refused the client, so no event could be sent: {message}\nhint: say who asks, for example --negotiate 'negotiate?name=Ada'"
            ),
            Heard::Refused { message, .. } => {
                if !patience.once_more().await {
                    bail!(
                        "the service refused the client: {message:?}\nhint: the webhook was not reached, or did not accept the service: look for 401 and 404 in the app's invocations, and at docs/azure.md, \"What you see\""
                    );
                }
            }
            other => bail!("the service answered a connection with {other:?}"),
        }
    }
}

/// Whether a refusal is the app's: the service's own have known beginnings, or no words at all.
fn by_the_app(message: &str) -> bool {
    let own = [
        "Connection rejected",
        "Unauthorized",
        "Forbidden",
        "Not Found",
        "Internal Server Error",
    ];
    !message.trim().is_empty() && !own.iter().any(|own| message.starts_with(own))
}

async fn answer(client: &mut Client) -> anyhow::Result<Heard> {
    let heard = tokio::time::timeout(ANSWER, client.next()).await;
    heard
        .ok()
        .with_context(|| format!("no answer within {} seconds", ANSWER.as_secs()))??
        .context("the service closed the connection")
}

async fn emit(client: &mut Client, args: &ProofArgs, probe: &Probe) -> anyhow::Result<()> {
    let event = &probe.event;
    let sent = client
        .emit(&args.namespace, event, &probe.arguments, true)
        .await?;
    loop {
        let heard = answer(client).await.with_context(|| {
            format!("{event} was not acknowledged\nhint: its handler must return an Ack, and its log says whether it failed")
        })?;
        match heard {
            Heard::Ack { id, arguments, .. } if Some(id) == sent => {
                let arguments = Value::Array(arguments);
                terminal::under(
                    "prove",
                    format_args!("{event} was acknowledged: {arguments}"),
                );
                return Ok(());
            }
            Heard::Left { .. } => {
                bail!("the app disconnected the client instead of acknowledging {event}")
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_own_refusals_prove_nothing() {
        assert!(by_the_app("Please choose a name."));
        assert!(by_the_app("Invalid namespace"));
        for message in [
            "",
            " ",
            "Connection rejected with status 401",
            "Unauthorized",
        ] {
            assert!(!by_the_app(message), "{message}");
        }
    }
}
