//! The app between both stand-ins, on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

mod postgres;

use serde_json::{Value, json};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::{TestApp, World};

use history::{DATABASE, Store};

fn settings(address: &str) -> Settings {
    Settings::new()
        .with(Settings::ENVIRONMENT, "Development")
        .with(DATABASE, address)
}

fn sqlite(folder: &tempfile::TempDir) -> String {
    format!("sqlite://{}/history.db?mode=rwc", folder.path().display())
}

/// What a reader who comes later finds, and what is online meanwhile.
async fn talk(address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let world = World::builder(history::app()).settings(settings(address));
    let world = world.start().await?;
    let mut ada = world.connect("ada").await?;
    for text in ["one", "two"] {
        let said = ada.emit_with_ack("say", text).await?;
        assert_eq!(said.arguments[0]["text"], text);
    }
    let refused = ada.emit_with_ack("say", " ").await?;
    assert!(refused.arguments[0].is_string(), "{refused:?}");

    let mut bob = world.connect("bob").await?;
    let history = bob.emit_with_ack("since", 0).await?.arguments;
    let texts: Vec<&Value> = history[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["text"])
        .collect();
    assert_eq!(texts, ["one", "two"]);
    let first = history[0][0]["id"].clone();
    let rest = bob.emit_with_ack("since", &first).await?.arguments;
    assert_eq!(rest[0].as_array().unwrap().len(), 1);
    // Both are online once both `connected` events have been handled, which nothing waits for.
    let names = loop {
        let event = bob.next().await?;
        if event.event == "online" && event.arguments[0].as_array().unwrap().len() == 2 {
            break event.arguments;
        }
    };
    assert_eq!(names, json!([["ada", "bob"]]));
    world.stop().await;
    Ok(())
}

#[tokio::test]
async fn messages_stay_and_sockets_are_listed_in_sqlite() -> Result<(), Box<dyn std::error::Error>>
{
    let folder = tempfile::tempdir()?;
    talk(&sqlite(&folder)).await
}

#[tokio::test]
async fn messages_stay_and_sockets_are_listed_in_postgresql()
-> Result<(), Box<dyn std::error::Error>> {
    let server = postgres::Server::start()?;
    talk(&server.address()).await
}

async fn kept_once(address: &str) {
    let store = Store::open(settings(address)).await.unwrap();
    let ada = UserId::new("ada").unwrap();
    let first = store.keep("c1/1", &ada, "hello").await.unwrap().unwrap();
    assert_eq!(store.keep("c1/1", &ada, "hello").await.unwrap(), None);
    assert_eq!(store.of_event("c1/1").await.unwrap(), first);
    assert_eq!(store.since(0).await.unwrap(), [first]);
    let socket = SocketId::new("s1").unwrap();
    store.seen(&socket, &ada).await.unwrap();
    store.seen(&socket, &ada).await.unwrap();
    assert_eq!(store.sweep(60_000).await.unwrap(), 0);
    assert_eq!(store.names().await.unwrap(), ["ada"]);
    assert_eq!(store.sweep(0).await.unwrap(), 1);
    assert!(store.names().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_event_that_comes_again_is_kept_once_and_silent_sockets_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    kept_once(&sqlite(&folder)).await;
    let server = postgres::Server::start().unwrap();
    kept_once(&server.address()).await;
}

#[tokio::test]
async fn a_file_of_its_own_for_each_instance_is_refused_in_azure() {
    for (settings, expected) in [
        (Settings::new(), "the setting HISTORY_DATABASE is missing"),
        (
            Settings::new().with(DATABASE, "sqlite://x.db"),
            "names an SQLite file",
        ),
        (
            Settings::new().with(DATABASE, "postgres://u:secret-password@127.0.0.1:9/x"),
            "cannot connect to the database",
        ),
    ] {
        let error = TestApp::with(history::app(), settings).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("secret-password"), "{text}");
    }
}
