//! Which function answers a request (docs/contracts/functions-host.md, "Routing").
//!
//! Functions are tried in the order of their names and the first match wins: nothing ranks by how specific a route is.

mod methods;

pub(crate) use methods::Methods;
pub(crate) use sio_routes::{Params, Template, TemplateError};
