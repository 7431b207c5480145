//! `sio replay`: recorded invocations once more, against the handler as it is staged now.

mod alike;
mod as_test;
mod difference;
mod ignored;

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use sio_emulator::{Emulator, Settings};
use sio_host::{RecordedAnswer, Recording};
use sio_trace::TraceId;

use crate::local_settings::CONNECTION;
use crate::project::{Bindings, Project};
use crate::staged::Staged;
use crate::style::Look;
use crate::terminal;
use crate::trace::{Capture, effects};

use ignored::Ignored;

/// How long the handler may take to answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Send recorded invocations to the staged handler again and show how its answers differ.
///
/// Status, content type and body are compared, JSON as JSON, and what the invocation caused: what was sent to which receivers, other
/// calls and log lines. Ports, ids and times differ by their nature and are left out; --ignore leaves out more. Tokens
/// are masked on both sides.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Recordings come from `sio dev --record DIR` and `sio host --record DIR`; only those of `sio dev` know what was sent, so only they become tests. They are JSON and may be edited, but not the connection id of an event: the handler checks the service's signature of it. What the handler sends goes to an emulator without clients. An exchange that needed a bearer token or a cookie is answered otherwise, since recordings do not hold them."
)]
pub(crate) struct Args {
    /// The recordings, sent in this order.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A place in the answers' JSON that may differ, with everything below it, such as /id or /items/*/createdAt. An
    /// acknowledgement is a list of its packet's number and its arguments: /1/0/at is `at` in the first one.
    #[arg(long, value_name = "POINTER")]
    ignore: Vec<Ignored>,
    /// Print a test of the events instead, with what they caused as what is expected.
    #[arg(long)]
    as_test: bool,
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Which staged script root: that of the app itself or that for Microsoft's extension.
    #[arg(long, value_enum, default_value_t)]
    bindings: Bindings,
    /// The service whose events were recorded, if it was not the emulator. What the handler sends goes there.
    #[arg(long, value_name = "STRING")]
    connection: Option<String>,
}

/// Replays each file.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    // Every file is read before anything is started.
    let recordings = args.files.iter().map(|file| read(file));
    let recordings = recordings.collect::<anyhow::Result<Vec<Kept>>>()?;
    let project = Project::open(&args.project).await?;
    if args.as_test {
        let tests = args.files.iter().zip(&recordings);
        let tests = tests.map(|(file, kept)| (file.as_path(), kept));
        let (tests, left_out) = as_test::render(project.library(), tests)?;
        for note in left_out {
            terminal::tell(format_args!("note: {note}"));
        }
        return terminal::data(tests);
    }

    let (emulator, connection) = match args.connection.clone() {
        Some(connection) => (None, connection),
        None => {
            let emulator = emulator().await?;
            let connection = emulator.connection_string();
            (Some(emulator), connection)
        }
    };
    let root = project.root_for(args.bindings);
    let staged = Staged::start(&root, |host| host.variable(CONNECTION, connection)).await?;
    let mut capture = emulator.as_ref().map(|emulator| {
        staged.watch().service(emulator);
        Capture::of(&staged.watch().host(), emulator)
    });
    let outcome = replay(&args, &recordings, &staged, capture.as_mut()).await;
    staged.stop().await;
    if let Some(emulator) = emulator {
        emulator.stop().await;
    }
    match outcome? {
        0 => Ok(()),
        differing => bail!(
            "{differing} of {} answers differ from what was recorded",
            recordings.len()
        ),
    }
}

/// A service without clients. Its name and its key are those under which `sio dev` records.
pub(crate) async fn emulator() -> anyhow::Result<Emulator> {
    let listener = sio_net::bind((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let endpoint = format!("http://localhost:{}", listener.local_addr()?.port());
    let mut settings = Settings::default();
    // What was sent is compared and shown as a whole.
    settings.inspector_body = settings.message_limit;
    let emulator = Emulator::builder()
        .listener(listener)
        .settings(settings)
        .endpoint(endpoint)
        .record(true);
    emulator.start().await.context("the emulator cannot start")
}

fn read(file: &Path) -> anyhow::Result<Kept> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is not a recording\nhint: sio dev --record DIR and sio host --record DIR make them",
            file.display()
        )
    })
}

/// A recording, with its event and what that caused.
#[derive(Debug, Deserialize)]
struct Kept {
    #[serde(flatten)]
    recording: Recording,
    event: Option<Event>,
    effects: Option<Value>,
}

/// The event of a recording.
#[derive(Debug, Deserialize)]
struct Event {
    name: String,
    /// Whether it is the service's own: `connect`, `connected` or `disconnected`.
    #[serde(default)]
    system: bool,
    arguments: Vec<Value>,
    namespace: Option<String>,
    user: Option<String>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_deref().unwrap_or("an anonymous client");
        write!(f, "{} of {user}", self.name)
    }
}

/// Sends them one after the other, as they came; returns how many answers or effects differ.
async fn replay(
    args: &Args,
    recordings: &[Kept],
    staged: &Staged,
    mut capture: Option<&mut Capture>,
) -> anyhow::Result<usize> {
    let http = reqwest::Client::builder()
        .no_proxy()
        // A redirect is an answer like any other.
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()?;
    let look = Look::of_stdout();
    let mut differing = 0;
    let mut number = 0_u128;
    for (file, kept) in args.files.iter().zip(recordings) {
        let recording = &kept.recording;
        number += 1;
        let trace = TraceId::new((u128::from(std::process::id()) << 64) | number);
        let answer = send(&http, staged, recording, trace)
            .await
            .with_context(|| format!("{} cannot be sent again", file.display()))?;
        let mut differences = difference::between(&recording.answer, &answer, &args.ignore);
        if let (Some(was), Some(capture)) = (&kept.effects, capture.as_deref_mut()) {
            let is = caused(capture, recording, &answer, trace).await;
            let mut was = was.clone();
            if kept.event.is_some() && recording.mode == "envelope" {
                // The host sends these, from the answer, which is compared already.
                was["sent"].take();
                was["calls"].take();
            }
            difference::of_effects(&was, &is, &args.ignore, &mut differences);
        }
        differing += usize::from(!differences.is_empty());
        let verdict = if differences.is_empty() {
            "same"
        } else {
            "differs"
        };
        let what = kept.event.as_ref().map_or_else(
            || {
                format!(
                    "{} {} {}",
                    recording.function, recording.method, recording.path
                )
            },
            Event::to_string,
        );
        let mut text = format!("{verdict:<8} {}  {what}\n", file.display());
        for line in differences {
            text.push_str(&format!("         {}\n", look.own(&line)));
        }
        terminal::data(text)?;
    }
    Ok(differing)
}

/// What an invocation caused this time.
async fn caused(
    capture: &mut Capture,
    recording: &Recording,
    answer: &RecordedAnswer,
    trace: TraceId,
) -> Value {
    let trace = capture.settled(&trace.to_string()).await;
    let summary = trace.as_ref().and_then(sio_trace::Trace::summary);
    let mut effects = match &summary {
        Some(summary) => effects::describe(summary),
        None => serde_json::json!({ "sent": [], "calls": [], "logs": [] }),
    };
    let sockets = recording.headers.get("ce-socketid");
    if let Some(socket) = sockets.and_then(|ids| ids.first()) {
        replace(&mut effects, &format!("room {socket}"), "its sender");
    }
    let said = answer.body.bytes().unwrap_or_default();
    let ack = sio_trace::packet::acknowledgement(&String::from_utf8_lossy(&said));
    if let Some(ack) = ack {
        effects["ack"] = Value::from(effects::parsed(&ack));
    }
    effects
}

/// Replaces a text in all texts of a value.
fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => *text = text.replace(from, to),
        Value::Array(all) => all.iter_mut().for_each(|value| replace(value, from, to)),
        Value::Object(all) => all.values_mut().for_each(|value| replace(value, from, to)),
        _ => {}
    }
}

async fn send(
    http: &reqwest::Client,
    staged: &Staged,
    recording: &Recording,
    trace: TraceId,
) -> anyhow::Result<RecordedAnswer> {
    let method = reqwest::Method::from_bytes(recording.method.as_bytes())?;
    let mut request = http.request(method, staged.url(&recording.path));
    request = request.header(sio_trace::id::HEADER, trace.parent(1));
    for (name, values) in &recording.headers {
        for value in values.iter().filter(|_| name != sio_trace::id::HEADER) {
            request = request.header(name, value);
        }
    }
    let body = recording.body.bytes().context("the body is not base64")?;
    if !body.is_empty() {
        request = request.body(body);
    }
    let answer = request.send().await.context("the handler did not answer")?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer
        .bytes()
        .await
        .context("the answer could not be read")?;
    Ok(RecordedAnswer::of(status, &headers, &body))
}
