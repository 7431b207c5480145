//! Retry policies: `retry` in function.json and host.json (docs/contracts/functions-host.md, "Other keys" and
//! "Retries").

use std::time::Duration;

use super::error::FileError;
use super::reader::Reader;
use crate::json::Json;
use crate::time_span;

/// How often, and after what, a failed invocation is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// None is without end.
    pub(crate) times: Option<u32>,
    strategy: Strategy,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Strategy {
    Fixed(Duration),
    Exponential { least: Duration, most: Duration },
}

impl RetryPolicy {
    /// The wait before a retry, counted from 1. The original adds chance to the growing ones; here they double.
    pub(crate) fn delay(&self, retry: u32) -> Duration {
        match &self.strategy {
            Strategy::Fixed(delay) => *delay,
            Strategy::Exponential { least, most } => {
                let factor = 2_u32.saturating_pow(retry.saturating_sub(1));
                least.saturating_mul(factor).min(*most)
            }
        }
    }

    /// `MaxRetryCount`; -1 is without end.
    pub(crate) fn shown(&self) -> i64 {
        self.times.map_or(-1, i64::from)
    }
}

impl Reader<'_> {
    /// The policy in the member `retry` of a document.
    pub(super) fn retry(&self, found: Option<&Json>) -> Result<Option<RetryPolicy>, FileError> {
        let Some(section) = found.filter(|section| !section.is_null()) else {
            return Ok(None);
        };
        let strategy = self.text(section, "strategy")?.unwrap_or_default();
        let strategy = match strategy.to_ascii_lowercase().as_str() {
            "fixeddelay" => Strategy::Fixed(self.span(section, "delayInterval")?),
            "exponentialbackoff" => Strategy::Exponential {
                least: self.span(section, "minimumInterval")?,
                most: self.span(section, "maximumInterval")?,
            },
            _ => {
                return Err(self
                    .source
                    .about("strategy", format!("retry.strategy is \"{strategy}\""))
                    .hint("write \"fixedDelay\" or \"exponentialBackoff\""));
            }
        };
        let count = self.text(section, "maxRetryCount")?;
        let times = match count.as_deref() {
            Some("-1") => None,
            text => Some(text.and_then(|text| text.parse().ok()).ok_or_else(|| {
                let found = text.map_or("missing".to_owned(), |text| format!("\"{text}\""));
                self.source
                    .about("retry", format!("retry.maxRetryCount is {found}"))
                    .hint("write how often a failed invocation is tried again, or -1 for ever")
            })?),
        };
        Ok(Some(RetryPolicy { times, strategy }))
    }

    fn span(&self, section: &Json, name: &str) -> Result<Duration, FileError> {
        let text = self.text(section, name)?.unwrap_or_default();
        time_span::parse(&text).ok_or_else(|| {
            self.source
                .about("retry", format!("retry.{name} is \"{text}\""))
                .hint(format!("write hh:mm:ss, as in \"{name}\": \"00:00:10\""))
        })
    }
}
