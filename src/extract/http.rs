//! The request of HTTP functions and of negotiation.

use crate::handler::{Context, Extract, Http, Negotiate, Rejection, Request};

impl Extract<Http> for Request {
    fn extract(context: &mut Context<Http>) -> Result<Self, Rejection> {
        Ok(std::mem::take(&mut context.input))
    }
}

impl Extract<Negotiate> for Request {
    fn extract(context: &mut Context<Negotiate>) -> Result<Self, Rejection> {
        Ok(std::mem::take(&mut context.input))
    }
}
