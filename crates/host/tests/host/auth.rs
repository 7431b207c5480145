//! Keys and origins.

use serde_json::{Value, json};
use sio_host::KeyScope;

use crate::kit::{App, Running, http};

fn with_level(level: &str) -> Value {
    let mut bindings = http("", "");
    bindings[0]["authLevel"] = json!(level);
    bindings
}

fn app() -> App {
    let trigger = json!({"type": "socketiotrigger", "direction": "in", "name": "e", "hub": "hub", "eventName": "x"});
    App::node(json!({}))
        .function("open", with_level("anonymous"))
        .function("keyed", with_level("function"))
        .function("other", with_level("function"))
        .function("high", with_level("admin"))
        .function("socket", json!([trigger]))
}

async fn start(app: &App) -> Running {
    let connection = "Endpoint=http://localhost;AccessKey=k;Version=1.0;";
    app.start_with(|builder| {
        builder
            .enable_auth(true)
            .variable("WebPubSubForSocketIOConnectionString", connection)
            .variable("AzureWebJobs.other.Disabled", "true")
    })
    .await
    .unwrap()
}

fn key(running: &Running, scope: &KeyScope) -> String {
    let keys = running.host.keys();
    let found = keys.iter().find(|key| key.scope == *scope);
    found.unwrap().value.clone()
}

fn of(function: &str) -> KeyScope {
    KeyScope::Function(function.to_owned())
}

#[tokio::test]
async fn each_level_has_its_keys() {
    let app = app();
    let running = start(&app).await;
    let keys = |scope| key(&running, &scope);
    let cases = [
        ("", [200, 401, 401, 404]),
        ("nonsense", [200, 401, 401, 404]),
        (&keys(of("keyed")), [200, 200, 401, 404]),
        (&keys(of("high")), [200, 401, 401, 404]),
        (&keys(KeyScope::Host), [200, 200, 401, 404]),
        (&keys(KeyScope::System), [200, 401, 401, 404]),
        (&keys(KeyScope::Master), [200, 200, 200, 200]),
    ];
    for (key, expected) in cases {
        for (path, expected) in ["open", "keyed", "high", "other"].iter().zip(expected) {
            let by_query = running
                .status("GET", &format!("/api/{path}?code={key}"))
                .await;
            let by_header = running.request("GET", &format!("/api/{path}?code=wrong"));
            let by_header = by_header
                .header("x-functions-key", key)
                .send()
                .await
                .unwrap();
            assert_eq!(by_query, expected, "{path}");
            assert_eq!(by_header.status(), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn the_handler_sees_which_key_it_was() {
    let app = app();
    let running = start(&app).await;
    let identity = async |path: String| {
        let seen = running.json(&path).await;
        seen["envelope"]["Data"]["req"]["Identities"][0].clone()
    };
    let host = key(&running, &KeyScope::Host);
    let found = identity(format!("/api/keyed?code={host}")).await;
    assert_eq!(found["AuthenticationType"], "WebJobsAuthLevel");
    let claims = found["Claims"].as_array().unwrap();
    let values: Vec<&Value> = claims.iter().map(|claim| &claim["Value"]).collect();
    assert_eq!(values, ["Function", "default"]);
    assert_eq!(
        identity("/api/open".to_owned()).await["IsAuthenticated"],
        false
    );
}

#[tokio::test]
async fn the_webhook_needs_its_own_key() {
    let app = app();
    let running = start(&app).await;
    let ask = async |extension: &str, key: &str| {
        let path = format!("/runtime/webhooks/{extension}?code={key}");
        let request = running.request("OPTIONS", &path);
        let request = request.header("WebHook-Request-Origin", "localhost");
        request.send().await.unwrap().status().as_u16()
    };
    let (system, master, host) = (
        key(&running, &KeyScope::System),
        key(&running, &KeyScope::Master),
        key(&running, &KeyScope::Host),
    );
    assert_eq!(ask("socketio", &system).await, 200);
    assert_eq!(ask("socketio", &master).await, 200);
    assert_eq!(ask("socketio", &host).await, 403);
    assert_eq!(ask("socketio", "x").await, 401);
    assert_eq!(ask("other", &system).await, 403);
    assert_eq!(ask("other", &master).await, 404);
}

#[tokio::test]
async fn the_admin_api_needs_the_master_key_where_there_is_something() {
    let app = app();
    let running = start(&app).await;
    assert_eq!(running.status("GET", "/admin/host/ping").await, 200);
    for path in ["/admin/host/status", "/admin/functions", "/admin/host/keys"] {
        let refused = running.get(path).await;
        assert_eq!(refused.status(), 401, "{path}");
        assert_eq!(refused.headers()["www-authenticate"], "Bearer", "{path}");
    }
    assert_eq!(running.status("GET", "/admin/nope").await, 404);
    let master = key(&running, &KeyScope::Master);
    for (path, expected) in [
        ("/admin/host/status", 200),
        ("/admin/functions/KEYED", 200),
        ("/admin/functions/none", 404),
        ("/admin/host/keys", 404),
    ] {
        let path = format!("{path}?code={master}");
        assert_eq!(running.status("GET", &path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn no_host_starts_that_lets_every_origin_act_as_the_user() {
    let app = App::node(json!({})).function("f", http("", "get"));
    let started = app.start_with(|builder| builder.cors("*", true)).await;
    let error = started.err().unwrap().to_string();
    assert!(error.contains("credentials"), "{error}");
}

#[tokio::test]
async fn pages_of_other_origins_may_call_if_they_are_named() {
    let app = App::node(json!({})).function("f", http("", "get"));
    let started =
        app.start_with(|builder| builder.cors("https://a.example/, http://localhost:3000", true));
    let running = started.await.unwrap();
    let ask = async |method: &str, origin: &str| {
        let request = running.request(method, "/api/f").header("origin", origin);
        let request = match method {
            "OPTIONS" => request
                .header("access-control-request-method", "PUT")
                .header("access-control-request-headers", "x-mine"),
            _ => request,
        };
        request.send().await.unwrap()
    };
    let header = |response: &reqwest::Response, name: &str| {
        let found = response
            .headers()
            .get(format!("access-control-allow-{name}"));
        found.map(|value| value.to_str().unwrap().to_owned())
    };
    let text = |text: &str| Some(text.to_owned());
    let preflight = ask("OPTIONS", "https://A.example").await;
    assert_eq!(preflight.status(), 204);
    assert_eq!(header(&preflight, "origin"), text("https://A.example"));
    assert_eq!(header(&preflight, "methods"), text("PUT"));
    assert_eq!(header(&preflight, "headers"), text("x-mine"));
    assert_eq!(header(&preflight, "credentials"), text("true"));
    let answer = ask("GET", "http://localhost:3000").await;
    assert_eq!(header(&answer, "origin"), text("http://localhost:3000"));
    for method in ["OPTIONS", "GET"] {
        assert_eq!(
            header(&ask(method, "https://b.example").await, "origin"),
            None
        );
    }

    app.write(
        "local.settings.json",
        &json!({"IsEncrypted": false, "Host": {"CORS": "*"}}).to_string(),
    );
    let running = app.start().await;
    let answer = running
        .request("GET", "/api/f")
        .header("origin", "https://x.example")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&answer, "origin"), text("*"));
}

#[tokio::test]
async fn without_cors_options_is_a_method_like_any_other() {
    let app = App::node(json!({}))
        .function("all", http("", ""))
        .function("get", http("", "get"));
    let running = app.start().await;
    assert_eq!(running.status("OPTIONS", "/api/all").await, 200);
    assert_eq!(running.status("OPTIONS", "/api/get").await, 404);
}
