//! The types of bindings that the host and its extension bundles have, to find misspelt ones.
//!
//! A function with an unknown type is not loaded (host contract, "Mapping of `Outputs`"). Extensions come and go, so a
//! type that is not here is only taken for a mistake if it looks like one that is; any other is warned about.

/// Types in lower case: the host's own, those of the general and the Preview bundle.
const KNOWN: &[&str] = &[
    "activitytrigger",
    "assistantcreate",
    "assistantpost",
    "assistantquery",
    "assistantskilltrigger",
    "blob",
    "blobtrigger",
    "cosmosdb",
    "cosmosdbtrigger",
    "daprbinding",
    "daprbindingtrigger",
    "daprinvoke",
    "daprpublish",
    "daprsecret",
    "daprserviceinvocationtrigger",
    "daprstate",
    "daprtopictrigger",
    "durableclient",
    "embeddings",
    "embeddingsstore",
    "entitytrigger",
    "eventgrid",
    "eventgridtrigger",
    "eventhub",
    "eventhubtrigger",
    "http",
    "httptrigger",
    "kafka",
    "kafkatrigger",
    "kusto",
    "mcpprompttrigger",
    "mcpresourcetrigger",
    "mcptoolproperty",
    "mcptooltrigger",
    "mysql",
    "mysqltrigger",
    "orchestrationclient",
    "orchestrationtrigger",
    "queue",
    "queuetrigger",
    "rabbitmq",
    "rabbitmqtrigger",
    "redis",
    "redislisttrigger",
    "redispubsubtrigger",
    "redisstreamtrigger",
    "semanticsearch",
    "sendgrid",
    "servicebus",
    "servicebustrigger",
    "signalr",
    "signalrconnectioninfo",
    "signalrendpoints",
    "signalrnegotiation",
    "signalrtrigger",
    "socketio",
    "socketionegotiation",
    "socketiotrigger",
    "sql",
    "sqltrigger",
    "table",
    "textcompletion",
    "timertrigger",
    "twiliosms",
    "warmuptrigger",
    "webpubsub",
    "webpubsubconnection",
    "webpubsubrequest",
    "webpubsubtrigger",
];

/// How many letters a misspelt type has wrong at the most.
const MISTAKES: usize = 2;

/// Is this a type that some extension is known to have?
pub(crate) fn is_known(kind: &str) -> bool {
    KNOWN.contains(&kind.to_ascii_lowercase().as_str())
}

/// The known type that an unknown one was probably meant to be.
pub(super) fn meant(kind: &str) -> Option<&'static str> {
    let kind = kind.to_ascii_lowercase();
    let distances = KNOWN
        .iter()
        .map(|known| (strsim::levenshtein(&kind, known), *known));
    let nearest = distances.min();
    // One letter in five: of a short name more than that leaves too little.
    nearest
        .filter(|(distance, known)| (1..=MISTAKES.min(known.len() / 5)).contains(distance))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_types_are_recognized_and_new_ones_are_not_taken_for_them() {
        for (kind, known) in [
            ("httpTriger", Some("httptrigger")),
            ("qeue", Some("queue")),
            ("socketIoTriggers", Some("socketiotrigger")),
            ("timer", None),
            ("sqs", None),
            ("fooTrigger", None),
            ("queueTrigger", None),
        ] {
            assert_eq!(meant(kind), known.filter(|_| !is_known(kind)), "{kind}");
        }
        assert!(is_known("CosmosDBTrigger"));
    }

    #[test]
    fn the_list_is_sorted_and_in_lower_case() {
        assert!(KNOWN.is_sorted());
        assert!(
            KNOWN
                .iter()
                .all(|known| *known == known.to_ascii_lowercase())
        );
    }
}
