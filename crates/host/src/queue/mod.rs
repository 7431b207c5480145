//! Storage queues in memory: what an output of the app puts into a queue reaches the queue triggers of the same app.
//!
//! Nothing is kept beyond the host's run, and no other program sees the messages. Sources:
//! docs/contracts/functions-host.md's example "Queue trigger, plain text message" and "Failure matrix" (five attempts,
//! then the poison queue), and the documentation of `extensions.queues` in host.json.

mod message;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

pub(crate) use message::{Message, messages};

use crate::app::{Binding, Function};

/// The setting with the storage account, unless a binding names another.
const DEFAULT_CONNECTION: &str = "azurewebjobsstorage";
/// A connection may be written without it.
const CONNECTION_PREFIX: &str = "azurewebjobs";

/// Which queue: its account's setting and its name. Neither depends on case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    connection: String,
    pub(crate) queue: String,
}

impl Address {
    /// The queue that a trigger listens to; `None` if it is not a queue trigger.
    pub(crate) fn of_trigger(function: &Function) -> Option<Self> {
        let trigger = function.trigger()?;
        if !trigger.is_kind("queueTrigger") {
            return None;
        }
        Some(Self::new(trigger, trigger.text("queueName")?))
    }

    /// The queue that an output with this name writes to.
    pub(crate) fn new(binding: &Binding, queue: &str) -> Self {
        let connection = binding.text("connection").unwrap_or(DEFAULT_CONNECTION);
        let connection = connection.to_ascii_lowercase();
        Self {
            connection: connection
                .strip_prefix(CONNECTION_PREFIX)
                .unwrap_or(&connection)
                .to_owned(),
            queue: queue.to_ascii_lowercase(),
        }
    }

    /// Where messages go that fail too often.
    pub(crate) fn poison(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            queue: format!("{}-poison", self.queue),
        }
    }
}

/// All queues. They outlive a reload of the app.
#[derive(Debug, Default)]
pub(crate) struct Queues(Mutex<HashMap<Address, Queue>>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Message>,
    added: Arc<Notify>,
}

impl Queues {
    fn with<T>(&self, address: &Address, act: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(queues.entry(address.clone()).or_default())
    }

    /// Adds a message at the end.
    pub(crate) fn put(&self, address: &Address, message: Message) {
        let added = self.with(address, |queue| {
            queue.waiting.push_back(message);
            queue.added.clone()
        });
        added.notify_one();
    }

    /// Waits for the first message and takes it out.
    pub(crate) async fn take(&self, address: &Address) -> Message {
        loop {
            let (first, more, added) = self.with(address, |queue| {
                let first = queue.waiting.pop_front();
                (first, !queue.waiting.is_empty(), queue.added.clone())
            });
            if let Some(message) = first {
                // One notice may have stood for several messages.
                if more {
                    added.notify_one();
                }
                return message;
            }
            added.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::OffsetDateTime;

    use super::*;
    use crate::json::Json;

    fn binding(connection: Option<&str>) -> Binding {
        let mut binding = Binding::plain("q", "queue");
        if let Some(connection) = connection {
            binding.properties = Json::object([("connection", Json::text(connection))]);
        }
        binding
    }

    #[test]
    fn the_same_queue_may_be_written_in_several_ways() {
        let usual = Address::new(&binding(None), "jobs");
        for (connection, queue) in [
            (Some("AzureWebJobsStorage"), "Jobs"),
            (Some("Storage"), "jobs"),
            (Some(""), "JOBS"),
        ] {
            assert_eq!(Address::new(&binding(connection), queue), usual);
        }
        assert_ne!(Address::new(&binding(Some("Other")), "jobs"), usual);
        assert_eq!(usual.poison().queue, "jobs-poison");
    }

    #[tokio::test]
    async fn messages_come_out_in_order_and_whoever_waits_is_woken() {
        let queues = Arc::new(Queues::default());
        let address = Address::new(&binding(None), "jobs");
        let take = || {
            let (queues, address) = (queues.clone(), address.clone());
            tokio::spawn(async move { queues.take(&address).await })
        };
        let (first, second) = (take(), take());
        tokio::task::yield_now().await;
        for text in ["a", "b"] {
            let message = Message::new(text.into(), OffsetDateTime::UNIX_EPOCH);
            queues.put(&address, message);
        }
        let both = async { [first.await.unwrap(), second.await.unwrap()] };
        let both = tokio::time::timeout(Duration::from_secs(5), both).await;
        let mut bodies = both.unwrap().map(|message| message.body);
        bodies.sort();
        assert_eq!(bodies, ["a", "b"]);
    }
}
