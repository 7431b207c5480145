//! What an invocation caused, as recordings and `sio invoke` show it: without durations, ids and numbers of clients.

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
