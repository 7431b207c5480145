//! One invocation without a host and without a port: the envelope in, the answer out.

use bytes::Bytes;
use http::{HeaderMap, Response};

use crate::app::Registry;
use crate::handler::Deadline;

use super::routes::envelope;
use super::{Functions, StartError};

/// Invokes a function with the body that the host would send.
///
/// # Errors
/// A setting is missing or wrong, or the app's state could not be made.
pub(crate) async fn invoke(
    registry: Registry,
    name: &str,
    body: &[u8],
) -> Result<Response<Bytes>, StartError> {
    let functions = Functions::new(registry)?;
    functions.registry().shared.prepare().await?;
    let trigger = functions.event(name);
    let deadline = Deadline::after(functions.event_limit());
    Ok(envelope(name, trigger, &functions, &HeaderMap::new(), body, deadline).await)
}
