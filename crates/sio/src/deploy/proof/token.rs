//! A client's token where negotiation gives none: by the service's access key, or by the signed-in person's identity.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use sio_protocol::audience;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::HubName;
use sio_protocol::token::{self, NewClaims};

use crate::client::Negotiation;
use crate::deploy::place::Place;
use crate::deploy::tool::{Call, Tools};

/// Seconds that the token is valid: as long as a proof may take.
const LIFETIME: i64 = 600;

/// By the access key, which `az` prints and nothing else sees.
pub(super) async fn by_key(
    tools: &Tools,
    place: &Place,
    hub: &HubName,
    user: &str,
) -> anyhow::Result<Option<Negotiation>> {
    let Some(text) = connection_string(tools, place, "primary").await? else {
        return Ok(None);
    };
    let connection = ConnectionString::parse(&text)
        .with_context(|| format!("{} has no access key that can be used", place.service))?;
    let endpoint = connection.endpoint().to_string();
    let audience = audience::client(&endpoint, hub);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or_default();
    let claims = NewClaims::new(&audience, now, LIFETIME).user(Some(user));
    Ok(Some(Negotiation {
        path: audience::client_path(hub),
        token: token::sign(connection.access_key(), &claims)?,
        endpoint,
    }))
}

/// One of the service's two connection strings: `primary` or `secondary`.
pub(crate) async fn connection_string(
    tools: &Tools,
    place: &Place,
    which: &str,
) -> anyhow::Result<Option<String>> {
    let call = Call::az("webpubsub key show --output tsv")
        .option("--resource-group", &place.group)
        .option("--name", &place.service)
        .option("--query", format!("{which}ConnectionString"));
    tools.run(call).await
}

#[derive(Deserialize)]
struct Generated {
    token: String,
}

/// By the service itself, which is asked as the person who is signed in to `az`.
pub(super) async fn by_identity(
    tools: &Tools,
    place: &Place,
    hub: &HubName,
    user: &str,
) -> anyhow::Result<Option<Negotiation>> {
    let call = Call::az("webpubsub show --query hostName --output tsv")
        .option("--resource-group", &place.group)
        .option("--name", &place.service);
    let host = tools.run(call).await?;
    let call = Call::az(
        "account get-access-token --resource https://webpubsub.azure.com --query accessToken --output tsv",
    );
    let bearer = tools.run(call).await?;
    let (Some(host), Some(bearer)) = (host, bearer) else {
        tools.would(format_args!(
            "POST https://SERVICE_HOST/api/hubs/{hub}/:generateToken with that token"
        ));
        return Ok(None);
    };
    let endpoint = match host.contains("://") {
        true => host,
        false => format!("https://{host}"),
    };
    let mut url = reqwest::Url::parse(&format!("{endpoint}/api/hubs/{hub}/:generateToken"))
        .with_context(|| format!("{} has no address", place.service))?;
    url.query_pairs_mut()
        .append_pair("api-version", "2024-12-01")
        .append_pair("userId", user)
        .append_pair("minutesToExpire", "10");
    let response = reqwest::Client::new()
        .post(url)
        .bearer_auth(bearer)
        .send()
        .await;
    let response = response.with_context(|| format!("cannot reach {endpoint}"))?;
    if !response.status().is_success() {
        bail!(
            "{service} answered {} to a request for a client's token\nhint: who is signed in to az, a person or a pipeline, needs a role for data on it, which Owner and Contributor do not include: az role assignment create --assignee-object-id ID --assignee-principal-type User|ServicePrincipal --role \"Web PubSub Service Owner\" --scope $(az webpubsub show --resource-group {} --name {service} --query id --output tsv); it takes up to 30 minutes to work",
            response.status(),
            place.group,
            service = place.service,
        );
    }
    let generated: Generated = response
        .json()
        .await
        .context("the service's token is not JSON")?;
    Ok(Some(Negotiation {
        path: audience::client_path(hub),
        token: generated.token,
        endpoint,
    }))
}
