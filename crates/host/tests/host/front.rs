//! What the host answers itself.

use serde_json::{Value, json};

use crate::kit::{App, http};

#[tokio::test]
async fn the_home_page_links_to_what_can_be_opened() {
    let app = App::node(json!({}))
        .function("index", http("", "get"))
        .function("item", http("items/{id}", "get"))
        .function("send", http("", "post"));
    let running = app.start().await;
    let response = running.get("/").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    let page = response.text().await.unwrap();
    assert!(page.contains("href=\"/api/index\""));
    assert!(!page.contains("href=\"/api/items") && !page.contains("href=\"/api/send"));
    assert!(page.contains("/api/items/{id}"));

    let running = app
        .start_with(|builder| builder.variable("AzureWebJobsDisableHomepage", "true"))
        .await
        .unwrap();
    assert_eq!(running.status("GET", "/").await, 204);
}

#[tokio::test]
async fn a_function_may_take_the_place_of_the_home_page() {
    let app = App::handled(
        "node",
        "node.mjs",
        json!({"enableProxyingHttpRequest": true}),
        json!({"extensions": {"http": {"routePrefix": ""}}}),
    )
    .function("all", http("{*path}", ""));
    let running = app.start().await;
    assert_eq!(running.json("/").await, json!({"ready": true}));
}

#[tokio::test]
async fn ping_status_and_functions() {
    let app = App::node(json!({})).function("f", http("items/{id}", "get"));
    let running = app.start().await;
    for method in ["GET", "POST"] {
        let response = running
            .request(method, "/admin/host/ping")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store,no-cache");
    }
    assert_eq!(running.json("/admin/host/status").await["state"], "Running");
    let functions = running.json("/admin/functions").await;
    assert_eq!(functions[0]["name"], "f");
    assert_eq!(
        functions[0]["invoke_url_template"],
        format!("{}/api/items/{{id}}", running.host.url())
    );
    assert_eq!(running.json("/admin/functions/F").await["name"], "f");
    assert_eq!(running.json("/admin/functions/f/status").await, json!({}));
    assert_eq!(running.status("GET", "/admin/nope").await, 404);
}

#[tokio::test]
async fn pages_load_the_client_from_here_when_it_is_given() {
    let app = App::node(json!({"enableProxyingHttpRequest": true}))
        .function("page", http("", ""))
        .function("mirror", http("", ""));
    let running = app
        .start_with(|builder| builder.client_script("window.io = 1;"))
        .await
        .unwrap();
    let response = running.get("/api/page").await;
    assert_eq!(
        response.text().await.unwrap(),
        "<script src=\"/_sio/socket.io.min.js\"></script>"
    );
    let script = running.get("/_sio/socket.io.min.js").await;
    assert_eq!(
        script.headers()["content-type"],
        "text/javascript; charset=utf-8"
    );
    assert_eq!(script.text().await.unwrap(), "window.io = 1;");
    let other: Value = running.json("/api/mirror").await;
    assert_eq!(other["url"], "/api/mirror");
}

#[tokio::test]
async fn headers_of_host_json_come_with_every_answer() {
    let headers = json!({"X-Frame-Options": "DENY", "x-number": 1});
    let app = App::handled(
        "node",
        "node.mjs",
        json!({}),
        json!({"extensions": {"http": {"customHeaders": headers}}}),
    )
    .function("f", http("", ""));
    let running = app.start().await;
    for path in ["/api/f", "/api/none", "/"] {
        let response = running.get(path).await;
        assert_eq!(response.headers()["x-frame-options"], "DENY", "{path}");
        assert_eq!(response.headers()["x-number"], "1", "{path}");
    }
}

#[tokio::test]
async fn host_json_says_which_lines_are_shown() {
    let levels = json!({"default": "Warning", "Function.timer.User": "Information"});
    let host = json!({"logging": {"logLevel": levels}});
    let trigger =
        json!([{"type": "queueTrigger", "direction": "in", "name": "t", "queueName": "q"}]);
    let app = App::handled("node", "node.mjs", json!({}), host)
        .function("timer", trigger)
        .function("f", http("", ""));
    let mut running = app.start().await;
    // A line on stdout and one in `Logs` are hidden; the one on stderr and those of the other function are not.
    assert_eq!(running.status("GET", "/api/f").await, 200);
    let invoked = running.request("POST", "/admin/functions/timer");
    invoked.json(&json!({"input": "x"})).send().await.unwrap();
    let mut lines = Vec::new();
    while !lines
        .iter()
        .any(|line: &String| line.starts_with("[timer]"))
    {
        lines.push(running.line("").await);
    }
    let seen = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(seen("a warning on stderr") && seen("← 200 f"), "{lines:?}");
    assert!(!seen("a line on stdout") && !seen("[f] seen"), "{lines:?}");

    app.write(
        "host.json",
        r#"{"version": "2.0", "logging": {"logLevel": {"default": "loud"}}}"#,
    );
    let refused = app.start_with(|builder| builder).await.err().unwrap();
    assert!(refused.to_string().contains("logLevel.default is \"loud\""));
}

/// A caller may repeat itself as often as it likes.
#[tokio::test]
async fn refused_requests_are_told_and_written_a_few_times() {
    let app = App::node(json!({})).function("f", http("", ""));
    let mut running = app
        .start_with(|builder| builder.enable_auth(true))
        .await
        .unwrap();
    let long = format!("/api/f?x={}", "x".repeat(9000));
    for _ in 0..150 {
        assert_eq!(running.status("GET", &long).await, 414);
        assert_eq!(running.status("GET", "/admin/functions").await, 401);
    }
    assert_eq!(running.status("GET", "/the-last").await, 404);
    let (mut heads, mut keys) = (0, 0);
    running
        .hop(|hop| {
            let line = hop.to_string();
            heads += usize::from(line.contains("the request line has "));
            keys += usize::from(line.contains("missing or wrong key"));
            line.contains("/the-last").then_some(())
        })
        .await;
    // The first ten of a minute and the hundredth, or twice that if a minute ends in between.
    assert!((1..=22).contains(&heads), "{heads}");
    assert!((1..=22).contains(&keys), "{keys}");
}
