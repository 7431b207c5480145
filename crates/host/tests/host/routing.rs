//! Which function answers.

use serde_json::json;

use crate::kit::{App, http};

/// The function that answered, by its envelope.
async fn function(running: &crate::kit::Running, path: &str) -> Option<String> {
    let response = running.get(path).await;
    if response.status() == 404 {
        assert_eq!(response.text().await.unwrap(), "");
        return None;
    }
    let seen: serde_json::Value = response.json().await.unwrap();
    Some(
        seen["envelope"]["Metadata"]["sys"]["MethodName"]
            .as_str()
            .unwrap()
            .to_owned(),
    )
}

#[tokio::test]
async fn the_first_function_by_name_that_matches_answers() {
    let app = App::node(json!({}))
        .function("zeta", http("orders/new", ""))
        .function("Beta", http("orders/{id:int}", ""))
        .function("alpha", http("items/{*rest}", "GET"))
        .function("delta", http("items/7", "get"))
        .function("plain", http("", "get post"));
    let mut running = app.start().await;
    assert!(
        running
            .line("'delta' can never be reached")
            .await
            .contains("'alpha'")
    );
    let cases = [
        ("/api/orders/7", Some("Beta")),
        ("/API/ORDERS/7/", Some("Beta")),
        ("/api/orders/new", Some("zeta")),
        ("/api/orders/old", None),
        ("/api/items", Some("alpha")),
        ("/api/items/7", Some("alpha")),
        ("/api/items/a/b", Some("alpha")),
        ("/api/plain", Some("plain")),
        ("/plain", None),
        ("/api", None),
        ("/api/plain/x", None),
    ];
    for (path, expected) in cases {
        assert_eq!(
            function(&running, path).await.as_deref(),
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_404_and_options_is_a_method_like_any_other() {
    let app = App::node(json!({"enableProxyingHttpRequest": true}))
        .function("all", http("", ""))
        .function("get", http("", "get"))
        .function("options", http("", "OPTIONS"))
        .function("none", json!([{"type": "httpTrigger", "name": "req", "methods": []}, {"type": "http", "direction": "out", "name": "res"}]));
    let running = app.start().await;
    for (method, path, status) in [
        ("OPTIONS", "/api/all", 200),
        ("DELETE", "/api/all", 200),
        ("POST", "/api/get", 404),
        ("OPTIONS", "/api/get", 404),
        ("OPTIONS", "/api/options", 200),
        ("GET", "/api/options", 404),
        ("GET", "/api/none", 404),
    ] {
        assert_eq!(
            running.status(method, path).await,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn the_prefix_is_taken_from_host_json_and_its_override() {
    let app = App::handled(
        "node",
        "node.mjs",
        json!({}),
        json!({"extensions": {"http": {"routePrefix": "v1/api"}}}),
    )
    .function("f", http("", ""));
    let running = app.start().await;
    assert_eq!(function(&running, "/v1/api/f").await.as_deref(), Some("f"));
    assert_eq!(function(&running, "/api/f").await, None);
    assert_eq!(
        running.host.functions()[0].url.as_deref(),
        Some(format!("{}/v1/api/f", running.host.url()).as_str())
    );

    let running = app
        .start_with(|builder| {
            builder.variable("AzureFunctionsJobHost__extensions__http__routePrefix", "")
        })
        .await
        .unwrap();
    assert_eq!(function(&running, "/f").await.as_deref(), Some("f"));
}

#[tokio::test]
async fn a_disabled_function_answers_nobody() {
    let app = App::node(json!({}))
        .function("f", http("", ""))
        .function("g", http("", ""));
    let running = app
        .start_with(|builder| builder.variable("AzureWebJobs.f.Disabled", "true"))
        .await
        .unwrap();
    assert_eq!(running.status("GET", "/api/f").await, 404);
    assert_eq!(running.status("GET", "/api/g").await, 200);
    assert!(running.host.functions()[0].disabled);
}

#[tokio::test]
async fn routes_of_host_json_make_functions() {
    let app = App::node(
        json!({"enableProxyingHttpRequest": true, "http": {"routes": [{"route": "/simple"}, {"route": "//"}, {"route": "/param/{name}"}]}}),
    );
    let mut running = app.start().await;
    running
        .line("separator character '/' cannot appear consecutively")
        .await;
    let names: Vec<&str> = running
        .host
        .functions()
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    assert_eq!(names, ["http-handler1", "http-handler3"]);
    assert_eq!(running.json("/api/param/x").await["url"], "/api/param/x");
}
