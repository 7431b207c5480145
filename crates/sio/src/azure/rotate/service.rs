//! The service's access keys. There are two, and each is as good as the other: the service signs its requests with both,
//! and accepts tokens made with either. So the app moves to the second one while the first is replaced, and back.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::token;
use socketio_functions::settings::Settings;

use super::Rotation;
use crate::deploy::patience::Patience;
use crate::deploy::proof::{Asking, Negotiated, connection_string, negotiate};
use crate::deploy::tool::Call;
use crate::terminal;

/// How often in a row negotiation must use the new key: there may be several instances.
const IN_A_ROW: usize = 5;

/// Where negotiation shows which key the app uses, if it does.
pub(super) async fn look(rotation: &Rotation<'_>) -> anyhow::Result<Option<String>> {
    if rotation.place.audience.is_some() {
        return Ok(None);
    }
    let why = match rotation.proof.asking(&rotation.place, &rotation.app) {
        Asking::Nowhere(why) => why,
        Asking::At(url) if rotation.tools.dry_run() => {
            rotation.tools.would(format_args!("GET {url}"));
            return Ok(Some(url));
        }
        Asking::At(url) => match negotiate(&url, rotation.time).await? {
            Negotiated::Given(_) => return Ok(Some(url)),
            Negotiated::Refused(status) => format!("negotiation answers {status}"),
        },
    };
    terminal::under(
        "rotate",
        format_args!("{why}, so the key that the app uses cannot be seen"),
    );
    Ok(None)
}

/// Replaces both; `negotiation` is what [`look`] has found.
pub(super) async fn rotate(
    rotation: &Rotation<'_>,
    negotiation: Option<&str>,
) -> anyhow::Result<()> {
    if rotation.place.audience.is_some() {
        terminal::under(
            "rotate",
            "the app and the service use identities, so no access key is to be replaced",
        );
        return Ok(());
    }
    for (used, replaced) in [("secondary", "primary"), ("primary", "secondary")] {
        move_to(rotation, negotiation, used).await?;
        rotation.settle().await;
        let call = Call::az("webpubsub key regenerate --only-show-errors --output none")
            .option("--resource-group", &rotation.place.group)
            .option("--name", &rotation.place.service)
            .option("--key-type", replaced);
        rotation.tools.run(call).await?;
        rotation.done(&format!(
            "the {replaced} key of {} is a new one",
            rotation.place.service
        ));
    }
    Ok(())
}

/// Gives the app one of the keys, and waits until it uses it.
async fn move_to(
    rotation: &Rotation<'_>,
    negotiation: Option<&str>,
    which: &str,
) -> anyhow::Result<()> {
    let text = connection_string(&rotation.tools, &rotation.place, which).await?;
    // Only its owner can read it, and it is gone when this function ends.
    let mut file = tempfile::Builder::new()
        .prefix("sio-settings-")
        .suffix(".json")
        .tempfile()
        .context("cannot make a temporary file")?;
    let masked = format!(
        "{{\"{connection}\":\"Endpoint=…;AccessKey=***\"}}",
        connection = Settings::CONNECTION
    );
    let path = match &text {
        Some(text) => {
            let settings = serde_json::json!({ Settings::CONNECTION: text });
            write!(file, "{settings}").context("cannot write a temporary file")?;
            file.path().to_string_lossy().into_owned()
        }
        None => "settings.json".to_owned(),
    };
    let call = Call::az("functionapp config appsettings set --only-show-errors --output none")
        .option("--resource-group", &rotation.place.group)
        .option("--name", &rotation.place.app)
        .option("--settings", format!("@{path}"))
        .with_file(masked);
    rotation.tools.run(call).await?;
    let Some(url) = negotiation else {
        wait(rotation).await;
        return Ok(());
    };
    let Some(text) = text else {
        rotation.tools.would(format_args!(
            "GET {url} until the token is signed with the {which} key"
        ));
        return Ok(());
    };
    let connection = ConnectionString::parse(&text).with_context(|| {
        format!(
            "{} has no {which} key that can be used",
            rotation.place.service
        )
    })?;
    used(rotation, url, connection.access_key(), which).await
}

/// Waits until negotiation signs with a key, several times in a row.
async fn used(rotation: &Rotation<'_>, url: &str, key: &str, which: &str) -> anyhow::Result<()> {
    let mut patience = Patience::new(rotation.time);
    let mut in_a_row = 0;
    while in_a_row < IN_A_ROW {
        match negotiate(url, rotation.time).await? {
            Negotiated::Given(given) if signed_with(&given.token, key) => in_a_row += 1,
            // A restart may refuse for a moment.
            Negotiated::Given(_) | Negotiated::Refused(_) => {
                in_a_row = 0;
                if !patience.once_more().await {
                    bail!(
                        "the app does not use the {which} key after {} seconds; no key was replaced in this step",
                        rotation.time.as_secs()
                    );
                }
            }
        }
    }
    rotation.done(&format!("the app uses the {which} key"));
    Ok(())
}

/// Gives the app the time to restart, where its key cannot be seen.
async fn wait(rotation: &Rotation<'_>) {
    let seconds = rotation.time.as_secs();
    if rotation.tools.dry_run() {
        let text = format_args!("wait {seconds} seconds for the app to restart");
        return rotation.tools.would(text);
    }
    let text = format_args!("waiting {seconds} seconds for the app to restart");
    terminal::under("rotate", text);
    tokio::time::sleep(rotation.time).await;
}

fn signed_with(token: &str, key: &str) -> bool {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or_default();
    token::verify(token, &[key], now, |_| true).is_ok()
}
