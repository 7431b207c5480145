//! What an invocation caused, as recordings and `sio invoke` show it: without durations, ids and numbers of clients.

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use sio_trace::Summary;

/// The effects of a trace.
pub(crate) fn describe(summary: &Summary) -> Value {
    let sent = summary.sent.iter().map(
        |sent| json!({ "event": sent.event, "to": sent.to, "arguments": parsed(&sent.arguments) }),
    );
    let mut effects = json!({
        "outcome": summary.outcome,
        "sent": sent.collect::<Vec<_>>(),
        "calls": summary.calls,
        "logs": summary.logs,
    });
    if let Some(ack) = &summary.ack {
        effects["ack"] = json!(parsed(ack));
    }
    effects
}

/// JSON texts as what they are.
pub(crate) fn parsed(texts: &[String]) -> Vec<Value> {
    let parse = |text: &String| serde_json::from_str(text).unwrap_or(json!(text));
    texts.iter().map(parse).collect()
}

/// Adds the event and its effects to a recording.
///
/// # Errors
/// The file cannot be read or written.
pub(super) fn add(file: &Path, summary: &Summary) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).context("cannot read it")?;
    let mut recording: Value = serde_json::from_str(&text).context("it is not JSON")?;
    recording["event"] = json!({
        "name": summary.name,
        "arguments": parsed(&summary.arguments),
        "hub": summary.hub,
        "namespace": summary.namespace,
        "user": summary.user,
    });
    recording["effects"] = describe(summary);
    let text = serde_json::to_string_pretty(&recording)?;
    // Written beside it first: a full disk then leaves the recording as it was.
    let draft = file.with_extension("new");
    let written = std::fs::write(&draft, text + "\n").and_then(|()| std::fs::rename(&draft, file));
    written
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&draft);
        })
        .context("cannot write it")
}
