//! Broken and unusual apps.

use serde_json::json;
use sio_host::{Host, StartError};

use crate::kit::{App, http};

async fn refused(app: &App) -> String {
    match app.start_with(|builder| builder).await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_broken_host_json_is_named_with_its_line() {
    let app = App::new(json!({}));
    app.write(
        "host.json",
        "{\n  \"version\": \"2.0\"\n  \"customHandler\": {}\n}",
    );
    let error = refused(&app).await;
    assert!(error.contains("host.json:3: this is not JSON"), "{error}");
    assert!(error.contains("hint:"), "{error}");
    std::fs::remove_file(app.path().join("host.json")).unwrap();
    assert!(
        refused(&app)
            .await
            .contains("host.json: there is no such file")
    );
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let error = Host::builder("/nowhere/at/all").start().await.unwrap_err();
    assert!(matches!(error, StartError::Root { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with("/nowhere/at/all is not a folder\nhint: "),
        "{text}"
    );
    // The reason is the source, and is not said a second time.
    let reason = std::error::Error::source(&error).unwrap();
    let reason = reason.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(reason.kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_broken_function_is_left_out_and_said_and_the_others_run() {
    let app = App::node(json!({}))
        .function("good", http("", ""))
        .function("bad", http("", ""))
        .function("worse", json!([]));
    app.write("bad/function.json", "{\"bindings\": [}");
    let mut running = app.start().await;
    running.line("bad/function.json:1: this is not JSON").await;
    running.line("At least one binding must be declared.").await;
    assert_eq!(running.status("GET", "/api/good").await, 200);
    assert_eq!(running.host.functions().len(), 1);
}

#[tokio::test]
async fn an_app_with_only_broken_functions_is_refused() {
    let app = App::node(json!({}))
        .function("bad", http("", ""))
        .function("worse", json!([]));
    app.write("bad/function.json", "{\"bindings\": [}");
    let error = refused(&app).await;
    assert!(error.starts_with("no function could be loaded"), "{error}");
}

#[tokio::test]
async fn broken_settings_are_refused_without_showing_a_secret() {
    let app = App::node(json!({})).function("f", http("", ""));
    app.write(
        "local.settings.json",
        "{\"IsEncrypted\": false,\n\"Values\": {\"A\": \"1\"\n\"Key\": \"s3cret\"}}",
    );
    let error = refused(&app).await;
    assert!(
        error.contains("local.settings.json:3: this is not JSON") && !error.contains("s3cret"),
        "{error}"
    );
}

#[tokio::test]
async fn settings_that_count_as_encrypted_are_refused_without_showing_a_secret() {
    let app = App::node(json!({})).function("f", http("", ""));
    app.write("local.settings.json", "{\"Values\": {\"Key\": \"s3cret\"}}");
    let error = refused(&app).await;
    assert!(
        error.contains("IsEncrypted is missing, which counts as true") && !error.contains("s3cret"),
        "{error}"
    );
}

#[tokio::test]
async fn settings_reach_the_handler_and_given_ones_win() {
    let app = App::node(json!({"enableProxyingHttpRequest": true})).function("f", http("", ""));
    app.write(
        "local.settings.json",
        "{\"IsEncrypted\": false, \"Values\": {\"TEST_A\": \"file\", \"TEST_B\": \"file\"}}",
    );
    let running = app
        .start_with(|builder| builder.variable("TEST_B", "given"))
        .await
        .unwrap();
    let seen = running.json("/api/f").await;
    let env = &seen["env"];
    assert_eq!(
        (&env["TEST_A"], &env["TEST_B"]),
        (&json!("file"), &json!("given"))
    );
}

#[tokio::test]
async fn the_handler_gets_the_hosts_variables() {
    let app = App::node(json!({"enableProxyingHttpRequest": true})).function("f", http("", ""));
    let running = app.start().await;
    let seen = running.json("/api/f").await;
    let env = &seen["env"];
    for (name, older) in [
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_HTTPWORKER_PORT"),
        (
            "FUNCTIONS_CUSTOMHANDLER_WORKER_ID",
            "FUNCTIONS_HTTPWORKER_ID",
        ),
    ] {
        assert!(env[name].is_string(), "{name}");
        assert_eq!(env[name], env[older]);
    }
    assert_eq!(env["AZURE_FUNCTIONS_ENVIRONMENT"], "Development");
    assert_eq!(
        env["WEBSITE_HOSTNAME"],
        format!("localhost:{}", running.host.address().port())
    );
    let root = std::fs::canonicalize(app.path()).unwrap();
    assert_eq!(env["FUNCTIONS_APP_ROOT_PATH"], root.to_str().unwrap());
    assert_eq!(seen["cwd"], root.to_str().unwrap());
}

#[tokio::test]
async fn an_app_without_functions_runs_without_a_handler() {
    let app =
        App::new(json!({"customHandler": {"description": {"defaultExecutablePath": "not-there"}}}));
    let running = app.start().await;
    assert_eq!(running.status("GET", "/").await, 200);
    assert_eq!(running.status("GET", "/api/x").await, 404);
}

#[tokio::test]
async fn functions_without_a_handler_section_are_refused() {
    let app = App::new(json!({})).function("f", http("", ""));
    assert!(refused(&app).await.contains("has no customHandler section"));
}
