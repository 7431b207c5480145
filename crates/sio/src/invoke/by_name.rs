//! One invocation of the staged handler, as the Functions host would make it in its JSON envelope.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::local_settings::CONNECTION;
use crate::staged::Staged;
use crate::terminal;

/// How long the handler may take to answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Invokes once, and prints the answer. What the function sends goes to an emulator without clients.
pub(super) async fn run(root: &Path, name: &str, data: Option<&Path>) -> anyhow::Result<()> {
    let emulator = crate::replay::emulator().await?;
    let connection = emulator.connection_string();
    let staged = Staged::start(root, |host| host.variable(CONNECTION, connection)).await?;
    staged.watch().service(&emulator);
    let outcome = answer(name, data, &staged).await;
    staged.stop().await;
    emulator.stop().await;

    let (success, text) = outcome?;
    terminal::data(text + "\n")?;
    if !success {
        bail!("the invocation failed");
    }
    Ok(())
}

/// The handler's answer, and whether the host would take it for a success.
async fn answer(
    name: &str,
    file: Option<&Path>,
    staged: &Staged,
) -> anyhow::Result<(bool, String)> {
    let functions = staged.functions();
    let Some(function) = functions.iter().find(|function| function.name == name) else {
        let names: Vec<&str> = functions
            .iter()
            .map(|function| function.name.as_str())
            .collect();
        bail!(
            "the app has no function {name:?}; there are: {}",
            names.join(", ")
        );
    };
    let body = match file {
        Some(path) => data(path)?,
        None => without_data(function.url.as_deref()).to_string(),
    };
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    let response = http
        .post(staged.url(&format!("/{name}")))
        .header("content-type", "application/json; charset=utf-8")
        .header("x-azure-functions-invocationid", "sio-invoke")
        .body(body)
        .send()
        .await
        .context("the handler did not answer")?;
    let success = response.status().is_success();
    let text = response
        .text()
        .await
        .context("the answer could not be read")?;
    // An answer that is JSON is shown so that a person can read it.
    let shown = serde_json::from_str::<Value>(&text).map_or(text, |value| format!("{value:#}"));
    Ok((success, shown))
}

fn data(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
    }
    let _: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    Ok(text)
}

/// What a function is invoked with when nothing is said.
fn without_data(url: Option<&str>) -> Value {
    match url {
        Some(url) => json!({
            "Data": { "req": { "Url": url, "Method": "GET", "Query": {}, "Headers": {}, "Params": {} } },
            "Metadata": {},
        }),
        None => json!({ "Data": {}, "Metadata": {} }),
    }
}
