//! Why a request to the webhook is not an event of a service of this app.

use crate::settings::Settings;

use super::caller::Refused;

/// What shows that a request is not the service's. For the log alone: the sender learns nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stranger {
    #[error(
        "it names the origin {found:?}, expected {expected}. If that is your service, list the host in {allowed_origins}", allowed_origins = Settings::ALLOWED_ORIGINS)]
    Origin { found: String, expected: String },
    #[error("it has no ce-connectionId, as every event of the service has")]
    NoConnection,
    #[error(
        "its ce-signature is not made with the access key in {0}, or is missing. Is that key still one of the service's two?"
    )]
    Signature(String),
    #[error("it is not the configured caller's: {0}")]
    Caller(Refused),
    #[error("Microsoft's extension takes the events of this app, and no caller may post here")]
    Nobody,
}
