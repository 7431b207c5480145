//! Starting again when files change.

use serde_json::{Value, json};
use sio_host::Hop;

use crate::kit::{App, Running, fixture, http};

async fn start(app: &App) -> Running {
    app.start_with(|builder| builder.watch(true)).await.unwrap()
}

async fn reloading(running: &mut Running) -> Vec<String> {
    let files = running.hop(|hop| match hop {
        Hop::Reloading { files } => Some(files.clone()),
        _ => None,
    });
    files.await
}

async fn ready(running: &mut Running) {
    let ready = |hop: &Hop| matches!(hop, Hop::HandlerReady { .. }).then_some(());
    running.hop(ready).await;
}

async fn process(running: &Running) -> Value {
    running.json("/api/f").await["request"]["pid"].clone()
}

#[tokio::test]
async fn a_new_function_is_served_by_a_new_handler_and_no_request_is_lost() {
    let app = App::node(json!({})).function("f", http("", ""));
    let mut running = start(&app).await;
    let before = process(&running).await;
    let (base, client) = (running.base.clone(), running.client.clone());
    let asking = tokio::spawn(async move {
        loop {
            let response = client.get(format!("{base}/api/f")).send().await.unwrap();
            assert_eq!(response.status(), 200);
        }
    });
    assert_eq!(running.status("GET", "/api/g").await, 404);
    let app = app.function("g", http("", ""));
    assert_eq!(reloading(&mut running).await, ["g/function.json"]);
    ready(&mut running).await;
    assert_eq!(running.status("GET", "/api/g").await, 200);
    assert_ne!(process(&running).await, before);
    assert!(!asking.is_finished());
    asking.abort();
    running.host.stop().await;
    drop(app);
}

#[tokio::test]
async fn a_broken_app_leaves_the_one_before_in_place_until_it_is_mended() {
    let app = App::node(json!({})).function("f", http("", ""));
    let good = std::fs::read_to_string(app.path().join("host.json")).unwrap();
    let mut running = start(&app).await;
    app.write("host.json", "{");
    running.line("the app as it was before keeps running").await;
    assert_eq!(running.status("GET", "/api/f").await, 200);
    // A handler that cannot run does not end the host either.
    let missing = json!({"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "missing"}}});
    app.write("host.json", &missing.to_string());
    running.line("error: ").await;
    assert_eq!(running.status("GET", "/api/f").await, 500);
    app.write("host.json", &good);
    ready(&mut running).await;
    assert_eq!(running.status("GET", "/api/f").await, 200);
}

#[tokio::test]
async fn files_and_folders_that_host_json_names_are_watched() {
    let app = App::handled(
        "node",
        "node.mjs",
        json!({}),
        json!({"watchFiles": ["my.txt"], "watchDirectories": ["data"]}),
    )
    .function("f", http("", ""));
    std::fs::create_dir(app.path().join("data")).unwrap();
    app.write("other.txt", "1");
    let mut running = start(&app).await;
    app.write("other.txt", "22");
    app.write("my.txt", "1");
    assert_eq!(reloading(&mut running).await, ["my.txt"]);
    ready(&mut running).await;
    app.write("data/a", "1");
    assert_eq!(reloading(&mut running).await, ["data/a"]);
}

#[tokio::test]
async fn what_a_script_may_import_is_watched_and_its_packages_are_not() {
    let description = json!({"defaultExecutablePath": "node", "arguments": ["app/main.mjs"]});
    let app = App::new(json!({"customHandler": {"description": description}}))
        .function("f", http("", ""));
    for folder in ["app", "app/lib", "app/node_modules"] {
        std::fs::create_dir(app.path().join(folder)).unwrap();
    }
    let handler = url::Url::from_file_path(fixture("node.mjs")).unwrap();
    app.write("app/main.mjs", &format!("import \"{handler}\";"));
    let mut running = start(&app).await;
    app.write("app/node_modules/package.mjs", "export {};");
    app.write("app/data.txt", "1");
    app.write("app/lib/rooms.mjs", "export {};");
    assert_eq!(reloading(&mut running).await, ["app/lib/rooms.mjs"]);
    ready(&mut running).await;
}

#[tokio::test]
async fn a_fixed_port_is_taken_over_from_the_handler_before() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let number = port.local_addr().unwrap().port();
    drop(port);
    let app = App::node(json!({"port": number})).function("f", http("", ""));
    let mut running = start(&app).await;
    app.write(
        "local.settings.json",
        "{\"IsEncrypted\":false,\"Values\":{\"TEST_NEW\":\"1\"}}",
    );
    reloading(&mut running).await;
    ready(&mut running).await;
    assert_eq!(
        running.json("/api/f").await["request"]["env"]["TEST_NEW"],
        "1"
    );
}
