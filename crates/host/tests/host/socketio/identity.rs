//! Connections by identity: tokens come from elsewhere, the service makes those of clients, signatures are not checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use sio_emulator::Settings;

use super::*;

/// A token in the form of Microsoft Entra's, which the emulator takes at its word.
fn entra() -> String {
    let part =
        |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = seconds.unwrap().as_secs();
    let head = part(json!({"alg": "RS256"}));
    let claims = part(json!({
        "aud": "https://webpubsub.azure.com",
        "iss": "https://login.microsoftonline.com/t/v2.0",
        "exp": now + 600
    }));
    format!("{head}.{claims}.c2lnbmF0dXJl")
}

async fn emulator(entra_tokens: bool) -> Emulator {
    let mut settings = Settings::default();
    settings.entra_tokens = entra_tokens;
    let handler = EventHandler::new("http://localhost:1/").system_events([]);
    let emulator = Emulator::builder().key(KEY).settings(settings);
    emulator.handlers(vec![handler]).start().await.unwrap()
}

/// The app with an identity for a service, and how often its token was asked for.
async fn start(service: &str) -> (App, Running, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let source = {
        let asked = asked.clone();
        move |identity: sio_host::Identity| {
            asked.fetch_add(1, Ordering::Relaxed);
            assert_eq!(identity.connection, SETTING);
            let credential = ("credential".to_owned(), "managedidentity".to_owned());
            assert!(identity.settings.contains(&credential));
            async { Ok(entra()) }
        }
    };
    let app = app();
    let started = app.start_with(|builder| {
        builder
            .variable(format!("{SETTING}__endpoint"), service)
            .variable(format!("{SETTING}__credential"), "managedidentity")
            .variable("HUB", "hub")
            .identities(source)
    });
    let running = started.await.unwrap();
    (app, running, asked)
}

#[tokio::test]
async fn the_service_makes_the_tokens_of_clients_and_takes_actions() {
    let emulator = emulator(true).await;
    let (_app, mut running, asked) = start(emulator.endpoint()).await;
    assert_eq!(asked.load(Ordering::Relaxed), 0, "not before it is needed");
    // N7: endpoint and path are the extension's, only the token is the service's.
    let found = running.json("/api/negotiate?userId=ada%20b%26c").await;
    assert_eq!(found["endpoint"], emulator.endpoint());
    assert_eq!(found["path"], "/clients/socketio/hubs/hub");
    let token = found["token"].as_str().unwrap();
    let audience = format!("{}/clients/socketio/hubs/hub", emulator.endpoint());
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(seconds.unwrap().as_secs()).unwrap();
    let claims = sio_protocol::token::verify(token, &[KEY], now, |found| found == audience);
    assert_eq!(claims.unwrap().user(), Some("ada b&c"));

    let actions = json!([{"actionName": "sendToNamespace", "eventName": "a", "parameters": [1]}]);
    let packet = json!(["scripted", {"actions": actions, "returns": {"ack": ["done"]}}]);
    let sent = emit(&running, &format!("425{packet}"), &[]);
    assert_eq!(answer(sent).await, (200, "435[\"done\"]".to_owned()));
    running.line("sent SendToNamespace").await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    emulator.stop().await;
}

#[tokio::test]
async fn the_origin_decides_alone_who_may_post() {
    let (_app, running, _) = start("http://localhost:1/").await;
    for (changes, expected) in [
        (&[("ce-signature", "-")][..], 200),
        (&[("ce-signature", "garbage")], 200),
        (&[("webhook-request-origin", "other.example")], 401),
    ] {
        let posted = event(&running, "sys.connected", "connected", changes);
        let posted = posted.header("content-type", "application/json").body("{}");
        assert_eq!(status(posted).await, expected, "{changes:?}");
    }
}

#[tokio::test]
async fn a_service_that_refuses_the_token_fails_the_function() {
    let emulator = emulator(false).await;
    let (_app, mut running, _) = start(emulator.endpoint()).await;
    let path = "/api/negotiate?userId=ada";
    assert_eq!(running.status("GET", path).await, 500);
    let line = running.line("← 500 negotiate").await;
    assert!(line.contains("the service answered 401"), "{line}");
    emulator.stop().await;
}
