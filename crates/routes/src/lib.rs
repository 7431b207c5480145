#![doc = include_str!("../README.md")]
//!
//! - [`Template`] is a template, and [`Template::matches`] compares a path with it;
//! - [`decoded`] is the path that is compared: percent-decoded once, without dot segments.

mod constraint;
mod date;
mod date_state;
mod date_token;
mod parse;
mod path;
mod pattern;
mod segment;
mod template;

pub use parse::TemplateError;
pub use path::{decoded, without_dots};
pub use segment::Params;
pub use template::Template;
