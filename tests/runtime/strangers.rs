//! What reaches the handler's port and is not from the host or the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::stream;
use serde_json::json;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::Running;

async fn nothing() {}

fn app() -> App {
    let hub = Hub::new("hub")
        .negotiate("negotiate", Identity::Anonymous)
        .on("count", nothing);
    App::new()
        .hub(hub)
        .timer("tick", "0 0 0 1 1 *", nothing)
        .get("page", || async { "a page" })
        .post("upload", || async { "thanks" })
}

/// The status of a POST with these headers and a body that says it is an envelope.
async fn post(app: &Running, path: &str, headers: &[(&str, &str)]) -> u16 {
    let url = format!("{}{path}", app.base);
    let mut request = app.http.post(url).body("{}");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_page_invokes_nothing() {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let book = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { "booked" }
    };
    let app = Running::start(app().post("book", book)).await;
    for path in [
        "/tick",
        "/count",
        "/page",
        "/book",
        "/api/book",
        "/api/negotiate",
    ] {
        for header in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("host", "evil.example"),
        ] {
            let status = post(&app, path, &[header]).await;
            assert_eq!(status, 403, "{path} {header:?}");
        }
    }
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    assert_eq!(post(&app, "/tick", &[]).await, 200);
    assert_eq!(post(&app, "/api/book", &[]).await, 200);
    // What the host passes on has the page's origin, and the name under which the page knows the app.
    let passed_on = [
        ("origin", "https://page.example"),
        ("sec-fetch-site", "cross-site"),
        ("host", "app.example"),
        ("x-azure-functions-invocationid", "1"),
    ];
    assert_eq!(post(&app, "/api/book", &passed_on).await, 200);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn events_come_in_envelopes_only_where_the_app_is_not_staged_with_our_webhook() {
    let event = json!({
        "Data": { "socketEvent": {
            "payload": r#"42["count"]"#, "eventName": "count", "parameters": [],
            "namespace": "/", "socketId": "s1",
        } },
        "Metadata": { "ConnectionContext": { "connectionId": "c", "userId": "ada" } },
    });
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    std::fs::write(folder.path().join("host.json"), r#"{"version":"2.0"}"#).unwrap();
    let status = async || {
        let settings = |settings: Settings| settings.with(Settings::ROOT, root.clone());
        let app = Running::with(app(), settings).await;
        let sent = app.http.post(format!("{}/count", app.base)).json(&event);
        sent.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200);
    std::fs::create_dir(folder.path().join("socketio")).unwrap();
    std::fs::write(folder.path().join("socketio/function.json"), "{}").unwrap();
    assert_eq!(status().await, 404);
}

#[tokio::test]
async fn a_body_that_nothing_wants_is_not_read() {
    let app = Running::start(app()).await;
    // It says how long it is, and never ends: an answer can only come to who does not wait for it.
    let endless = async |method: &str, path: &str, length: u64| {
        let body = reqwest::Body::wrap_stream(stream::pending::<std::io::Result<Vec<u8>>>());
        let sent = app
            .http
            .request(method.parse().unwrap(), format!("{}{path}", app.base))
            .header("content-length", length)
            .body(body);
        sent.send().await.unwrap().status().as_u16()
    };
    for (method, path, length, status) in [
        ("POST", "/api/nowhere", 90_000_000, 404),
        ("POST", "/nofunction", 190_000_000, 404),
        ("PUT", "/api/page", 90_000_000, 404),
        ("GET", "/api/page", 90_000_000, 413),
        ("GET", "/api/negotiate", 90_000_000, 413),
        ("POST", "/tick", 90_000_000, 413),
        ("POST", "/page", 90_000_000, 413),
        ("POST", "/count", 90_000_000, 413),
        ("POST", "/api/upload", 110_000_000, 413),
        ("POST", "/api/socketio", 90_000_000, 401),
    ] {
        assert_eq!(
            endless(method, path, length).await,
            status,
            "{method} {path}"
        );
    }
}
