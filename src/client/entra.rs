//! Tokens of Microsoft Entra for connections by identity.
//!
//! Source: docs/contracts/socketio-extension.md, "Authorization of REST calls" and "Identity settings". The credential
//! is built at the first call: nothing of it delays a cold start. Its token is kept, and replaced five minutes before
//! it expires.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use azure_core::credentials::TokenCredential;

use super::SendError;
use super::credential::build;
use crate::lease_cache::{Lease, LeaseCache};
use crate::settings::{Connection, Credential, Settings};

/// What a token of ours is for.
const SCOPE: &str = "https://webpubsub.azure.com/.default";

/// How long before its end a token is replaced.
const EARLY: Duration = Duration::from_secs(300);

/// How long a token may take. `azure_identity` tries for longer than an event may last, and what failed would then be
/// blamed on the service.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long after an answer, or after none, a token that still holds is used without asking for the next.
const PAUSE: Duration = Duration::from_secs(30);

/// An identity, and the token that was last issued for it.
pub(super) struct Entra {
    settings: Credential,
    credential: OnceLock<Arc<dyn TokenCredential>>,
    token: LeaseCache<Arc<str>>,
    pause: Duration,
}

impl std::fmt::Debug for Entra {
    /// Neither the credential nor the token is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entra").finish_non_exhaustive()
    }
}

impl Entra {
    pub(super) fn new(settings: Credential) -> Self {
        Self {
            settings,
            credential: OnceLock::new(),
            token: LeaseCache::default(),
            pause: PAUSE,
        }
    }

    /// A token that holds now. The next one is requested in good time, and is not awaited while this one is valid.
    ///
    /// # Errors
    /// None was to be had.
    pub(super) async fn token(&self) -> Result<Arc<str>, SendError> {
        let credential = match self.credential.get() {
            Some(credential) => credential,
            None => {
                let built = build(&self.settings).map_err(|error| refused(&error))?;
                self.credential.get_or_init(|| built)
            }
        };
        let asking = || ask(credential.clone());
        match self.token.value() {
            Some((token, false)) => Ok(token),
            Some((token, true)) => {
                if !self.token.was_asked_within(self.pause) {
                    let asking = asking();
                    drop(self.token.renew(|| async {
                        asking.await.inspect_err(|problem| {
                            tracing::warn!(
                                "a new Entra token was not to be had, the old one still holds: {problem}"
                            );
                        })
                    }));
                }
                Ok(token)
            }
            None => {
                let asked = self.token.renew(asking).await;
                asked.map_err(|problem| SendError::Credential(problem.to_string()))
            }
        }
    }
}

/// Asks for a token.
async fn ask(credential: Arc<dyn TokenCredential>) -> Result<Lease<Arc<str>>, String> {
    let asked = tokio::time::timeout(PATIENCE, credential.get_token(&[SCOPE], None)).await;
    let token = asked
        .map_err(|_| format!("there was no answer within {PATIENCE:?}"))?
        .map_err(|error| error.to_string())?;
    let end = SystemTime::from(token.expires_on);
    Ok(Lease {
        value: token.token.secret().into(),
        early: end.checked_sub(EARLY).unwrap_or(SystemTime::UNIX_EPOCH),
        end,
    })
}

/// Tokens of one connection by identity, for programs beside an app that have to ask the same service: the tool lets the
/// host stand-in use it.
#[doc(hidden)]
#[derive(Debug)]
pub struct IdentityTokens(Entra);

impl IdentityTokens {
    /// For the connection whose settings begin with this name. The credential is built at the first call.
    ///
    /// # Errors
    /// The settings are wrong, or name a connection with an access key.
    pub fn of(settings: &Settings, connection: &str) -> Result<Self, SendError> {
        let found = settings.connection(connection);
        match found.map_err(|error| SendError::Credential(error.to_string()))? {
            Connection::Identity { credential, .. } => Ok(Self(Entra::new(credential))),
            Connection::Key(_) => Err(SendError::Credential(format!(
                "the connection {connection} has an access key"
            ))),
        }
    }

    /// A token that holds now.
    ///
    /// # Errors
    /// None was to be had.
    pub async fn token(&self) -> Result<Arc<str>, SendError> {
        self.0.token().await
    }
}

fn refused(error: &azure_core::Error) -> SendError {
    SendError::Credential(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use azure_core::credentials::{AccessToken, TokenRequestOptions};
    use azure_core::time::OffsetDateTime;

    use super::*;

    /// Gives a token that holds for some seconds at first, and no answer afterwards.
    #[derive(Debug)]
    struct Once {
        seconds: u64,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl TokenCredential for Once {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            if self.asked.fetch_add(1, Ordering::Relaxed) > 0 {
                std::future::pending::<()>().await;
            }
            let end = SystemTime::now() + Duration::from_secs(self.seconds);
            Ok(AccessToken::new("token", OffsetDateTime::from(end)))
        }
    }

    /// How often a token is asked for by eight who need one.
    async fn asked(seconds: u64, pause: Duration) -> usize {
        let once = Arc::new(Once {
            seconds,
            asked: AtomicUsize::default(),
        });
        let entra = Entra {
            settings: Credential::ManagedIdentity(None),
            credential: OnceLock::from(once.clone() as Arc<dyn TokenCredential>),
            token: LeaseCache::default(),
            pause,
        };
        for _ in 0..2 {
            // All at once; a missing answer is not awaited.
            let four =
                async { tokio::join!(entra.token(), entra.token(), entra.token(), entra.token()) };
            let four = tokio::time::timeout(PATIENCE / 2, four).await;
            let (a, b, c, d) = four.expect("a call waits for the next token");
            for token in [a, b, c, d] {
                assert_eq!(token.unwrap().as_ref(), "token");
            }
            // What has been spawned begins.
            tokio::task::yield_now().await;
        }
        once.asked.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn the_next_token_is_asked_for_early_and_the_old_one_holds_meanwhile() {
        let early = EARLY.as_secs();
        assert_eq!(asked(early + 60, Duration::ZERO).await, 1);
        assert_eq!(asked(early - 60, Duration::ZERO).await, 2);
        assert_eq!(
            asked(early - 60, PAUSE).await,
            1,
            "it was asked a moment ago"
        );
    }
}
