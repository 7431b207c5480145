//! Proving that a client gets through: negotiation, connection, webhook, and with a probe an event and its
//! acknowledgement.

mod negotiate;
mod token;

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::builder::FalseyValueParser;
use reqwest::StatusCode;
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

/// What an app of this crate says of a namespace, or a hub, in which nothing is registered.
const UNKNOWN_NAMESPACE: &str = "Invalid namespace";

/// How long an instance of an older version may go on answering.
const OLDER_VERSION: Duration = Duration::from_secs(30);

/// Where apps negotiate, unless another path is named.
const NEGOTIATE: &str = "negotiate";

/// How it is proved.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ProofArgs {
    /// Send this event when connected, and wait for its acknowledgement. The arguments are one JSON array.
    #[arg(long, value_names = ["EVENT", "JSON-ARGS"], num_args = 1..=2)]
    probe: Vec<String>,
    /// The negotiation function's path, and what to ask of it [default: negotiate, if the app has that function].
    #[arg(long, value_name = "PATH", env = "SIO_DEPLOY_NEGOTIATE")]
    negotiate: Option<String>,
    /// Do not negotiate: make a token by the service's access key, or with identities by the signed-in one.
    #[arg(long, env = "SIO_DEPLOY_NO_NEGOTIATE", value_parser = FalseyValueParser::new())]
    no_negotiate: bool,
    /// The namespace to enter.
    #[arg(long, value_name = "NAMESPACE", default_value = "/")]
    namespace: Namespace,
    /// The user that a token is for, if negotiation gives none.
    #[arg(long, value_name = "USER", default_value = "sio-deploy")]
    user: String,
}

/// Where the app is asked for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asking {
    /// This URL.
    At(String),
    /// Nowhere, and why.
    Nowhere(String),
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

    /// Where the app is asked for a token. A path that a person names is asked, whatever the functions' files say.
    pub(crate) fn asking(&self, place: &Place, app: &App) -> Asking {
        // A variable that a pipeline does not have is empty.
        let named = self.negotiate.as_deref().filter(|path| !path.is_empty());
        let path = app.path(named.unwrap_or(NEGOTIATE));
        if self.no_negotiate {
            Asking::Nowhere("--no-negotiate".to_owned())
        } else if named.is_none() && !app.may_answer(NEGOTIATE) {
            Asking::Nowhere(format!("the app has no function that answers GET {path}"))
        } else {
            Asking::At(format!("{}{path}", place.url))
        }
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
    let name = HubName::new(hub).with_context(|| format!("{hub:?} cannot be a hub"))?;
    let asking = args.asking(place, app);
    if tools.dry_run() {
        would_get_a_token(tools, place, &name, args, &asking).await?;
        tools.would(format_args!(
            "connect a Socket.IO client to hub {hub}, namespace {}{}",
            args.namespace,
            probe
                .map(|probe| format!(", emit {} and wait for its ack", probe.event))
                .unwrap_or_default()
        ));
        return Ok(());
    }
    let why = match asking {
        Asking::Nowhere(why) => why,
        Asking::At(url) => match negotiate(&url, time).await? {
            Negotiated::Given(given) if is_of(&given, hub) => {
                terminal::under("prove", "negotiation gives a token");
                return connect(&given, &name, args, probe.as_ref(), time).await;
            }
            Negotiated::Given(_) => "negotiation is for another hub".to_owned(),
            Negotiated::Refused(status) => {
                format!("negotiation answers {status}: {}", refusal(status))
            }
        },
    };
    let given = by_hand(tools, place, &name, args, &why).await?;
    connect(&given, &name, args, probe.as_ref(), time).await
}

fn refusal(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..=399 | 401 | 403 => "users must sign in, or the app's rule refuses",
        _ => "it takes more than a GET of this path",
    }
}

/// Shows how a token is got.
async fn would_get_a_token(
    tools: &Tools,
    place: &Place,
    hub: &HubName,
    args: &ProofArgs,
    asking: &Asking,
) -> anyhow::Result<()> {
    match asking {
        Asking::At(url) => {
            tools.would(format_args!("GET {url}"));
            tools.would("if negotiation gives no token:");
        }
        Asking::Nowhere(why) => tools.would(format_args!("{why}:")),
    }
    if place.audience.is_none() {
        token::by_key(tools, place, hub, &args.user).await?;
        tools.would("or with identities:");
    }
    token::by_identity(tools, place, hub, &args.user).await?;
    Ok(())
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
    hub: &HubName,
    args: &ProofArgs,
    probe: Option<&Probe>,
    time: Duration,
) -> anyhow::Result<()> {
    let mut patience = Patience::new(time);
    let mut older_version = Patience::new(time.min(OLDER_VERSION));
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
            Heard::Refused { message, .. } if message.starts_with(UNKNOWN_NAMESPACE) => {
                if !older_version.once_more().await {
                    bail!(
                        "the app does not know the namespace {} of hub {hub}\nhint: is an older version still running? Otherwise check --namespace and --hub",
                        args.namespace
                    );
                }
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
                "the app refused the client, so no event could be sent: {message}\nhint: say who asks, for example --negotiate 'negotiate?name=Ada', or --no-negotiate --user Ada"
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

/// Whether a refusal is the app's: where the webhook's answer has no words, the service says its status, or nothing.
/// Source: docs/contracts/service.md, D4.
fn by_the_app(message: &str) -> bool {
    let status = message.strip_prefix("Connection rejected with status ");
    let by_the_service = status.is_some_and(|status| status.trim().parse::<u16>().is_ok());
    !message.trim().is_empty() && !by_the_service
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
        for message in [
            "Please choose a name.",
            "Unauthorized: sign in first",
            "Forbidden",
            "Not Found in the list of guests",
            "Connection rejected by the host of this meeting",
        ] {
            assert!(by_the_app(message), "{message}");
        }
        for message in ["", " ", "Connection rejected with status 401"] {
            assert!(!by_the_app(message), "{message}");
        }
    }
}
