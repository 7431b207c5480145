//! Bringing the package to the function app, and telling the service where the webhook is.

use std::time::Duration;

use anyhow::bail;

use super::app::App;
use super::package::ZIP;
use super::patience::Patience;
use super::place::Place;
use super::tool::{Call, Tools};
use crate::terminal;

/// The name of a function's key that Azure makes by itself.
pub(crate) const DEFAULT_KEY: &str = "default";

/// Publishes the package.
pub(super) async fn publish(tools: &Tools, place: &Place) -> anyhow::Result<()> {
    let call =
        Call::az("functionapp deployment source config-zip --only-show-errors --output none")
            .option("--resource-group", &place.group)
            .option("--name", &place.app)
            .option("--src", ZIP);
    tools.run(call).await.map(drop)
}

/// Waits until the host lists all functions: then it has read the package, and their keys exist.
pub(super) async fn listed(
    tools: &Tools,
    place: &Place,
    app: &App,
    time: Duration,
) -> anyhow::Result<()> {
    let call = Call::az("functionapp function list --query [].name --output tsv")
        .option("--resource-group", &place.group)
        .option("--name", &place.app);
    let mut patience = Patience::new(time);
    loop {
        let Some(text) = tools.run(call.clone()).await? else {
            return Ok(());
        };
        // Each is APP/FUNCTION.
        let listed: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().rsplit('/').next())
            .collect();
        let is_missing =
            |name: &&String| !listed.iter().any(|known| known.eq_ignore_ascii_case(name));
        let missing: Vec<_> = app.functions.iter().filter(is_missing).cloned().collect();
        if missing.is_empty() {
            terminal::under(
                "wait",
                format_args!("{} functions are listed", app.functions.len()),
            );
            return Ok(());
        }
        if !patience.once_more().await {
            bail!(
                "{} does not list {} after {} seconds\nhint: the host has not read the package; in the portal, the app {}'s Application Insights (resource group {}) has its log",
                place.app,
                missing.join(", "),
                time.as_secs(),
                place.app,
                place.group
            );
        }
    }
}

/// Sets the event handler of a hub. The key goes from one resource to the other inside Azure and never gets here.
pub(crate) async fn register(
    tools: &Tools,
    place: &Place,
    app: &App,
    hub: &str,
    template: &str,
    key: &str,
    time: Duration,
) -> anyhow::Result<()> {
    let call = Call::az("deployment group create --only-show-errors --output none")
        .option("--resource-group", &place.group)
        .option("--name", format!("hub-{hub}"))
        .option("--template-file", template)
        .option("--parameters", format!("appName={}", place.app))
        .argument(format!("serviceName={}", place.service))
        .argument(format!("hubName={hub}"))
        .argument(format!(
            "audience={}",
            place.audience.as_deref().unwrap_or_default()
        ))
        .argument(format!("webhookKey={}", app.webhook_key))
        .argument(format!("keyName={key}"))
        .argument(format!("routePrefix={}", app.prefix));
    let mut patience = Patience::new(time);
    loop {
        // The service asks the webhook whether it may post, and an app that was just published may still be starting.
        match tools.run(call.clone()).await {
            Ok(_) => break,
            Err(error) if patience.once_more().await => {
                terminal::under("register", format_args!("not yet: {error:#}"));
            }
            Err(error) => {
                return Err(error.context(format!(
                    "the service did not accept {} as the event handler of hub {hub}\nhint: does {}{} answer? The service asks it with OPTIONS whether it may post",
                    place.url, place.url, app.path("socketio")
                )));
            }
        }
    }
    if tools.dry_run() {
        return Ok(());
    }
    terminal::under(
        "register",
        format_args!(
            "hub {hub} posts to {}{}{}",
            place.url,
            app.path("socketio"),
            if app.webhook_key { "?code=***" } else { "" }
        ),
    );
    Ok(())
}
