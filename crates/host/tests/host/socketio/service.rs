//! Towards the service: connections, negotiation, actions.

use super::*;

#[tokio::test]
async fn connections_that_cannot_be_used_stop_the_start() {
    let start = |name: &'static str, value: &'static str| async move {
        let app = app();
        let started = app.start_with(|builder| builder.variable(name, value).variable("HUB", "h"));
        started.await.err().unwrap().to_string()
    };
    let missing = start("X", "y").await;
    assert!(
        missing.contains(
            "SocketIO connection string 'WebPubSubForSocketIOConnectionString' does not exist."
        ),
        "{missing}"
    );
    assert!(missing.contains("hint: "), "{missing}");
    let identity = start(
        "WebPubSubForSocketIOConnectionString__endpoint",
        "https://a",
    )
    .await;
    assert!(identity.contains("identity-based"), "{identity}");
    let twice = app().function("again", json!([trigger("SCRIPTED")]));
    let twice = twice.start_with(|builder| {
        builder
            .variable(SETTING, "Endpoint=http://localhost;AccessKey=k")
            .variable("HUB", "h")
    });
    let error = twice.await.err().unwrap().to_string();
    assert!(error.contains("Duplicated binding attribute find: Hub: hub, Namespace: /, EventName: Scripted, EventType: User"), "{error}");
}

#[tokio::test]
async fn negotiation_signs_a_token_for_the_user_in_the_query() {
    let (_app, running) = alone().await;
    let found = running.json("/api/negotiate?userId=ada").await;
    assert_eq!(found["endpoint"], "http://localhost:1");
    assert_eq!(found["path"], "/clients/socketio/hubs/hub");
    let token = found["token"].as_str().unwrap();
    let audience = "http://localhost:1/clients/socketio/hubs/hub";
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(seconds.unwrap().as_secs()).unwrap();
    let claims = sio_protocol::token::verify(token, &[KEY], now, |found| found == audience);
    assert_eq!(claims.unwrap().user(), Some("ada"));
    // A missing query member fails the function.
    assert_eq!(running.status("GET", "/api/negotiate").await, 500);
}

#[tokio::test]
async fn what_azure_would_not_do_is_said_at_the_start() {
    let mut clashing = trigger("a");
    clashing["parameterNames"] = json!(["payload"]);
    let mut system = trigger("connected");
    system["parameterNames"] = json!(["x"]);
    let app = App::handled("node", "socketio.mjs", json!({}), json!({"extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}}))
        .function("clashing", json!([clashing]))
        .function("system", json!([system]));
    let setting = format!("Endpoint=http://localhost;AccessKey={KEY}");
    let started = app.start_with(|builder| builder.variable(SETTING, setting));
    let mut running = started.await.unwrap();
    running
        .line("'clashing': parameterNames has \"payload\"")
        .await;
    running
        .line("'system': parameterNames are for user events")
        .await;
    running
        .line("Microsoft.Azure.Functions.ExtensionBundle.Preview")
        .await;
}

/// The emulator on the other side.
#[tokio::test]
async fn actions_reach_the_service_and_its_refusal_fails_the_function() {
    let emulator = Emulator::builder()
        .key(KEY)
        .handlers(vec![
            EventHandler::new("http://localhost:1/").system_events([]),
        ])
        .start()
        .await
        .unwrap();
    let (_app, mut running) = start(emulator.endpoint()).await;
    let script = json!([
        {"actionName": "sendToNamespace", "eventName": "a", "parameters": [1]},
        {"actionName": "sendToRooms", "rooms": ["x", "y"], "exceptRooms": ["z"], "eventName": "b"},
        {"actionName": "sendToSocket", "socketId": "{me}", "eventName": "c"},
        {"actionName": "addSocketToRoom", "socketId": "{me}", "room": "r"},
        {"actionName": "removeSocketFromRoom", "socketId": "{me}", "room": "r"},
        {"actionName": "disconnectSockets", "rooms": ["{me}"], "closeUnderlyingConnection": true}
    ]);
    let scripted =
        |actions: &Value| json!(["scripted", {"actions": actions, "returns": {"ack": ["done"]}}]);
    let sent = emit(&running, &format!("425{}", scripted(&script)), &[]);
    assert_eq!(answer(sent).await, (200, "435[\"done\"]".to_owned()));
    for action in ["SendToNamespace", "SendToRooms"] {
        running.line(&format!("sent {action}")).await;
    }
    running
        .line("the exception only holds for the last room")
        .await;
    for action in [
        "SendToSocket",
        "AddSocketToRoom",
        "RemoveSocketFromRoom",
        "DisconnectSockets",
    ] {
        running.line(&format!("sent {action}")).await;
    }
    // As JSON text, too.
    let text = json!("[{\"actionName\":\"sendToNamespace\",\"eventName\":\"a\"}]");
    let sent = emit(&running, &format!("425{}", scripted(&text)), &[]);
    assert_eq!(answer(sent).await.0, 200);
    for (actions, words) in [
        (
            json!([{"type": "sendToNamespace"}]),
            "Not supported SocketIOAction: .",
        ),
        (json!(["x"]), "takes actions as JSON objects"),
        (
            json!({"actionName": "sendToNamespace"}),
            "EventName cannot be null or empty.",
        ),
    ] {
        let sent = emit(&running, &format!("425{}", scripted(&actions)), &[]);
        assert_eq!(answer(sent).await.0, 500, "{words}");
        running.line(words).await;
    }
    emulator.stop().await;
}
