//! OData filters: which connections a REST call means.
//!
//! Text becomes [tokens](token), tokens are [parsed](parse) into a typed [expression], which is [asked](evaluate) for each
//! connection. Callers repeat the same few filters, so parsed ones are [kept](Cache).
//!
//! Source: docs/contracts/service.md, "OData filter".

mod cache;
mod error;
mod evaluate;
mod expression;
mod grammar;
mod names;
mod parse;
mod token;

pub(crate) use cache::Cache;
pub(crate) use error::FilterError;
pub(crate) use evaluate::Subject;
pub(crate) use expression::Filter;

#[cfg(test)]
mod tests;
