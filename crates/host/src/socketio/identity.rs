//! Connections by identity: settings instead of a key, and tokens that come from elsewhere
//! (docs/contracts/socketio-extension.md, "Identity settings").
//!
//! Getting tokens of Microsoft Entra is the business of Azure's own library, which is larger than this host. So the
//! host is given a source of tokens, and refuses such connections without one.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// A connection by identity: what its settings say, for the part that gets its tokens.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The connection's name, as bindings give it.
    pub connection: String,
    /// The settings below it, as in `("credential", "managedidentity")`; names are in lower case.
    pub settings: Vec<(String, String)>,
}

impl fmt::Debug for Identity {
    /// Names only: one of the values may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.settings.iter().map(|(name, _)| name);
        write!(f, "{} ", self.connection)?;
        f.debug_set().entries(names).finish()
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// Where tokens for `https://webpubsub.azure.com/.default` come from. The source keeps them as long as they hold.
#[derive(Clone)]
pub(crate) struct Tokens(Arc<dyn Fn(Identity) -> Answer + Send + Sync>);

impl Tokens {
    pub(crate) fn new<F, R>(source: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self(Arc::new(move |identity| Box::pin(source(identity))))
    }

    pub(super) async fn of(&self, identity: &Identity) -> Result<String, String> {
        let token = (self.0)(identity.clone()).await;
        token.map_err(|what| format!("the identity of {}: {what}", identity.connection))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}
