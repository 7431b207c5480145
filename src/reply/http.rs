//! Replies of HTTP functions.

use serde::Serialize;

use crate::handler::{Answer, Failure, Http, Reply, Response};

impl Reply<Http> for Response {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Http(self))
    }
}

impl Reply<Http> for String {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Http(Response::text(self)))
    }
}

impl Reply<Http> for &'static str {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Http(Response::text(self)))
    }
}

impl Reply<Http> for http::StatusCode {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Http(Response::status(self)))
    }
}

impl Reply<Http> for () {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Http(Response::status(http::StatusCode::NO_CONTENT)))
    }
}

/// A value as a JSON response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + Send + 'static> Reply<Http> for Json<T> {
    fn reply(self) -> Result<Answer, Failure> {
        let response = Response::json(&self.0).map_err(|error| Failure::Failed(error.into()))?;
        Ok(Answer::Http(response))
    }
}
