//! How a call proves that it is ours: a token signed for it, or one of an identity.

use std::sync::Arc;

use sio_protocol::token::{self, NewClaims};

use super::{SendError, now};
use crate::settings::Connection;

/// How long the token of one call holds, in seconds, as in Microsoft's SDKs.
const TOKEN_LIFETIME: i64 = 300;

/// The proof that a service asks for.
#[derive(Debug)]
pub(super) enum Access {
    /// A token for each call, signed with the access key.
    Key(String),
    /// A token of the app's identity for all calls.
    #[cfg(feature = "entra")]
    Entra(super::entra::Entra),
    /// An identity, in a build that cannot use one. The settings refuse it before.
    #[cfg(not(feature = "entra"))]
    Nothing,
}

impl Access {
    pub(super) fn of(connection: &Connection) -> Self {
        match connection {
            Connection::Key(connection) => Self::Key(connection.access_key().to_owned()),
            #[cfg(feature = "entra")]
            Connection::Identity { credential, .. } => {
                Self::Entra(super::entra::Entra::new(credential.clone()))
            }
            #[cfg(not(feature = "entra"))]
            Connection::Identity { .. } => Self::Nothing,
        }
    }

    /// The token for a call to this URL. With a key the audience is the whole URL, query included, and each attempt
    /// has a token of its own.
    ///
    /// # Errors
    /// It could not be signed or was not issued.
    pub(super) async fn token(&self, url: &str) -> Result<Arc<str>, SendError> {
        match self {
            Self::Key(key) => {
                let claims = NewClaims::new(url, now(), TOKEN_LIFETIME);
                Ok(token::sign(key, &claims)?.into())
            }
            #[cfg(feature = "entra")]
            Self::Entra(entra) => entra.token().await,
            #[cfg(not(feature = "entra"))]
            Self::Nothing => Err(SendError::Credential(
                "the feature \"entra\" is off".to_owned(),
            )),
        }
    }
}
