//! `extensions.queues` in host.json.

use std::time::Duration;

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
