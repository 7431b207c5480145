//! An invocation of an app that runs already.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;
use sio_protocol::connection_string::{ConnectionString, Endpoint};

use super::{Call, event};
use crate::project::Bindings;
use crate::terminal;

/// How long the app may take to answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Posts, and prints the answer.
pub(super) async fn call(
    url: &str,
    key: Option<&str>,
    bindings: Bindings,
    connection: &ConnectionString,
    call: &Call,
) -> anyhow::Result<()> {
    let base = url.trim_end_matches('/');
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE);
    if Endpoint::parse(base).is_ok_and(|endpoint| endpoint.is_loopback()) {
        builder = builder.no_proxy();
    }
    let http = builder.build()?;
    let mut request = match call {
        Call::Event(event) => {
            let has_path = base
                .split_once("://")
                .is_some_and(|(_, rest)| rest.contains('/'));
            let path = match bindings {
                _ if has_path => "",
                Bindings::Direct => "/api/socketio",
                Bindings::Extension => "/runtime/webhooks/socketio",
            };
            let headers = event.headers(connection)?;
            let request = http.post(format!("{base}{path}")).headers(headers);
            request.body(event.payload())
        }
        Call::Function { name, input, .. } => {
            let request = http.post(format!("{base}/admin/functions/{name}"));
            request.json(&json!({ "input": input }))
        }
        Call::Http { method, path, body } => {
            let request = http.request(method.clone(), format!("{base}{path}"));
            match body {
                Some(body) => request.body(body.clone()),
                None => request,
            }
        }
    };
    request = request.header(sio_trace::id::HEADER, event::new_trace().parent(1));
    if let Some(key) = key {
        request = request.header("x-functions-key", key);
    }
    let response = request.send().await.map_err(reqwest::Error::without_url);
    let response = response.with_context(|| format!("the app at {base} did not answer"))?;
    let status = response.status();
    let said = response.text().await.context("cannot read the answer")?;
    let answer = match call {
        Call::Event(_) => match sio_trace::packet::acknowledgement(&said) {
            Some(ack) => {
                let ack: Vec<serde_json::Value> = ack
                    .iter()
                    .map(|text| serde_json::from_str(text).unwrap_or(json!(text)))
                    .collect();
                json!({ "status": status.as_u16(), "ack": ack })
            }
            None if said.is_empty() && status.is_success() => {
                terminal::tell(
                    "note: no acknowledgement came. The handler returned none or failed, or the app has no handler for the event; the app's log says which",
                );
                json!({ "status": status.as_u16(), "ack": null })
            }
            None => json!({ "status": status.as_u16(), "body": said }),
        },
        _ => json!({ "status": status.as_u16(), "body": said }),
    };
    terminal::data(format!("{answer:#}\n"))?;
    if !status.is_success() {
        if status == reqwest::StatusCode::NOT_FOUND {
            bail!(
                "the app returned {status}\nhint: with another route prefix than `api`, give the webhook's whole address, such as {base}/v1/socketio"
            );
        }
        bail!("the app returned {status}");
    }
    Ok(())
}
