//! A handler that cannot be started, or does not come up: what is said, and what to do.

use std::time::Duration;

use serde_json::json;
use sio_host::{Hop, StartError};

use crate::kit::{App, fixture, http};

async fn refused(app: &App) -> String {
    match app.start_with(|builder| builder).await {
        Err(StartError::Handler(error)) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    }
}

fn with_executable(path: &str) -> App {
    App::new(json!({"customHandler": {"description": {"defaultExecutablePath": path}}}))
        .function("f", http("", ""))
}

#[tokio::test]
async fn a_missing_handler_is_named_with_the_setting_and_the_remedy() {
    let app = with_executable("handler");
    let error = refused(&app).await;
    for part in [
        "there is no handler",
        "/handler",
        "customHandler.description.defaultExecutablePath",
        "sio stage",
    ] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
}

// Windows has no execute bit, and there the format is not looked at.
#[cfg(unix)]
#[tokio::test]
async fn a_handler_without_its_execute_bit_or_for_another_system_is_refused() {
    let app = with_executable("handler");
    app.write("handler", "#!/bin/sh\n");
    assert!(refused(&app).await.contains("lacks the execute bit"));
    app.write("handler", "MZ and so on");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(
        app.path().join("handler"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    assert!(refused(&app).await.contains("it is a Windows program"));
}

#[tokio::test]
async fn a_handler_that_leaves_at_once_is_reported_with_its_last_words() {
    let app = App::new(json!({"customHandler": {"description": {"defaultExecutablePath": "sh", "arguments": ["-c", "\"echo one >&2; echo two >&2; exit 7\""]}}})).function("f", http("", ""));
    let error = refused(&app).await;
    assert!(
        error.contains("failed 3 times") && error.contains("code 7 (0x7): one,two"),
        "{error}"
    );
    let app =
        App::new(json!({"customHandler": {"description": {"defaultExecutablePath": "true"}}}))
            .function("f", http("", ""));
    assert!(
        refused(&app)
            .await
            .contains("exited with code 0 before it answered")
    );
}

#[tokio::test]
async fn a_handler_that_never_listens_is_reported_after_its_time() {
    let app = App::new(json!({"customHandler": {"initializationTimeout": "00:00:01", "description": {"defaultExecutablePath": "sleep", "arguments": ["60"]}}})).function("f", http("", ""));
    let error = refused(&app).await;
    assert!(
        error.contains("within 1 s") && error.contains("FUNCTIONS_CUSTOMHANDLER_PORT"),
        "{error}"
    );
}

/// An app whose handler is a script of the shell, which may go on as the Node handler.
fn with_script(script: &str, switches: serde_json::Value) -> App {
    let mut handler = switches;
    handler["description"] = json!({"defaultExecutablePath": "sh", "arguments": ["handler.sh"]});
    let app = App::new(json!({"customHandler": handler})).function("f", http("", ""));
    let node = fixture("node.mjs");
    let script = script.replace("{node}", &format!("exec node '{}'", node.display()));
    app.write("handler.sh", &script);
    app
}

#[tokio::test]
async fn a_handler_that_takes_its_port_late_is_waited_for() {
    let app = with_script("sleep 0.4; {node}", json!({}));
    let mut running = app.start().await;
    let elapsed = running.hop(|hop| match hop {
        Hop::HandlerReady { elapsed, .. } => Some(*elapsed),
        _ => None,
    });
    assert!(elapsed.await >= Duration::from_millis(400));
    assert_eq!(running.status("GET", "/api/f").await, 200);
}

#[tokio::test]
async fn a_handler_that_floods_stderr_is_read_to_its_end_and_answers() {
    // More than any pipe holds, and a line without an end.
    let flood =
        "head -c 2000000 /dev/zero | tr '\\0' x >&2; yes 'an error' | head -n 50000 >&2; {node}";
    let app = with_script(flood, json!({}));
    let running = app.start().await;
    assert_eq!(running.status("GET", "/api/f").await, 200);
}

#[tokio::test]
async fn a_handler_that_answers_garbage_fails_invocations_with_the_reason() {
    let garbage = "exec node -e \"require('net').createServer((s) => s.on('data', () => s.end('garbage\\r\\n\\r\\n'))).listen(process.env.FUNCTIONS_CUSTOMHANDLER_PORT, '127.0.0.1')\"";
    for switches in [
        json!({}),
        json!({"enableForwardingHttpRequest": true}),
        json!({"enableProxyingHttpRequest": true}),
    ] {
        let app = with_script(garbage, switches);
        let mut running = app.start().await;
        assert_eq!(running.status("GET", "/api/f").await, 500);
        let line = running.line("← 500 f").await;
        assert!(line.contains("invalid HTTP version"), "{line}");
    }
}
