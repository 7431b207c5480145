//! Retry policies.

use std::time::Duration;

use serde_json::{Value, json};
use sio_host::{Clock, Hop};

use crate::kit::{App, Running, http};

fn app(host: Value, function: Value) -> App {
    let app = App::handled("node", "node.mjs", json!({}), host);
    std::fs::create_dir(app.path().join("flaky")).unwrap();
    let trigger = json!({"type": "queueTrigger", "direction": "in", "name": "job"});
    let mut document = function;
    document["bindings"] = json!([trigger]);
    app.write("flaky/function.json", &document.to_string());
    app
}

async fn invoke(running: &Running) {
    let request = running.request("POST", "/admin/functions/flaky");
    let response = request.json(&json!({"input": "x"})).send().await.unwrap();
    assert_eq!(response.status(), 202);
}

async fn answered(running: &mut Running) -> u16 {
    let status = running.hop(|hop| match hop {
        Hop::Answered { status, .. } => Some(*status),
        _ => None,
    });
    status.await
}

fn fixed(times: i32) -> Value {
    json!({"retry": {"strategy": "fixedDelay", "maxRetryCount": times, "delayInterval": "01:00:00"}})
}

async fn delayed(running: &mut Running) -> (u32, Duration) {
    let retrying = running.hop(|hop| match hop {
        Hop::Retrying { retry, delay, .. } => Some((*retry, *delay)),
        _ => None,
    });
    retrying.await
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_failed_invocation_comes_again_under_another_id() {
    let clock = Clock::default();
    // That of the function wins over that of the app.
    let app = app(fixed(0), fixed(-1));
    let mut running = app
        .start_with(|builder| builder.clock(clock.clone()))
        .await
        .unwrap();
    invoke(&running).await;
    for retry in 1..=2 {
        assert_eq!(delayed(&mut running).await, (retry, HOUR));
        clock.advance(HOUR);
    }
    let log = running.hop(|hop| match hop {
        Hop::Log { text, .. } => Some(text.clone()),
        _ => None,
    });
    let seen: Value = serde_json::from_str(&log.await).unwrap();
    let retry = &seen["retry"];
    assert_eq!(
        json!([
            retry["RetryCount"],
            retry["MaxRetryCount"],
            retry["Instance"],
            retry["State"]
        ]),
        json!([2, -1, null, {}])
    );
    assert!(retry["Exception"].is_object());
    let mut ids: Vec<&str> = seen["ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!(answered(&mut running).await, 200);
}

#[tokio::test]
async fn retries_end_and_grow() {
    let clock = Clock::default();
    let growing = json!({"retry": {"strategy": "exponentialBackoff", "maxRetryCount": "1", "minimumInterval": "02:00:00", "maximumInterval": "03:00:00"}});
    let app = app(growing, json!({}));
    let mut running = app
        .start_with(|builder| builder.clock(clock.clone()))
        .await
        .unwrap();
    invoke(&running).await;
    assert_eq!(delayed(&mut running).await, (1, 2 * HOUR));
    clock.advance(2 * HOUR);
    assert_eq!(answered(&mut running).await, 500);
}

#[tokio::test]
async fn without_a_policy_there_is_one_attempt() {
    let app = app(json!({}), json!({}));
    let mut running = app.start().await;
    invoke(&running).await;
    assert_eq!(answered(&mut running).await, 500);
}

#[tokio::test]
async fn a_wrong_policy_is_named() {
    for (retry, words) in [
        (json!({"strategy": "often"}), "retry.strategy is \"often\""),
        (
            json!({"strategy": "fixedDelay", "maxRetryCount": 1}),
            "retry.delayInterval is \"\"",
        ),
        (
            json!({"strategy": "fixedDelay", "delayInterval": "00:00:01"}),
            "retry.maxRetryCount is missing",
        ),
    ] {
        let started = app(json!({"retry": retry}), json!({}))
            .start_with(|builder| builder)
            .await;
        let error = started.err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// Calls a function whose handler leaves before it answers, with an error that a restart follows.
async fn crash_and_retry(switches: Value, method: &str) -> (Running, Clock, Vec<String>) {
    let clock = Clock::default();
    let app = App::handled("node", "node.mjs", switches, fixed(1));
    let app = app.function("f", http("{*path}", ""));
    let mut running = app
        .start_with(|builder| builder.clock(clock.clone()))
        .await
        .unwrap();
    let request = running.request(method, "/api/exit?code=1");
    let request = if method == "POST" {
        request.body("a body")
    } else {
        request
    };
    let caller = tokio::spawn(request.send());
    let first = running.line("→ f").await;
    let mut ids = vec![first.rsplit(' ').next().unwrap().to_owned()];
    if let Some(retried) = retried_or_answered(&mut running).await {
        ids.push(retried);
        clock.advance(HOUR);
        answered(&mut running).await;
    }
    assert_eq!(caller.await.unwrap().unwrap().status(), 500);
    (running, clock, ids)
}

/// The id of the next attempt, or none where the invocation ended.
async fn retried_or_answered(running: &mut Running) -> Option<String> {
    let next = running.hop(|hop| match hop {
        Hop::Retrying { call, .. } => Some(Some(call.invocation.clone())),
        Hop::Answered { .. } => Some(None),
        _ => None,
    });
    next.await
}

#[tokio::test]
async fn requests_that_get_no_answer_are_tried_again_in_every_mode() {
    for switches in [
        json!({"enableForwardingHttpRequest": true}),
        json!({"enableProxyingHttpRequest": true}),
    ] {
        let (_running, _, ids) = crash_and_retry(switches, "GET").await;
        assert_eq!(ids.len(), 2, "{ids:?}");
        assert_ne!(ids[0], ids[1]);
    }
}

#[tokio::test]
async fn a_body_that_was_streamed_is_not_sent_twice_but_a_forwarded_one_is() {
    let (.., ids) = crash_and_retry(json!({"enableProxyingHttpRequest": true}), "POST").await;
    assert_eq!(ids.len(), 1);
    let (.., ids) = crash_and_retry(json!({"enableForwardingHttpRequest": true}), "POST").await;
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn an_answer_of_the_handler_is_a_success_whatever_its_status() {
    for switches in [
        json!({"enableForwardingHttpRequest": true}),
        json!({"enableProxyingHttpRequest": true}),
    ] {
        let app = App::handled("node", "node.mjs", switches, fixed(1));
        let app = app.function("f", http("{*path}", ""));
        let mut running = app.start().await;
        assert_eq!(running.status("GET", "/api/status").await, 503);
        assert_eq!(retried_or_answered(&mut running).await, None);
    }
}
