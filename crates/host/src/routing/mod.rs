//! Which function answers a request (host contract, "Routing").
//!
//! Functions are tried in the order of their names and the first match wins: nothing ranks by how specific a route is.

mod constraint;
mod methods;
mod parse;
mod template;

pub(crate) use methods::Methods;
pub(crate) use template::{Params, Template};
