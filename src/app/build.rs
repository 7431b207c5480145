//! From the list of registrations to a checked app.

use crate::settings::Settings;
use crate::telemetry::Abridged;

use super::{App, BuildError, Registry};

impl App {
    /// Looks for mistakes in the list without needing settings.
    ///
    /// # Errors
    /// All mistakes, each with its place in the source.
    pub fn check(self) -> Result<(), BuildError> {
        self.build(Settings::new()).map(drop)
    }

    /// The TypeScript declarations of the typed [contract](crate::contract), as `handler types` prints them:
    /// `Socket<ServerToClient, ClientToServer>` for each namespace.
    ///
    /// # Errors
    /// All mistakes in the list, or two things of the contract that have one name.
    pub fn typescript(self) -> Result<String, BuildError> {
        self.build(Settings::new())?.typescript()
    }

    /// Checks the list and takes the settings.
    ///
    /// # Errors
    /// All mistakes, each with its place in the source.
    #[doc(hidden)]
    pub fn build(mut self, settings: Settings) -> Result<Registry, BuildError> {
        self.shared.unfit = Abridged::unless(settings.is_development());
        self.shared.settings = settings;
        Registry::new(self)
    }

    /// The checked app without settings.
    #[cfg(test)]
    pub(crate) fn registry(self) -> Registry {
        self.build(Settings::new()).expect("a sound app")
    }
}
