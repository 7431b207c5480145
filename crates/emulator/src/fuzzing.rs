//! The reader of filters, given any text: what the fuzz target calls, and what a test calls with its corpus.

use crate::filter::{Filter, Subject};

/// A connection without a user, in one group.
struct Connection;

impl Subject for Connection {
    fn connection_id(&self) -> &str {
        "c"
    }

    fn user_id(&self) -> Option<&str> {
        None
    }

    fn is_in(&self, group: &str) -> bool {
        group == "g"
    }

    fn group_count(&self) -> usize {
        1
    }
}

/// A filter selects a connection only if the connection is in a group that the filter implies.
pub fn filter(text: &str) {
    match Filter::parse(text) {
        Ok(filter) => {
            let selects = filter.selects(&Connection);
            let within = filter.within();
            let implied = within.is_none_or(|groups| groups.contains(&"g"));
            assert!(!selects || implied, "{text:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_breaks_no_target() {
        let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
        let mut seeds = 0;
        for folder in ["corpus", "crashes"] {
            let Ok(files) = std::fs::read_dir(fuzz.join(folder).join("filter")) else {
                continue;
            };
            for file in files {
                let text = std::fs::read(file.unwrap().path()).unwrap();
                super::filter(&String::from_utf8_lossy(&text));
                seeds += 1;
            }
        }
        assert!(seeds > 0);
    }
}
