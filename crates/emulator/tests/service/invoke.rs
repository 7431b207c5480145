//! `POST /:invoke`: sending an event and collecting the acknowledgements.

use std::time::Duration;

use serde_json::Value;

use crate::world::{World, quick};

/// The answers come as lines, also that of a client that polls, and one who leaves is not waited for.
#[tokio::test]
async fn everybody_is_asked_and_the_answers_are_gathered() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let (mut leaver, _) = world.joined().await;
    let polling = world.polling().await;
    polling.join().await;
    let call = async { world.post("/:invoke", r#"42["q",1]"#).await };
    let clients = async {
        let question = client.text().await;
        assert_eq!(leaver.text().await, question);
        assert_eq!(polling.poll().await, question);
        let id = question.strip_prefix("42").unwrap();
        let id = id.strip_suffix(r#"["q",1]"#).unwrap();
        polling.send(&format!("43{id}[\"p\"]")).await;
        client.send(&format!("43{id}[\"w\"]")).await;
        leaver.send("41").await;
    };
    let (answer, ()) = tokio::join!(call, clients);
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    let mut payloads: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| line["Payload"].as_str().unwrap().to_owned())
        .collect();
    payloads.sort_unstable();
    assert_eq!(payloads.len(), 2);
    assert!(payloads[0].ends_with(r#"["p"]"#), "{payloads:?}");
    assert!(payloads[1].ends_with(r#"["w"]"#), "{payloads:?}");
}

#[tokio::test]
async fn nobody_is_waited_for_beyond_the_time() {
    let mut settings = quick();
    settings.invoke_timeout = Duration::from_millis(50);
    let world = World::with(settings).await;
    let (_silent, _) = world.joined().await;
    let answer = world.post("/:invoke", r#"42["q"]"#).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(world.post("/:invoke", "41").await.status(), 400);
}
