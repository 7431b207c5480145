//! The handler's life: starting, failing, restarting, ending.

use std::time::Duration;

use serde_json::json;
use sio_host::{Hop, Level};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use crate::kit::{App, PATIENCE, Running, http, is_running};

fn app() -> App {
    App::node(json!({"enableProxyingHttpRequest": true})).function("f", http("{*path}", ""))
}

async fn process(running: &Running) -> u32 {
    running.json("/api/who").await["pid"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap()
}

#[tokio::test]
async fn console_lines_are_classified() {
    let app = app();
    let mut running = app.start().await;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.push(
            running
                .hop(|hop| match hop {
                    Hop::Console { level, text } => Some((*level, text.clone())),
                    _ => None,
                })
                .await,
        );
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            (Level::Information, "a line on stdout".to_owned()),
            (Level::Warning, "a warning on stderr".to_owned()),
        ]
    );
}

#[tokio::test]
async fn stopping_leaves_no_process_behind() {
    let app = app();
    let running = app.start().await;
    let id = process(&running).await;
    assert!(is_running(id));
    timeout(Duration::from_secs(3), running.host.stop())
        .await
        .expect("it stops within three seconds");
    assert!(!is_running(id));
    assert!(
        tokio::net::TcpStream::connect(running.host.address())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_handler_that_ignores_sigterm_is_killed() {
    let app = App::python(json!({"enableProxyingHttpRequest": true})).function("f", http("", ""));
    let running = app
        .start_with(|builder| builder.variable("TEST_IGNORE_TERM", "1"))
        .await
        .unwrap();
    let id = running.json("/api/f").await["pid"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap();
    timeout(Duration::from_secs(3), running.host.stop())
        .await
        .expect("it stops within three seconds");
    assert!(!is_running(id));
}

#[tokio::test]
async fn what_the_handler_started_ends_with_it() {
    let script = format!(
        "\"python3 '{}' & wait\"",
        crate::kit::fixture("python.py").display()
    );
    let app = App::new(json!({"customHandler": {
        "enableProxyingHttpRequest": true,
        "description": {"defaultExecutablePath": "sh", "arguments": ["-c", script]}
    }}));
    let app = app.function("f", http("", ""));
    let running = app
        .start_with(|builder| builder.variable("TEST_IGNORE_TERM", "1"))
        .await
        .unwrap();
    let headers = running.json("/api/f").await["headers"].clone();
    let address = headers["host"].as_str().unwrap().to_owned();
    running.host.stop().await;
    nothing_listens(&address).await;
}

/// Waits until nothing listens any more. A connection to a process that ends is closed with it.
async fn nothing_listens(address: &str) {
    let refused = async {
        while let Ok(mut connection) = tokio::net::TcpStream::connect(address).await {
            let _ = connection.read_to_end(&mut Vec::new()).await;
        }
    };
    timeout(PATIENCE, refused).await.expect("the handler ends");
}

#[tokio::test]
async fn dropping_a_host_kills_its_handler() {
    let app = app();
    let running = app.start().await;
    let seen = running.json("/api/who").await;
    let port: u16 = seen["env"]["FUNCTIONS_CUSTOMHANDLER_PORT"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    drop(running);
    nothing_listens(&format!("127.0.0.1:{port}")).await;
}

#[tokio::test]
async fn code_200_is_restarted_as_often_as_it_likes() {
    let app = app();
    let mut running = app.start().await;
    running.line("handler ready").await;
    for _ in 0..4 {
        assert_eq!(running.status("GET", "/api/exit?code=200").await, 500);
        running
            .line("exited with code 200 (0xC8): it asked to be restarted")
            .await;
        running.line("handler ready").await;
    }
    assert_eq!(running.status("GET", "/api/who").await, 200);
}

#[tokio::test]
async fn code_0_is_never_restarted() {
    let app = app();
    let mut running = app.start().await;
    running.line("handler ready").await;
    assert_eq!(running.status("GET", "/api/exit?code=0").await, 500);
    running
        .line("exited with code 0 (0x0): the host does not restart it")
        .await;
    assert_eq!(running.status("GET", "/api/who").await, 500);
    running
        .line("Failed to proxy request with ForwarderError")
        .await;
}

/// Ends the handler's process. A body that was begun is not sent again; a request without one would end the next
/// process, too.
async fn exit(running: &Running) -> u16 {
    let request = running.request("POST", "/api/exit?code=3").body("begun");
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_third_failure_stops_the_host() {
    let app = app();
    let mut running = app.start().await;
    let stopped = running.host.stopped();
    running.line("handler ready").await;
    for failure in 1..=2 {
        let before = process(&running).await;
        assert_eq!(exit(&running).await, 500);
        running.line(&format!("failure {failure} of 3")).await;
        running.line("handler ready").await;
        assert_ne!(process(&running).await, before);
    }
    assert_eq!(exit(&running).await, 500);
    let reason = timeout(PATIENCE, stopped).await.unwrap().to_string();
    assert!(
        reason.contains("Exceeded http worker restart retry count"),
        "{reason}"
    );
    assert!(
        reason.contains("exited with code 3 (0x3): leaving with 3"),
        "{reason}"
    );
    assert_eq!(running.status("GET", "/api/who").await, 500);
}

#[tokio::test]
async fn restarts_keep_the_port() {
    let app = app();
    let mut running = app.start().await;
    running.line("handler ready").await;
    let port = |seen: serde_json::Value| seen["env"]["FUNCTIONS_CUSTOMHANDLER_PORT"].clone();
    let id = |seen: serde_json::Value| seen["env"]["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"].clone();
    let first = running.json("/api/who").await;
    running.host.restart_handler().await.unwrap();
    let second = running.json("/api/who").await;
    assert_eq!(port(first.clone()), port(second.clone()));
    assert_ne!(id(first), id(second));
}

#[tokio::test]
async fn requests_wait_while_the_handler_is_replaced() {
    let app = app();
    let running = app.start().await;
    let before = process(&running).await;
    // The restart is asked for first; these come while it goes on.
    let asked = async {
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..20 {
            all.spawn(running.request("GET", "/api/who").send());
        }
        all.join_all().await
    };
    let (restarted, answers) = tokio::join!(running.host.restart_handler(), asked);
    restarted.unwrap();
    for answer in answers {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_ne!(process(&running).await, before);
    assert!(!is_running(before));
}

#[tokio::test]
async fn a_proxied_request_during_a_restart_arrives_with_its_body() {
    let app = app();
    let mut running = app.start().await;
    running.line("handler ready").await;
    for _ in 0..5 {
        assert_eq!(running.status("GET", "/api/exit?code=200").await, 500);
        // Until it is gone, its listener takes connections and then resets them: those requests fail in the host too.
        running.line("exited with code 200").await;
        let request = running.request("POST", "/api/who").body("hello");
        let seen: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(seen["body"], "aGVsbG8=");
    }
}

#[tokio::test]
async fn a_streamed_answer_that_outlasts_its_time_is_cut_and_the_handler_restarted() {
    let app = App::handled(
        "node",
        "node.mjs",
        json!({"enableProxyingHttpRequest": true}),
        json!({"functionTimeout": "00:00:01"}),
    );
    let app = app.function("f", http("{*path}", ""));
    let mut running = app.start().await;
    let mut response = running.get("/api/slow").await;
    assert_eq!(response.chunk().await.unwrap().unwrap(), "first\n");
    assert!(response.chunk().await.is_err());
    running.line("A function timeout has occurred").await;
    running.line("handler ready").await;
}

#[tokio::test]
async fn a_replacement_that_does_not_run_is_an_error_and_can_be_mended() {
    let app = app();
    let good = std::fs::read_to_string(crate::kit::fixture("node.mjs")).unwrap();
    app.write("handler.mjs", &good);
    let text = std::fs::read_to_string(app.path().join("host.json")).unwrap();
    let quoted = format!("\\\"{}\\\"", crate::kit::fixture("node.mjs").display());
    app.write("host.json", &text.replace(&quoted, "handler.mjs"));
    let running = app.start().await;
    app.write(
        "handler.mjs",
        "console.error('broken on purpose'); process.exit(1);",
    );
    let error = timeout(PATIENCE, running.host.restart_handler())
        .await
        .unwrap()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("exited with code 1") && error.contains("broken on purpose"),
        "{error}"
    );
    assert_eq!(running.status("GET", "/api/who").await, 500);
    app.write("handler.mjs", &good);
    timeout(PATIENCE, running.host.restart_handler())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(running.status("GET", "/api/who").await, 200);
}

#[tokio::test]
async fn a_handler_that_runs_already_can_be_used() {
    let first = app();
    let first = first.start().await;
    let port: u16 = first.json("/api/who").await["env"]["FUNCTIONS_CUSTOMHANDLER_PORT"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let second = app();
    let second = second
        .start_with(|builder| builder.attach(port))
        .await
        .unwrap();
    let id = process(&second).await;
    assert_eq!(id, process(&first).await);
    second.host.restart_handler().await.unwrap();
    second.host.stop().await;
    assert!(is_running(id), "another process is left alone");
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_hanging_invocation() {
    let app = App::node(json!({})).function("hang", http("", ""));
    let mut running = app.start().await;
    let hanging = tokio::spawn(running.request("GET", "/api/hang").send());
    running.line("empty body or null").await;
    timeout(Duration::from_secs(3), running.host.stop())
        .await
        .expect("it stops within three seconds");
    let answer = timeout(PATIENCE, hanging).await.unwrap().unwrap();
    assert!(answer.is_err() || answer.unwrap().status() == 500);
}
