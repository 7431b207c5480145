//! Outputs that are not stood in for, and queues between functions of one app.

use std::time::Duration;

use serde_json::{Value, json};
use sio_host::{Clock, Hop};

use crate::kit::{App, Running};

/// A function that fills its outputs, and the function `job` for the queue `jobs`.
fn app(host: Value) -> App {
    let outputs = json!([
        {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous", "route": "enqueue/{queue?}"},
        {"type": "http", "direction": "out", "name": "res"},
        {"type": "queue", "direction": "out", "name": "jobs", "queueName": "JOBS"},
        {"type": "queue", "direction": "out", "name": "chosen", "queueName": "{queue}"},
        {"type": "queue", "direction": "out", "name": "foreign", "queueName": "jobs", "connection": "Other"},
        {"type": "blob", "direction": "out", "name": "file", "path": "c/x"}
    ]);
    let trigger = json!([
        {"type": "queueTrigger", "direction": "in", "name": "job", "queueName": "jobs", "connection": "AzureWebJobsStorage"}
    ]);
    App::handled("node", "node.mjs", json!({}), host)
        .function("enqueue", outputs)
        .function("job", trigger)
}

async fn put(running: &Running, path: &str, outputs: Value) -> u16 {
    let request = running.request("POST", path).body(outputs.to_string());
    request.send().await.unwrap().status().as_u16()
}

/// The next envelope that `job` got.
async fn got(running: &mut Running) -> Value {
    let text = running.hop(|hop| match hop {
        Hop::Log { text, .. } => Some(text.clone()),
        _ => None,
    });
    serde_json::from_str(&text.await).unwrap()
}

#[tokio::test]
async fn what_goes_into_a_queue_of_the_app_invokes_the_function_that_listens() {
    let app = app(json!({}));
    let mut running = app.start().await;
    let outputs = json!({"res": {}, "jobs": ["hello", {"orderId": 42}]});
    assert_eq!(put(&running, "/api/enqueue", outputs).await, 200);
    let line = running.line("output jobs").await;
    assert_eq!(
        line,
        "[enqueue] output jobs (queue, 24 bytes, into the queue jobs): [\"hello\",{\"orderId\":42}]"
    );
    let mut both = [got(&mut running).await, got(&mut running).await];
    both.sort_by_key(|envelope| envelope["Data"]["job"].to_string().len());
    let [plain, object] = both;
    assert_eq!(plain["Data"]["job"], "\"hello\"");
    let metadata = plain["Metadata"].as_object().unwrap();
    let names: Vec<&str> = metadata.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "DequeueCount",
            "ExpirationTime",
            "Id",
            "InsertionTime",
            "NextVisibleTime",
            "PopReceipt",
            "sys"
        ]
    );
    assert_eq!(metadata["DequeueCount"], "1");
    let inserted = metadata["InsertionTime"].as_str().unwrap();
    assert!(inserted.ends_with("+00:00"), "not nested: {inserted}");
    assert!(metadata["Id"].as_str().unwrap().starts_with('"'), "nested");
    assert_eq!(object["Metadata"]["orderId"], "\"42\"");
}

#[tokio::test]
async fn other_outputs_are_shown_and_go_nowhere() {
    let app = app(json!({}));
    let mut running = app.start().await;
    let outputs = json!({"res": {}, "foreign": "a", "file": "AccessKey=c2VjcmV0;", "chosen": "b"});
    assert_eq!(put(&running, "/api/enqueue/else", outputs).await, 200);
    for line in [
        "[enqueue] output chosen (queue, 1 bytes, not sent anywhere): b",
        "[enqueue] output foreign (queue, 1 bytes, not sent anywhere): a",
        "[enqueue] output file (blob, 19 bytes, not sent anywhere): AccessKey=***;",
    ] {
        assert_eq!(running.line("output").await, line);
    }
    // The queue's name is taken from the invocation.
    let outputs = json!({"res": {}, "chosen": "hello"});
    assert_eq!(put(&running, "/api/enqueue/jobs", outputs).await, 200);
    assert_eq!(got(&mut running).await["Data"]["job"], "\"hello\"");
    let outputs = json!({"res": {}, "chosen": "hello"});
    assert_eq!(put(&running, "/api/enqueue", outputs).await, 500);
    running.line("No value for named parameter 'queue'").await;
}

#[tokio::test]
async fn a_message_that_fails_comes_again_and_ends_in_the_poison_queue() {
    let clock = Clock::default();
    let queues = json!({"maxDequeueCount": 2, "visibilityTimeout": "01:00:00"});
    let poison = json!([
        {"type": "queueTrigger", "direction": "in", "name": "job", "queueName": "jobs-poison"}
    ]);
    let app = app(json!({"extensions": {"queues": queues}})).function("timer", poison);
    let mut running = app
        .start_with(|builder| builder.clock(clock.clone()))
        .await
        .unwrap();
    // "fail" alone would be taken for base64; inside a list it stays what it is.
    let outputs = json!({"res": {}, "jobs": ["fail"]});
    assert_eq!(put(&running, "/api/enqueue", outputs).await, 200);
    running.line("← 500 job").await;
    clock.advance(Duration::from_secs(3601));
    running.line("← 500 job").await;
    running
        .line("job: a message failed 2 times and goes to the queue jobs-poison")
        .await;
    let envelope = got(&mut running).await;
    assert_eq!(envelope["Metadata"]["sys"]["MethodName"], "timer");
    assert_eq!(envelope["Data"]["job"], "\"fail\"");
}

#[tokio::test]
async fn what_fires_only_by_hand_is_said_at_the_start_with_the_remedy() {
    let trigger = |kind: &str, more: Value| {
        let mut trigger = json!({"type": kind, "direction": "in", "name": "in"});
        trigger["queueName"] = more;
        json!([trigger, {"type": "table", "direction": "in", "name": "rows"}])
    };
    let app = app(json!({}))
        .function("late", trigger("queueTrigger", json!("unused")))
        .function("never", trigger("eventHubTrigger", json!(null)));
    let mut running = app.start().await;
    for words in [
        "'late': inputs of type table are not stood in for; 'rows' is null here. Let the handler",
        "'late': queueTrigger fires here only for messages that functions of this app put into the queue unused; POST /admin/functions/late",
        "'never': eventHubTrigger does not fire by itself here; POST /admin/functions/never",
    ] {
        running.line(words).await;
    }
}

#[tokio::test]
async fn wrong_settings_of_queues_are_named() {
    for (settings, words) in [
        (json!({"maxDequeueCount": 0}), "maxDequeueCount is \"0\""),
        (json!({"batchSize": 33}), "batchSize is \"33\""),
        (
            json!({"visibilityTimeout": "soon"}),
            "visibilityTimeout is \"soon\"",
        ),
    ] {
        let started = app(json!({"extensions": {"queues": settings}}))
            .start_with(|b| b)
            .await;
        let error = started.err().unwrap().to_string();
        assert!(error.contains(words) && error.contains("hint: "), "{error}");
    }
}
