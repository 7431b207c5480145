//! The keys of a token issuer, read from its published configuration and kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use tokio::sync::RwLock;
use tokio::time::Instant;

use crate::settings::is_safe;

use super::Refused;

/// Keys are read anew after this time, since an issuer may withdraw one.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A token may name a key that is not known yet. But anybody can write such a token, so it does not always mean a new
/// look at the issuer.
const PAUSE: Duration = Duration::from_secs(60);

/// No configuration and no set of keys is longer.
const LONGEST: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Issuer {
    address: String,
    keys: RwLock<Option<Keys>>,
}

struct Keys {
    /// The names under which it issues.
    issuers: Arc<[String]>,
    by_id: HashMap<String, Arc<DecodingKey>>,
    read: Instant,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({:?})", self.by_id.keys())
    }
}

impl Issuer {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            keys: RwLock::default(),
        }
    }

    /// The key with this id, and the names that its tokens may give for their issuer.
    ///
    /// # Errors
    /// The issuer has no such key, or does not answer.
    pub(super) async fn key(&self, id: &str) -> Result<(Arc<DecodingKey>, Arc<[String]>), Refused> {
        let unknown = || Refused::Token("the issuer has no key of its id".to_owned());
        if let Some(keys) = self.keys.read().await.as_ref()
            && keys.read.elapsed() < LIFETIME
        {
            if let Some(key) = keys.by_id.get(id) {
                return Ok((key.clone(), keys.issuers.clone()));
            }
            if keys.read.elapsed() < PAUSE {
                return Err(unknown());
            }
        }
        let mut kept = self.keys.write().await;
        let stale = |keys: &Keys| keys.read.elapsed() >= PAUSE;
        if kept.as_ref().is_none_or(stale) {
            *kept = Some(read(&self.address).await.map_err(Refused::Keys)?);
        }
        let found = kept.as_ref().and_then(|keys| {
            let key = keys.by_id.get(id)?;
            Some((key.clone(), keys.issuers.clone()))
        });
        found.ok_or_else(unknown)
    }
}

async fn read(address: &str) -> Result<Keys, String> {
    #[derive(Deserialize)]
    struct Configuration {
        issuer: String,
        jwks_uri: String,
    }
    let mut client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none());
    if address.starts_with("http://") {
        // Only an address on this machine may be plain http, and a proxy does not lead there.
        client = client.no_proxy();
    }
    let client = client.build().map_err(|error| error.to_string())?;
    let url = format!("{address}/.well-known/openid-configuration");
    let configuration: Configuration = json(&client, &url).await?;
    if !is_safe(&configuration.jwks_uri) {
        return Err("its jwks_uri is no https address".to_owned());
    }
    let set: JwkSet = json(&client, &configuration.jwks_uri).await?;
    // A key of a kind that we cannot use is none of ours.
    let keys = set.keys.iter().filter_map(|jwk| {
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some((jwk.common.key_id.clone()?, Arc::new(key)))
    });
    Ok(Keys {
        by_id: keys.collect(),
        issuers: names(configuration.issuer).into(),
        read: Instant::now(),
    })
}

/// A tenant of Microsoft Entra signs with the same keys under two names, one for each version of its tokens. Which of
/// the two a managed identity gets depends on the application that the token is for.
fn names(issuer: String) -> Vec<String> {
    let tenant = issuer
        .strip_prefix("https://login.microsoftonline.com/")
        .and_then(|rest| rest.strip_suffix("/v2.0"));
    let older = tenant.map(|tenant| format!("https://sts.windows.net/{tenant}/"));
    [Some(issuer), older].into_iter().flatten().collect()
}

async fn json<T: serde::de::DeserializeOwned>(
    client: &reqwest::Client,
    url: &str,
) -> Result<T, String> {
    let text = |error: reqwest::Error| error.to_string();
    let mut response = client.get(url).send().await.map_err(text)?;
    response.error_for_status_ref().map_err(text)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(text)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(format!("{url} is longer than {LONGEST} bytes"));
        }
    }
    serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_issues_under_two_names() {
        let both = names("https://login.microsoftonline.com/t/v2.0".to_owned());
        assert_eq!(
            both,
            [
                "https://login.microsoftonline.com/t/v2.0",
                "https://sts.windows.net/t/"
            ]
        );
        assert_eq!(names("https://other".to_owned()), ["https://other"]);
    }
}
