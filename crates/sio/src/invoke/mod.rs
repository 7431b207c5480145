//! `sio invoke`: one invocation, as the service or the Functions host would make it.
//!
//! | file | what |
//! |---|---|
//! | `by_name.rs` | a function by its name, in the host's JSON envelope |
//! | `event.rs` | the webhook's request for a client's event |
//! | `caused.rs` | an invocation of the staged handler, and everything that it caused |
//! | `remote.rs` | an invocation of an app that runs elsewhere |

mod by_name;
mod caused;
mod event;
mod remote;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sio_protocol::names::{HubName, Namespace};

use crate::project::{Bindings, Manifest, Project};
use crate::service::ServiceArgs;
use crate::staged::Staged;
use crate::terminal;

use event::{Event, Name};

/// Invoke the app once, and print what came of it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "sio invoke NAME [--data FILE]             a function by its name; the data are the invocation's body, {\"Data\": …, \"Metadata\": …}\nsio invoke --event message '[\"lobby\", \"hi\"]'   an event with its arguments, signed as the service does\nsio invoke --timer NAME, --queue NAME MESSAGE, --http 'GET /api/NAME'\n\nWithout --url the staged handler is started for it, and what it sends reaches no client: ack, sent events, calls and logs are\nprinted as JSON."
)]
pub(crate) struct Args {
    /// The function's name; after --event its arguments as a JSON list, after --queue the message, after --http the body.
    value: Option<String>,
    /// A file with the invocation's body, for a function by its name; - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["event", "timer", "queue", "http", "list"])]
    data: Option<PathBuf>,
    /// Send this event; connect, connected and disconnected are those of the service.
    #[arg(long, value_name = "EVENT", group = "kind")]
    event: Option<Name>,
    /// Run this timer's function.
    #[arg(long, value_name = "NAME", group = "kind")]
    timer: Option<String>,
    /// Run this queue's function with a message.
    #[arg(long, value_name = "NAME", group = "kind")]
    queue: Option<String>,
    /// Send an HTTP request, such as 'POST /api/orders'.
    #[arg(long, value_name = "REQUEST", group = "kind")]
    http: Option<String>,
    /// Print the functions and events that the app has.
    #[arg(long, group = "kind")]
    list: bool,
    /// The user whose event it is; anonymous without it.
    #[arg(long, value_name = "USER", allow_hyphen_values = true)]
    user: Option<String>,
    /// The event's hub.
    #[arg(long, value_name = "HUB", default_value = "hub")]
    hub: HubName,
    /// The event's namespace.
    #[arg(long, value_name = "NAMESPACE", default_value = "/")]
    namespace: Namespace,
    /// An app that runs already, such as http://localhost:7071; with a path, the webhook's own address.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The key for an app that asks for one: the function's for the webhook, the master key for timers and queues.
    #[arg(long, value_name = "KEY", requires = "url", allow_hyphen_values = true)]
    key: Option<String>,
    #[command(flatten)]
    service: ServiceArgs,
    /// Which staged script root: that of the app itself or that for Microsoft's extension.
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

/// What is sent to the app.
enum Call {
    /// The webhook's request.
    Event(Event),
    /// A function without a caller, by the host's own interface.
    Function {
        name: String,
        /// The type of its trigger.
        trigger: &'static str,
        input: String,
    },
    /// A request.
    Http {
        method: reqwest::Method,
        path: String,
        body: Option<String>,
    },
}

/// Invokes once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    if let Some(url) = args.url.clone() {
        let call = args.call()?.context(
            "--url needs --event, --timer, --queue or --http: the handler itself is not reachable there",
        )?;
        let connection = args.service.parsed()?;
        return remote::call(&url, args.key.as_deref(), args.bindings, &connection, &call).await;
    }
    let project = Project::open(&args.project).await?;
    let root = project.root_for(args.bindings);
    if args.list {
        return list(&root, args.bindings).await;
    }
    match args.call()? {
        Some(call) => caused::by(&root, args.bindings, &call).await,
        None => {
            let Some(name) = &args.value else {
                bail!("missing function\nhint: `sio invoke --list` shows what the app has");
            };
            by_name::run(&root, name, args.data.as_deref()).await
        }
    }
}

impl Args {
    fn call(&self) -> anyhow::Result<Option<Call>> {
        if let Some(event) = &self.event {
            let arguments = match &self.value {
                Some(text) => serde_json::from_str::<Vec<Value>>(text)
                    .with_context(|| format!("the arguments {text:?} are not a JSON list"))?,
                None => Vec::new(),
            };
            return Ok(Some(Call::Event(Event {
                hub: self.hub.clone(),
                namespace: self.namespace.clone(),
                user: self.user.clone(),
                name: event.clone(),
                arguments,
            })));
        }
        let input = || self.value.clone().unwrap_or_default();
        let timer = self.timer.clone().map(|name| (name, "timerTrigger"));
        let queue = self.queue.clone().map(|name| (name, "queueTrigger"));
        if let Some((name, trigger)) = timer.or(queue) {
            return Ok(Some(Call::Function {
                name,
                trigger,
                input: input(),
            }));
        }
        let Some(request) = &self.http else {
            return Ok(None);
        };
        let (method, path) = request.split_once(' ').unwrap_or(("GET", request));
        if !path.starts_with('/') {
            bail!("--http expects a method and a path, such as 'GET /api/NAME', found {request:?}");
        }
        Ok(Some(Call::Http {
            method: reqwest::Method::from_bytes(method.to_ascii_uppercase().as_bytes())
                .with_context(|| format!("invalid method {method:?}"))?,
            path: path.to_owned(),
            body: self.value.clone(),
        }))
    }
}

/// Prints the functions of the staged app, and the events for which it has handlers.
async fn list(root: &Path, bindings: Bindings) -> anyhow::Result<()> {
    let staged = Staged::start(root, |host| host).await?;
    let functions = staged.functions();
    staged.stop().await;
    let mut list = json!({ "functions": functions });
    let handler = root.join(crate::project::BINARY);
    // A handler in another language has functions only.
    if handler.is_file() {
        let manifest = Manifest::asked(&handler, bindings, root).await?;
        list["events"] = json!(manifest.events);
    }
    terminal::data(format!("{list:#}\n"))
}
