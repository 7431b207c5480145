//! `sio invoke`: one invocation of the staged handler, as the Functions host would make it in its JSON envelope.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::project::Project;
use crate::staged::Staged;

/// How long the handler may take to answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Invoke a function of the staged handler once and print its answer.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The data are the invocation's body, {\"Data\": …, \"Metadata\": …}. Without them an HTTP function gets a GET request, any other an empty invocation."
)]
pub(crate) struct Args {
    /// The function's name.
    name: String,
    /// A file with the invocation's body; - for standard input.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The project's directory.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

/// Invokes once.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project).await?;
    let staged = Staged::start(&project.script_root(), |host| host).await?;
    let outcome = answer(&args, &staged).await;
    staged.stop().await;

    let (success, text) = outcome?;
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    if !success {
        bail!("the invocation failed");
    }
    Ok(())
}

/// The handler's answer, and whether the host would take it for a success.
async fn answer(args: &Args, staged: &Staged) -> anyhow::Result<(bool, String)> {
    let functions = staged.functions();
    let Some(function) = functions.iter().find(|function| function.name == args.name) else {
        let names: Vec<&str> = functions
            .iter()
            .map(|function| function.name.as_str())
            .collect();
        bail!(
            "there is no function {:?}; there are: {}",
            args.name,
            names.join(", ")
        );
    };
    let body = match &args.data {
        Some(path) => data(path)?,
        None => without_data(function.url.as_deref()).to_string(),
    };
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    let response = http
        .post(staged.url(&format!("/{}", args.name)))
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
