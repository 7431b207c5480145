//! An invocation of the staged handler behind a host of its own, and everything that it caused. What it sends goes to an
//! emulator without clients.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sio_emulator::Emulator;
use sio_protocol::connection_string::ConnectionString;
use sio_trace::Outcome;

use super::{Call, event};
use crate::local_settings::CONNECTION;
use crate::project::Bindings;
use crate::staged::Staged;
use crate::terminal;
use crate::trace::{Capture, effects};

/// How long the invocation may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Invokes, and prints what it caused.
pub(super) async fn by(root: &Path, bindings: Bindings, call: &Call) -> anyhow::Result<()> {
    let emulator = crate::replay::emulator().await?;
    let connection = emulator.connection_string();
    let staged = Staged::start(root, |host| host.variable(CONNECTION, connection)).await?;
    staged.watch().service(&emulator);
    let outcome = invoke(&staged, &emulator, bindings, call).await;
    staged.stop().await;
    emulator.stop().await;
    let (effects, outcome) = outcome?;
    terminal::data(format!("{effects:#}\n"))?;
    match outcome {
        Outcome::Failed if effects["answer"]["status"] == 404 => bail!(
            "the invocation failed\nhint: `sio invoke --list` shows the functions and their routes"
        ),
        Outcome::Failed => bail!("the invocation failed"),
        Outcome::Unhandled => bail!(
            "the app has no handler for the event\nhint: register it with `.on(…)`, or check the spelling of its name"
        ),
        _ => Ok(()),
    }
}

/// Invokes; returns what it caused, and how it went.
async fn invoke(
    staged: &Staged,
    emulator: &Emulator,
    bindings: Bindings,
    call: &Call,
) -> anyhow::Result<(Value, Outcome)> {
    let mut capture = Capture::of(&staged.watch().host(), emulator);
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()?;
    let trace = event::new_trace();
    let request = match call {
        Call::Event(event) => {
            let connection = ConnectionString::parse(&emulator.connection_string())?;
            let url = match bindings {
                Bindings::Direct => staged.webhook()?,
                Bindings::Extension => format!("{}/runtime/webhooks/socketio", staged.app()),
            };
            let headers = event.headers(&connection)?;
            http.post(url).headers(headers).body(event.payload())
        }
        Call::Function {
            name,
            trigger,
            input,
        } => {
            let functions = staged.functions();
            let function = functions.iter().find(|function| function.name == *name);
            let Some(function) = function else {
                bail!(
                    "the app has no function {name:?}\nhint: `sio invoke --list` shows what it has"
                );
            };
            if !function.trigger.eq_ignore_ascii_case(trigger) {
                bail!(
                    "{name} is triggered by {}, not by {trigger}\nhint: `sio invoke --list` shows what the app has",
                    function.trigger
                );
            }
            let url = format!("{}/admin/functions/{name}", staged.app());
            http.post(url).json(&json!({ "input": input }))
        }
        Call::Http { method, path, body } => {
            let request = http.request(method.clone(), format!("{}{path}", staged.app()));
            match body {
                Some(body) => request.body(body.clone()),
                None => request,
            }
        }
    };
    let request = request.header(sio_trace::id::HEADER, trace.parent(1));
    let response = request.send().await.context("the host did not answer")?;
    let status = response.status().as_u16();
    let said = response.text().await.context("cannot read the answer")?;
    // A function without a caller goes on behind the host's answer.
    let answered = !matches!(call, Call::Function { .. });
    let summary = capture
        .end_of(&trace.to_string(), answered, PATIENCE)
        .await?;
    let answer = json!({ "status": status, "body": said });
    let Some(mut summary) = summary else {
        // The host's own: its home page, or its management.
        return Ok((json!({ "answer": answer }), Outcome::Ok));
    };
    let answer = match call {
        Call::Event(event) if !event.is_system() => {
            summary.ack = sio_trace::packet::acknowledgement(&said);
            if summary.ack.is_some() && summary.outcome == Outcome::Ok {
                summary.outcome = Outcome::Acked;
            }
            None
        }
        Call::Function { .. } => None,
        Call::Event(_) | Call::Http { .. } => Some(answer),
    };
    let mut effects = effects::describe(&summary);
    if let Some(answer) = answer {
        effects["answer"] = answer;
    }
    Ok((effects, summary.outcome))
}
