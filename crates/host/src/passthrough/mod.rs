//! Plain HTTP functions whose request reaches the handler as a request (docs/contracts/functions-host.md, "Forwarding
//! and proxying").

mod forward;
mod hop_by_hop;
mod proxy;

pub(crate) use forward::{forward, rebuilt_path};
pub(crate) use proxy::proxy;

/// The version this stand-in claims; handlers must treat it as opaque.
pub(crate) const HOST_VERSION: &str = "4.1037.0.0";

/// The name under which the host calls.
pub(crate) const USER_AGENT: &str = "Azure-Functions-Host/4.1037.0.0";

/// Names of the headers that the host adds.
pub(crate) const VERSION_HEADER: &str = "x-azure-functions-hostversion";
pub(crate) const INVOCATION_HEADER: &str = "x-azure-functions-invocationid";
