//! Values of options that no error shows: keys, and what a key may be part of. clap's own errors quote the value, and
//! output is kept by build servers.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;

/// Reads a value with a function whose errors do not show it either.
#[derive(Debug, Clone)]
pub(crate) struct Unshown<T>(pub(crate) fn(&str) -> Result<T, String>);

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Unshown<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        option: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let text = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned());
        text.and_then(self.0).map_err(|problem| {
            let option = option.map(ToString::to_string).unwrap_or_default();
            let text = format!("invalid value for '{option}': {problem}");
            command.clone().error(ErrorKind::ValueValidation, text)
        })
    }
}
