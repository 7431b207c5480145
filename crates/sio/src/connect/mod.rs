//! `sio connect`: a Socket.IO client at the prompt, or in a pipe.

mod command;

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sio_protocol::names::{HubName, Namespace};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::client::{Client, Heard};
use crate::service::ServiceArgs;
use crate::stop::Stop;
use crate::style::{Look, Tone};
use crate::terminal;
use crate::unshown::Unshown;

use command::Command;

/// How long the token holds.
const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// How long joining the namespace may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Erases a terminal's line from the cursor on. Source: ECMA-48, "erase in line".
const ERASE: &str = "\u{1b}[K";

/// Connect a Socket.IO client: show what it hears, and send what is written.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "At the prompt: emit EVENT [ARGUMENT]…, where each argument is JSON or a word, and quit.\nIn a pipe it prints a JSON object on each line, and leaves at the end of its input when all acknowledgements have come:\n  echo 'emit message lobby \"hello\"' | sio connect --user ada"
)]
pub(crate) struct Args {
    /// The hub.
    #[arg(long, value_name = "HUB", default_value = "hub")]
    hub: HubName,
    /// The user that the token names; anonymous by default.
    #[arg(long, value_name = "USER", allow_hyphen_values = true)]
    user: Option<String>,
    /// The namespace to join.
    #[arg(long, value_name = "NAMESPACE", default_value = "/")]
    namespace: Namespace,
    /// What the client sends along when it joins, as JSON.
    #[arg(long, value_name = "JSON", value_parser = Unshown(object))]
    auth: Option<Value>,
    /// How long to wait for acknowledgements at the end of the input, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
    #[command(flatten)]
    service: ServiceArgs,
}

fn object(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("expected a JSON object".to_owned()),
        Err(error) => Err(format!("invalid JSON: {error}")),
    }
}

/// Connects, and stays until the input ends, the service closes the connection, or it is stopped.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let connection = args.service.parsed()?;
    let negotiation =
        crate::service::negotiate::negotiation(&connection, &args.hub, args.user.as_deref(), TTL)?;
    let client = tokio::select! {
        client = Client::open(&negotiation) => client?,
        stopped = stop.requested() => return stopped,
    };
    let mut session = Session {
        client,
        namespace: args.namespace,
        waiting: BTreeMap::new(),
        people: std::io::stdout().is_terminal(),
        types: std::io::stdin().is_terminal(),
        lines: 0,
        prompt: false,
        look: Look::of_stdout(),
    };
    session.join(args.auth.as_ref()).await?;
    let ended = tokio::select! {
        stopped = stop.requested() => stopped,
        ended = session.talk(Duration::from_secs(args.timeout)) => ended,
    };
    session.clear()?;
    ended
}

/// A client in its namespace.
struct Session {
    client: Client,
    namespace: Namespace,
    /// The events whose acknowledgements have not come, by their ids.
    waiting: BTreeMap<u64, (String, Instant)>,
    /// Whether a person reads stdout.
    people: bool,
    /// Whether a person writes stdin.
    types: bool,
    /// How many lines were read.
    lines: usize,
    /// Whether the prompt is the last thing on the terminal.
    prompt: bool,
    look: Look,
}

impl Session {
    async fn join(&mut self, auth: Option<&Value>) -> anyhow::Result<()> {
        self.client.join(&self.namespace, auth).await?;
        let answer = tokio::time::timeout(PATIENCE, self.client.next()).await;
        match answer.context("the service did not answer the request to join the namespace")?? {
            Some(Heard::Joined { id, namespace }) => {
                let text = format!("joined {namespace} as socket {id}");
                self.say(Tone::Good, &text, &json!({ "joined": id }))?;
                self.ask()
            }
            Some(Heard::Refused { message, data, .. }) => {
                match data {
                    // The library's own word for a refusal that says all of it in its data.
                    Some(data) if message == "refused" => {
                        bail!("the app refused the client: {data}")
                    }
                    Some(data) => bail!("the app refused the client: {message} {data}"),
                    None => bail!("the app refused the client: {message}"),
                }
            }
            _ => bail!("the service closed the connection before the namespace was joined"),
        }
    }

    /// Sends what is written and shows what is heard.
    async fn talk(&mut self, patience: Duration) -> anyhow::Result<()> {
        let mut lines = lines();
        let mut open = true;
        let mut deadline = None;
        loop {
            if !open && self.waiting.is_empty() {
                return Ok(());
            }
            let late = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // What was heard before the end of the input is shown.
                biased;
                heard = self.client.next() => match heard? {
                    Some(heard) => self.heard(heard)?,
                    None => bail!("the service closed the connection"),
                },
                line = lines.recv(), if open => match line {
                    Some(line) => open = self.written(&line).await?,
                    None => {
                        open = false;
                        self.clear()?;
                        self.types = false;
                    }
                },
                () = late => {
                    let events = self.waiting.values().map(|(event, _)| event.as_str());
                    let events: Vec<&str> = events.collect();
                    bail!("no acknowledgement of {} came within {patience:?}", events.join(", "));
                }
            }
            if !open && deadline.is_none() {
                deadline = Some(Instant::now() + patience);
            }
        }
    }

    /// Does what a line says; false at the end.
    async fn written(&mut self, line: &str) -> anyhow::Result<bool> {
        self.lines += 1;
        // The person who wrote it has ended the prompt's line with Enter.
        self.prompt = false;
        let read = match self.types {
            true => Command::read(&command::typed(line)),
            false => Command::read(line),
        };
        match read {
            Ok(None) => {}
            Ok(Some(Command::Help)) => self.note(command::HELP)?,
            Ok(Some(Command::Quit)) => return Ok(false),
            Ok(Some(Command::Emit { event, arguments })) => {
                let sent = self.client.emit(&self.namespace, &event, &arguments, true);
                if let Some(id) = sent.await? {
                    self.waiting.insert(id, (event, Instant::now()));
                }
            }
            // A person tries again, a script must not go on as if nothing was wrong.
            Err(problem) if self.types => {
                self.note(&format!("{problem}\n{}", command::HELP))?;
            }
            Err(problem) => bail!(command::unreadable(self.lines, line, &problem)),
        }
        self.ask()?;
        Ok(true)
    }

    /// Shows the prompt to a person who reads and writes.
    fn ask(&mut self) -> anyhow::Result<()> {
        if self.people && self.types && !self.prompt {
            self.prompt = true;
            terminal::data("> ")?;
        }
        Ok(())
    }

    /// Ends the prompt's line, so that what is said next begins a line.
    fn clear(&mut self) -> anyhow::Result<()> {
        match std::mem::take(&mut self.prompt) {
            true => terminal::data("\n"),
            false => Ok(()),
        }
    }

    /// Says something about the prompt itself.
    fn note(&self, text: &str) -> anyhow::Result<()> {
        match self.people {
            // On stdout too, so that it stands before the next prompt.
            true => terminal::data(format!("{}\n", self.look.own(text))),
            false => {
                terminal::tell(text);
                Ok(())
            }
        }
    }

    fn heard(&mut self, heard: Heard) -> anyhow::Result<()> {
        match heard {
            Heard::Event {
                name,
                arguments,
                attachments,
                ..
            } => {
                let binary = binary(attachments.len());
                let text = format!("{name} {}{binary}", shown(&arguments));
                let value = json!({ "event": name, "arguments": arguments });
                self.say(Tone::Plain, &text, &value)
            }
            Heard::Ack {
                id,
                arguments,
                attachments,
                ..
            } => {
                let (event, took) = match self.waiting.remove(&id) {
                    Some((event, sent)) => (event, sent.elapsed()),
                    None => return Ok(()),
                };
                let binary = binary(attachments.len());
                let milliseconds = took.as_secs_f64() * 1000.0;
                let text = format!(
                    "ack of {event}: {}{binary} ({milliseconds:.1} ms)",
                    shown(&arguments)
                );
                self.say(
                    Tone::Good,
                    &text,
                    &json!({ "ack": event, "arguments": arguments }),
                )
            }
            Heard::Left { .. } => bail!("the app disconnected the socket"),
            Heard::Joined { .. } | Heard::Refused { .. } => Ok(()),
        }
    }

    fn say(&mut self, tone: Tone, text: &str, value: &Value) -> anyhow::Result<()> {
        if !self.people {
            return terminal::data(format!("{value}\n"));
        }
        let text = self.look.foreign(text);
        let text = self.look.paint(tone, text);
        // The text takes the place of the prompt, which comes again below it.
        match std::mem::take(&mut self.prompt) {
            true => {
                let erased = if self.look.colour { ERASE } else { "" };
                terminal::data(format!("\r{erased}{text}\n"))?;
                self.ask()
            }
            false => terminal::data(format!("{text}\n")),
        }
    }
}

fn shown(arguments: &[Value]) -> String {
    let all: Vec<String> = arguments.iter().map(Value::to_string).collect();
    all.join(" ")
}

fn binary(attachments: usize) -> String {
    match attachments {
        0 => String::new(),
        1 => " (1 attachment)".to_owned(),
        several => format!(" ({several} attachments)"),
    }
}

/// The lines of stdin. Reading blocks, so it has a thread of its own, which ends with the process.
fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
