//! Keeping what the handler was asked and what it answered.

use std::path::Path;

use serde_json::{Value, json};
use sio_host::{Recording, StartError};

use crate::kit::{App, http};

/// The recordings in a folder, by the names of their files.
fn recordings(folder: &Path) -> Vec<(String, Recording)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

#[tokio::test]
async fn a_proxied_request_is_kept_with_its_answer_but_without_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::node(json!({"enableProxyingHttpRequest": true})).function("f", http("", ""));
    let running = app.start_with(|host| host.record(folder.path())).await;
    let running = running.unwrap();
    let answer = running
        .request("POST", "/api/f?name=ada&code=k3y")
        .header("x-functions-key", "k3y")
        .header("ce-signature", "sha256=ab")
        .body(vec![0xff, 0x00])
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["url"], "/api/f?name=ada&code=k3y", "asked in full");
    let kept = recordings(folder.path());
    assert_eq!(kept.len(), 1, "questions for readiness are left out");
    let (name, recording) = &kept[0];
    assert_eq!(name, "0001-f.json");
    assert_eq!(
        (recording.function.as_str(), recording.mode.as_str()),
        ("f", "proxied")
    );
    assert_eq!(recording.path, "/api/f?name=ada&code=***");
    assert_eq!(recording.headers["ce-signature"], ["sha256=ab"]);
    assert!(!recording.headers.contains_key("x-functions-key"));
    assert_eq!(recording.body.bytes().unwrap(), [0xff, 0x00]);
    assert_eq!(recording.answer.status, 200);
    assert_eq!(
        recording.answer.headers["content-type"],
        ["application/json"]
    );
    let text = String::from_utf8(recording.answer.body.bytes().unwrap()).unwrap();
    assert!(text.contains(r#""method":"POST""#), "{text}");
    running.host.stop().await;
}

#[tokio::test]
async fn an_envelope_is_kept_as_the_handler_got_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::node(json!({})).function("f", http("", ""));
    let running = app.start_with(|host| host.record(folder.path())).await;
    let running = running.unwrap();
    assert_eq!(running.status("GET", "/api/f?a=1").await, 200);
    let kept = recordings(folder.path());
    let (_, recording) = &kept[0];
    assert_eq!(
        (recording.mode.as_str(), recording.path.as_str()),
        ("envelope", "/f")
    );
    let body: Value = serde_json::from_slice(&recording.body.bytes().unwrap()).unwrap();
    assert_eq!(body["Data"]["req"]["Query"], json!({"a": "1"}));
    running.host.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_long_is_passed_on_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::node(json!({"enableProxyingHttpRequest": true})).function("f", http("", ""));
    let running = app.start_with(|host| host.record(folder.path())).await;
    let mut running = running.unwrap();
    let long = vec![b'a'; 5 * 1024 * 1024];
    let answer = running.request("POST", "/api/f").body(long).send().await;
    assert!(!answer.unwrap().bytes().await.unwrap().is_empty());
    running.line("f is not recorded").await;
    assert!(recordings(folder.path()).is_empty());
    running.host.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let app = App::node(json!({})).function("f", http("", ""));
    let refused = app.start_with(|host| host.record(file.path())).await;
    let Err(error @ StartError::Record { .. }) = refused else {
        panic!("it started");
    };
    assert!(
        error.to_string().ends_with("cannot hold recordings"),
        "{error}"
    );
    assert!(std::error::Error::source(&error).is_some());
}
