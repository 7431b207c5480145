//! From the list of registrations to a checked app.

use crate::settings::Settings;

use super::{App, BuildError, Registry};

impl App {
    /// Looks for mistakes in the list without needing settings.
    ///
    /// # Errors
    /// All mistakes, each with its place in the source.
    pub fn check(self) -> Result<Registry, BuildError> {
        self.build(Settings::new())
    }

    /// Checks the list and takes the settings.
    ///
    /// # Errors
    /// All mistakes, each with its place in the source.
    pub fn build(mut self, settings: Settings) -> Result<Registry, BuildError> {
        self.shared.settings = settings;
        Registry::new(self)
    }
}
