//! What every invocation has: its id and its deadline.

use crate::handler::{Context, Deadline, Extract, InvocationId, Kind, Rejection};

impl<K: Kind> Extract<K> for InvocationId {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.invocation.id.clone())
    }
}

impl<K: Kind> Extract<K> for Deadline {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.invocation.deadline)
    }
}
