//! The methods that a route answers.

/// The methods that a route answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Methods(Option<Vec<String>>);

impl Methods {
    /// Every method: function.json names none.
    pub(crate) fn all() -> Self {
        Self(None)
    }

    /// These only; an empty list matches nothing (unconfirmed).
    pub(crate) fn only(names: impl Iterator<Item = String>) -> Self {
        Self(Some(names.map(|name| name.to_ascii_uppercase()).collect()))
    }

    pub(crate) fn contains(&self, method: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name.eq_ignore_ascii_case(method)))
    }

    pub(crate) fn intersects(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(names), None) | (None, Some(names)) => !names.is_empty(),
            (Some(names), Some(others)) => names.iter().any(|name| others.contains(name)),
        }
    }

    /// Upper case; none when all are answered.
    pub(crate) fn names(&self) -> &[String] {
        self.0.as_deref().unwrap_or_default()
    }

    pub(crate) fn is_all(&self) -> bool {
        self.0.is_none()
    }
}
