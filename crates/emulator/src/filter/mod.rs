//! OData filters: which connections a REST call means.
//!
//! Text becomes [tokens](token), tokens are [parsed](parse) into a typed [expression], which is [asked](evaluate) for each
//! connection. Callers repeat the same few filters, so parsed ones are [kept](Cache).
//!
//! Source: service contract, "OData filter".

mod cache;
mod evaluate;
mod expression;
mod grammar;
mod parse;
mod token;

pub(crate) use cache::Cache;
pub(crate) use evaluate::Subject;
pub(crate) use expression::Filter;

/// A filter that cannot be used. The texts follow those of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid syntax for '{part}': {problem} (Parameter 'filter')")]
pub(crate) struct FilterError {
    part: String,
    problem: String,
}

impl FilterError {
    fn new(part: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            problem: problem.into(),
        }
    }

    fn at(position: usize, text: &str) -> Self {
        Self::new(
            text,
            format!("Syntax error at position {position} in '{text}'."),
        )
    }
}

#[cfg(test)]
mod tests;
