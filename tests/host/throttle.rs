//! The limits of HTTP requests in host.json.

use serde_json::{Value, json};
use sio_host::Hop;
use tokio::time::timeout;

use crate::kit::{App, PATIENCE, Running, http};

/// An app for which host.json sets these limits.
fn app(switches: Value, limits: Value) -> App {
    let more = json!({"extensions": {"http": limits}});
    App::handled("node", "node.mjs", switches, more)
}

/// The handler's own address, past the host.
async fn handler(running: &mut Running) -> String {
    let ready = running.hop(|hop| match hop {
        Hop::HandlerReady { port, .. } => Some(*port),
        _ => None,
    });
    format!("http://127.0.0.1:{}", ready.await)
}

async fn release(running: &Running, handler: &str) {
    let sent = running.client.get(format!("{handler}/api/release")).send();
    assert_eq!(sent.await.unwrap().status(), 200);
}

#[tokio::test]
async fn v161_what_is_too_much_is_sent_away_and_what_fits_waits_for_its_turn() {
    let limits = json!({"maxConcurrentRequests": 1, "maxOutstandingRequests": 2});
    let app = app(json!({"enableProxyingHttpRequest": true}), limits);
    let app = app.function("f", http("{*path}", ""));
    let mut running = app.start().await;
    let handler = handler(&mut running).await;
    let mut first = running.get("/api/slow").await;
    assert_eq!(first.chunk().await.unwrap().unwrap(), "first\n");
    // Two more: one may wait, whichever comes first.
    let mut two = [
        Box::pin(running.request("GET", "/api/status").send()),
        Box::pin(running.request("GET", "/api/status").send()),
    ];
    let (refused, _, waiting) = futures_util::future::select_all(&mut two).await;
    let refused = refused.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-function-scaleout"], "1");
    assert_eq!(refused.text().await.unwrap(), "");
    // The administration is not counted.
    assert_eq!(running.status("GET", "/admin/host/status").await, 200);
    release(&running, &handler).await;
    assert_eq!(first.chunk().await.unwrap().unwrap(), "second\n");
    drop(first);
    let waited = futures_util::future::select_all(waiting);
    let (waited, ..) = timeout(PATIENCE, waited).await.unwrap();
    assert_eq!(waited.unwrap().status(), 503, "the handler's own answer");
    drop(two);
    running
        .line("Http request queue limit of 2 has been exceeded.")
        .await;
}

#[tokio::test]
async fn an_invocation_keeps_its_place_when_its_caller_leaves() {
    let app = app(json!({}), json!({"maxOutstandingRequests": "1"}));
    let app = app.function("held", http("", ""));
    let mut running = app.start().await;
    let handler = handler(&mut running).await;
    let caller = tokio::spawn(running.request("GET", "/api/held").send());
    running.line("→ held").await;
    caller.abort();
    running.line("← 499").await;
    assert_eq!(running.status("GET", "/api/other").await, 429);
    let free = async {
        // The request may be on its way to the handler still.
        while running.status("GET", "/api/other").await != 404 {
            release(&running, &handler).await;
        }
    };
    timeout(PATIENCE, free).await.unwrap();
}

#[tokio::test]
async fn webhooks_of_extensions_are_counted_too() {
    let app = app(json!({}), json!({"maxOutstandingRequests": 1}));
    let app = app.function("held", http("", ""));
    let mut running = app.start().await;
    let handler = handler(&mut running).await;
    let caller = tokio::spawn(running.request("GET", "/api/held").send());
    running.line("→ held").await;
    let path = "/runtime/webhooks/socketio";
    assert_eq!(running.status("POST", path).await, 429);
    while !caller.is_finished() {
        release(&running, &handler).await;
    }
    assert_eq!(running.status("POST", path).await, 404);
}

#[tokio::test]
async fn without_limits_nobody_waits_and_dynamic_ones_are_explained() {
    let limits = json!({"maxOutstandingRequests": -1, "dynamicThrottlesEnabled": true});
    let app = app(json!({}), limits).function("f", http("", ""));
    let mut running = app.start().await;
    running.line("dynamicThrottlesEnabled goes by").await;
    let all = (0..20).map(|_| running.status("GET", "/api/f"));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all, [200; 20]);
}
