//! How many HTTP requests an app takes at once: `extensions.http` in host.json (host contract, "Other keys that matter").

use super::error::FileError;
use super::reader::Reader;
use crate::json::Json;

/// The limits of HTTP requests; `None` is without limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Throttles {
    /// `maxOutstandingRequests`: those that run and those that wait.
    pub(crate) outstanding: Option<usize>,
    /// `maxConcurrentRequests`: those that run.
    pub(crate) concurrent: Option<usize>,
    /// `dynamicThrottlesEnabled`, which goes by counters that only the platform has.
    pub(crate) dynamic: bool,
}

impl Reader<'_> {
    /// The limits of a section `extensions.http`.
    pub(super) fn throttles(&self, http: Option<&Json>) -> Result<Throttles, FileError> {
        let Some(http) = http else {
            return Ok(Throttles::default());
        };
        Ok(Throttles {
            outstanding: self.limit(http, "maxOutstandingRequests")?,
            concurrent: self.limit(http, "maxConcurrentRequests")?,
            dynamic: self.switch(http, "dynamicThrottlesEnabled")? == Some(true),
        })
    }

    fn limit(&self, http: &Json, name: &str) -> Result<Option<usize>, FileError> {
        match self.text(http, name)?.as_deref() {
            None | Some("" | "-1") => Ok(None),
            Some(text) => match text.parse().ok().filter(|limit| *limit > 0) {
                // More places than a semaphore has are as good as no limit.
                Some(limit) => Ok(Some(limit).filter(|limit| *limit < usize::MAX >> 3)),
                None => Err(self
                    .source
                    .about(name, format!("extensions.http.{name} is \"{text}\""))
                    .hint("write a number of requests above 0, or -1 for no limit")),
            },
        }
    }
}
