//! Reading `extensions.queues` of host.json.

use super::error::FileError;
use super::reader::Reader;
use super::time_span;
use crate::json::Json;
use crate::queue::QueueSettings;

/// The most messages that Azure hands out at once.
const LARGEST_BATCH: usize = 32;

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
