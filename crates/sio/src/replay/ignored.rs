//! Places in an answer's body that may differ: JSON pointers (RFC 6901), with `*` for any member or element.

use std::str::FromStr;

/// One place, and everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ignored(Vec<String>);

impl Ignored {
    /// Is this place ignored, as the names and indices on the way to it?
    pub(super) fn covers(&self, path: &[String]) -> bool {
        let pairs = self.0.iter().zip(path);
        self.0.len() <= path.len()
            && pairs
                .into_iter()
                .all(|(own, part)| own == "*" || own == part)
    }
}

impl FromStr for Ignored {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.strip_prefix('/').ok_or_else(|| {
            "a JSON pointer begins with /, as in /id or /items/*/createdAt".to_owned()
        })?;
        let part = |part: &str| part.replace("~1", "/").replace("~0", "~");
        Ok(Self(parts.split('/').map(part).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_covers_its_place_and_what_is_below() {
        let covers = |pointer: &str, path: &[&str]| {
            let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
            pointer.parse::<Ignored>().unwrap().covers(&path)
        };
        assert!(covers("/a", &["a"]));
        assert!(covers("/a", &["a", "0", "b"]));
        assert!(!covers("/a/0", &["a"]));
        assert!(!covers("/a", &["b"]));
        assert!(covers("/*/at", &["7", "at"]));
        assert!(covers("/a~1b/~0", &["a/b", "~"]));
        assert!("at".parse::<Ignored>().is_err());
    }
}
