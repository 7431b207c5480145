//! The keys of a token issuer, read from its published configuration and kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use crate::lease_cache::{Lease, LeaseCache};
use crate::settings::is_safe;

/// Keys are read anew after this time, since an issuer may withdraw one.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A token may name a key that is not known yet. But every caller can write such a token, so it does not always cause a
/// request to the issuer.
const PAUSE: Duration = Duration::from_secs(60);

/// After a failure without any key, how long every token is refused before the issuer is asked again.
const RETRY: Duration = Duration::from_secs(5);

/// No configuration and no set of keys is longer.
const LONGEST: usize = 1 << 20;

/// Why an issuer gave no key. The texts never show a token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// The issuer's keys are known, and this is not among them.
    #[error("the issuer has no key with the token's id")]
    Unknown,
    /// The keys could not be read.
    #[error("cannot read the issuer's keys, so the token was not checked: {0}")]
    Unreachable(String),
}

/// An issuer of tokens, by its address.
#[derive(Debug)]
pub(crate) struct Issuer {
    address: String,
    keys: LeaseCache<Arc<Keys>>,
    pause: Duration,
    retry: Duration,
}

struct Keys {
    /// The names under which it issues.
    issuers: Arc<[String]>,
    by_id: HashMap<String, Arc<DecodingKey>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({:?})", self.by_id.keys())
    }
}

impl Issuer {
    pub(crate) fn new(address: String) -> Self {
        Self {
            address,
            keys: LeaseCache::default(),
            pause: PAUSE,
            retry: RETRY,
        }
    }

    /// The key with this id, and the names that its tokens may give for their issuer.
    ///
    /// # Errors
    /// The issuer has no such key, or does not answer.
    pub(crate) async fn key(&self, id: &str) -> Result<Found, KeyError> {
        let address = self.address.clone();
        self.key_of(id, || async move { read(&address).await })
            .await
    }

    async fn key_of<F>(&self, id: &str, ask: impl FnOnce() -> F) -> Result<Found, KeyError>
    where
        F: Future<Output = Result<Keys, String>> + Send + 'static,
    {
        let found = |keys: &Keys| {
            let key = keys.by_id.get(id)?;
            Some((key.clone(), keys.issuers.clone()))
        };
        let unknown = || KeyError::Unknown;
        let known = self.keys.value();
        if let Some((keys, _)) = &known
            && let Some(found) = found(keys)
        {
            return Ok(found);
        }
        let pause = match known {
            Some(_) => self.pause,
            None => self.retry,
        };
        if self.keys.was_asked_within(pause) {
            return Err(match known {
                Some(_) => unknown(),
                None => KeyError::Unreachable("it did not answer a moment ago".to_owned()),
            });
        }
        let asked = self.keys.renew(|| {
            let keys = ask();
            async {
                let keys = keys.await?;
                let end = SystemTime::now() + LIFETIME;
                Ok(Lease {
                    value: Arc::new(keys),
                    early: end,
                    end,
                })
            }
        });
        match asked.await {
            Ok(keys) => found(&keys).ok_or_else(unknown),
            Err(problem) => Err(KeyError::Unreachable(problem.to_string())),
        }
    }
}

/// A key, and the names that its tokens may give for their issuer.
type Found = (Arc<DecodingKey>, Arc<[String]>);

async fn read(address: &str) -> Result<Keys, String> {
    #[derive(Deserialize)]
    struct Configuration {
        issuer: String,
        jwks_uri: String,
    }
    if !is_safe(address) {
        return Err(format!("{address} is not an https address"));
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
        return Err("its jwks_uri is not an https address".to_owned());
    }
    let set: JwkSet = json(&client, &configuration.jwks_uri).await?;
    // Keys of kinds that we cannot use are skipped.
    let keys = set.keys.iter().filter_map(|jwk| {
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some((jwk.common.key_id.clone()?, Arc::new(key)))
    });
    Ok(Keys {
        by_id: keys.collect(),
        issuers: names(configuration.issuer).into(),
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

/// Whether a token's header has the member `crit`: it names extensions that who does not know them must not ignore.
/// Source: RFC 7515, section 4.1.11.
pub(crate) fn is_extended(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let members = serde_json::from_slice::<serde_json::Map<_, _>>(&header);
    // A header that does not read is refused where it is decoded.
    members.is_ok_and(|members| members.contains_key("crit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ids: &[&str]) -> Keys {
        let key = || Arc::new(DecodingKey::from_secret(b"x"));
        Keys {
            issuers: Arc::new([]),
            by_id: ids.iter().map(|id| ((*id).to_owned(), key())).collect(),
        }
    }

    /// An issuer that may be asked again after this time.
    fn issuer(pause: Duration) -> Issuer {
        Issuer {
            pause,
            retry: pause,
            ..Issuer::new(String::new())
        }
    }

    async fn never() -> Result<Keys, String> {
        panic!("the issuer must not be asked")
    }

    #[tokio::test]
    async fn a_stranger_does_not_make_us_ask_again_and_again() {
        let issuer = issuer(Duration::MAX);
        let first = issuer.key_of("a", || async { Ok(keys(&["a"])) });
        assert!(first.await.is_ok());
        for stranger in ["b", "c"] {
            let key = issuer.key_of(stranger, never).await;
            assert!(matches!(key, Err(KeyError::Unknown)), "{stranger}");
        }
        assert!(issuer.key_of("a", never).await.is_ok());
    }

    #[tokio::test]
    async fn nobody_waits_for_a_stranger() {
        let mut issuer = issuer(Duration::ZERO);
        let first = issuer.key_of("a", || async { Ok(keys(&["a"])) });
        assert!(first.await.is_ok());
        let go = Arc::new(tokio::sync::Notify::new());
        let gone = go.clone();
        // The issuer does not answer until the caller with the known key has got it.
        let failing = || async move {
            gone.notified().await;
            Err("no answer".to_owned())
        };
        let known = async {
            let key = issuer.key_of("a", never).await;
            go.notify_one();
            key
        };
        let asked = async {
            tokio::join!(biased; issuer.key_of("b", failing), issuer.key_of("c", never), known)
        };
        let asked = tokio::time::timeout(Duration::from_secs(10), asked).await;
        let (one, two, known) = asked.expect("a call waits for the issuer");
        assert!(known.is_ok());
        for stranger in [one, two] {
            assert!(matches!(stranger, Err(KeyError::Unreachable(_))));
        }
        issuer.pause = Duration::MAX;
        let after = issuer.key_of("b", never).await;
        assert!(after.is_err(), "a failure counts as having asked");
    }

    #[tokio::test]
    async fn without_any_key_the_issuer_is_asked_again_but_not_at_once() {
        let mut issuer = issuer(Duration::MAX);
        let failing = || async { Err("no answer".to_owned()) };
        assert!(issuer.key_of("a", failing).await.is_err());
        assert!(issuer.key_of("a", never).await.is_err());
        issuer.retry = Duration::ZERO;
        let key = issuer.key_of("a", || async { Ok(keys(&["a"])) });
        assert!(key.await.is_ok());
    }

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

    #[test]
    fn an_extension_that_must_be_known_is_noticed() {
        for (header, expected) in [
            (r#"{"alg":"RS256","kid":"a"}"#, false),
            (r#"{"alg":"RS256","crit":["exp"]}"#, true),
            (r#"{"crit":null,"alg":"RS256"}"#, true),
            (r#"{"alg":"RS256","\u0063rit":[]}"#, true),
        ] {
            let token = format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
            assert_eq!(is_extended(&token), expected, "{header}");
        }
        assert!(!is_extended("") && !is_extended("x.y.z"));
    }
}
