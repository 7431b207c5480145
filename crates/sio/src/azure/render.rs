//! Filling in templates: `[[name]]` is replaced, and lines between `[[#flag]]` and `[[/flag]]` stay if the flag is set
//! (`[[^flag]]`: if it is not). GitHub's and mustache's own braces stay what they are.

use std::collections::BTreeMap;

/// What templates are filled in with.
#[derive(Debug, Default)]
pub(super) struct Marks {
    values: BTreeMap<&'static str, String>,
    flags: BTreeMap<&'static str, bool>,
}

impl Marks {
    pub(super) fn value(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    pub(super) fn flag(mut self, name: &'static str, set: bool) -> Self {
        self.flags.insert(name, set);
        self
    }

    /// Fills in a template. A mark that is not known stays, so that a test can find it.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut text = String::new();
        // Whether each block around the current line stays.
        let mut blocks: Vec<bool> = Vec::new();
        for line in template.split_inclusive('\n') {
            let mark = line
                .trim()
                .strip_prefix("[[")
                .and_then(|rest| rest.strip_suffix("]]"));
            let flag = |name: &str| self.flags.get(name).copied();
            match mark.and_then(|mark| mark.split_at_checked(1)) {
                Some(("#", name)) if flag(name).is_some() => blocks.push(flag(name) == Some(true)),
                Some(("^", name)) if flag(name).is_some() => blocks.push(flag(name) == Some(false)),
                Some(("/", name)) if flag(name).is_some() => {
                    blocks.pop();
                }
                _ if blocks.contains(&false) => {}
                _ => text.push_str(&self.replace(line)),
            }
        }
        text
    }

    fn replace(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (name, value) in &self.values {
            line = line.replace(&format!("[[{name}]]"), value);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_blocks_are_filled_in() {
        let marks = Marks::default()
            .value("name", "chat")
            .flag("on", true)
            .flag("off", false);
        let template = "a [[name]] ${{ x }}\n[[#on]]\nb\n[[/on]]\n[[^on]]\nc\n[[/on]]\n  [[#off]]\nd\n[[#on]]\ne\n[[/on]]\n[[/off]]\nf [[other]]\n";
        assert_eq!(marks.fill(template), "a chat ${{ x }}\nb\nf [[other]]\n");
    }
}
