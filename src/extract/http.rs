//! The request of HTTP functions and of negotiation.

use crate::handler::{Context, Extract, Rejection, Request, RequestKind};

#[diagnostic::do_not_recommend]
impl<K: RequestKind> Extract<K> for Request {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        // A clone, because other arguments may take parts of it too.
        Ok(context.input.clone())
    }
}
