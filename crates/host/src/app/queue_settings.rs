//! `extensions.queues` in host.json: how queue triggers handle their messages.

use std::time::Duration;

use super::error::FileError;
use super::reader::Reader;
use crate::json::Json;
use crate::time_span;

/// The most messages that Azure hands out at once.
const LARGEST_BATCH: usize = 32;

/// How queue triggers handle their messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueSettings {
    /// `maxDequeueCount`: how often a message is tried before it goes to the poison queue.
    pub(crate) most_attempts: u32,
    /// `visibilityTimeout`: how long a message waits after it failed.
    pub(crate) wait: Duration,
    /// `batchSize` and `newBatchThreshold` together: how many messages a function handles at once.
    pub(crate) at_once: usize,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            most_attempts: 5,
            wait: Duration::ZERO,
            at_once: 16 + 8,
        }
    }
}

impl Reader<'_> {
    /// The settings of queue triggers in a document.
    pub(super) fn queues(&self, document: &Json) -> Result<QueueSettings, FileError> {
        let mut settings = QueueSettings::default();
        let section = document
            .get("extensions")
            .and_then(|extensions| extensions.get("queues"));
        let Some(section) = section else {
            return Ok(settings);
        };
        let wrong = |name: &str, text: &str, hint: &str| {
            self.source
                .about(name, format!("extensions.queues.{name} is \"{text}\""))
                .hint(hint.to_owned())
        };
        if let Some(text) = self.text(section, "maxDequeueCount")? {
            let count = text.parse().ok().filter(|count| *count > 0);
            settings.most_attempts = count.ok_or_else(|| {
                wrong(
                    "maxDequeueCount",
                    &text,
                    "write a number of attempts above 0",
                )
            })?;
        }
        if let Some(text) = self.text(section, "visibilityTimeout")? {
            settings.wait = time_span::parse(&text).ok_or_else(|| {
                wrong(
                    "visibilityTimeout",
                    &text,
                    "write hh:mm:ss, as in \"00:00:10\"",
                )
            })?;
        }
        let mut batch = 16;
        if let Some(text) = self.text(section, "batchSize")? {
            let size = text.parse().ok();
            batch = size
                .filter(|size| (1..=LARGEST_BATCH).contains(size))
                .ok_or_else(|| wrong("batchSize", &text, "write a number from 1 to 32"))?;
        }
        let mut more = batch / 2;
        if let Some(text) = self.text(section, "newBatchThreshold")? {
            more = text
                .parse::<u16>()
                .map_err(|_| wrong("newBatchThreshold", &text, "write a number of messages"))?
                .into();
        }
        settings.at_once = batch + more;
        Ok(settings)
    }
}
