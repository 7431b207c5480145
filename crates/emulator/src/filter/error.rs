//! Filters that cannot be used.

/// A filter that cannot be used. The texts follow those of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid syntax for '{part}': {problem} (Parameter 'filter')")]
pub(crate) struct FilterError {
    part: String,
    problem: String,
}

impl FilterError {
    pub(super) fn new(part: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            problem: problem.into(),
        }
    }

    pub(super) fn at(position: usize, text: &str) -> Self {
        Self::new(
            text,
            format!("Syntax error at position {position} in '{text}'."),
        )
    }
}
