//! What can go wrong with a [`World`](super::World).

use super::ClientError;
use crate::app::BuildError;
use crate::app::manifest::Refused;
use crate::invocation::StartError;
use crate::settings::SettingsError;

/// A world could not start, or has not what a test asks of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The app's registrations have mistakes.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The extension cannot do what the app asks for.
    #[error(transparent)]
    Manifest(#[from] Refused),
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The script root could not be written, or no port be had.
    #[error("could not create the script root or bind a port")]
    System(#[from] std::io::Error),
    /// The app cannot be served.
    #[error(transparent)]
    App(#[from] StartError),
    /// The app ended while the host was waiting for it.
    #[error("the app ended before the host had started")]
    Ended,
    /// The service did not start.
    #[error(transparent)]
    Emulator(#[from] sio_emulator::StartError),
    /// The host did not start.
    #[error(transparent)]
    Host(#[from] sio_host::StartError),
    /// The app has no such hub.
    #[error("the app has no hub {0:?}")]
    Hub(String),
    /// A token could not be signed.
    #[error(transparent)]
    Sign(#[from] sio_protocol::token::SignError),
    /// A client could not connect.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The host did not answer a request.
    #[error("the host did not answer the request")]
    Request(#[from] reqwest::Error),
}
