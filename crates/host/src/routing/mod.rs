//! Which function answers a request (host contract, "Routing").
//!
//! Functions are tried in the order of their names and the first match wins: nothing ranks by how specific a route is.

mod constraint;
mod parse;
mod table;
mod template;

pub(crate) use table::{Methods, RouteTable};
pub(crate) use template::{Params, Template};
