//! Tokens for Socket.IO connections by identity: the host stand-in asks, the crate's own credentials answer.
//!
//! On this machine that is the developer who is signed in with Azure's tools, or the application whose secret is in the
//! settings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sio_host::Identity;
use socketio_functions::IdentityTokens;
use socketio_functions::settings::Settings;

type Known = Arc<Mutex<HashMap<String, (Identity, Arc<IdentityTokens>)>>>;

/// What `sio_host::Builder::identities` takes. A credential is kept as long as its settings are the same.
pub(crate) fn source()
-> impl Fn(Identity) -> std::pin::Pin<Box<dyn Future<Output = Result<String, String>> + Send>> {
    let known = Known::default();
    move |identity| {
        let tokens = tokens(&known, identity);
        Box::pin(async move {
            let token = tokens?.token().await;
            token
                .map(|token| token.to_string())
                .map_err(|error| explained(&error))
        })
    }
}

fn tokens(known: &Known, identity: Identity) -> Result<Arc<IdentityTokens>, String> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((same, tokens)) = known.get(&identity.connection)
        && *same == identity
    {
        return Ok(tokens.clone());
    }
    let settings = Settings::new().with(Settings::ENVIRONMENT, "Development");
    let settings = identity
        .settings
        .iter()
        .fold(settings, |settings, (name, value)| {
            settings.with(
                format!("{connection}__{name}", connection = Settings::CONNECTION),
                value,
            )
        });
    let tokens =
        IdentityTokens::of(&settings, Settings::CONNECTION).map_err(|error| explained(&error))?;
    let tokens = Arc::new(tokens);
    known.insert(identity.connection.clone(), (identity, tokens.clone()));
    Ok(tokens)
}

/// An error with its causes.
fn explained(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
