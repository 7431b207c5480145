//! Settings as a host that is started here would find them: the environment wins over local.settings.json.

use serde_json::Value;

/// The environment and the file.
#[derive(Debug, Default)]
pub(super) struct Sources {
    environment: Vec<(String, String)>,
    file: Vec<(String, String)>,
}

/// A setting that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting<'a> {
    /// Where, for people.
    pub(super) place: &'static str,
    /// Its name as it stands there.
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

impl Sources {
    /// The variables of an environment, and what local.settings.json says.
    pub(super) fn new(
        environment: impl IntoIterator<Item = (String, String)>,
        settings: &Value,
    ) -> Self {
        let environment: Vec<(String, String)> = environment.into_iter().collect();
        let is_set = |name: &str| {
            let mut variables = environment.iter();
            variables.any(|(set, value)| is_same(set, name) && !value.trim().is_empty())
        };
        let values = settings["Values"].as_object().into_iter().flatten();
        let values = values.filter(|(name, _)| !is_set(name));
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        Self {
            file: values
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            environment,
        }
    }

    /// This process's environment, and what local.settings.json says.
    pub(super) fn of_process(settings: &Value) -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        Self::new(variables, settings)
    }

    /// A setting, unless it is blank.
    pub(super) fn find(&self, wanted: &str) -> Option<Setting<'_>> {
        self.all().find(|setting| is_same(setting.name, wanted))
    }

    /// Every setting that is not blank, once.
    pub(super) fn all(&self) -> impl Iterator<Item = Setting<'_>> {
        let environment = self
            .environment
            .iter()
            .map(|pair| ("the environment", pair));
        let file = self.file.iter().map(|pair| ("local.settings.json", pair));
        let all = environment.chain(file);
        all.map(|(place, (name, value))| Setting {
            place,
            name,
            value: value.trim(),
        })
        .filter(|setting| !setting.value.is_empty())
    }
}

/// Whether two names are those of one setting. Case does not count, and `:` is another way to write `__`.
fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|name| name.replace(':', "__"));
    one.eq_ignore_ascii_case(&other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_environment_wins_unless_it_is_blank() {
        let settings = json!({ "Values": { "One": "file", "Two:part": " file ", "Three": true } });
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sources = Sources::new([pair("ONE", "set"), pair("Two__part", " ")], &settings);
        let found = |name: &str| sources.find(name).map(|found| (found.place, found.value));
        assert_eq!(found("One"), Some(("the environment", "set")));
        assert_eq!(found("two__part"), Some(("local.settings.json", "file")));
        assert_eq!(found("Three"), Some(("local.settings.json", "true")));
        assert_eq!(found("Four"), None);
        assert_eq!(sources.all().count(), 3);
    }
}
