//! The control API, its faults, and who may use it.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use sio_emulator::settings::InspectorAccess;

use crate::clients::Frame;
use crate::world::{World, group, now};

impl World {
    fn control(&self, name: &str) -> String {
        format!("http://{}/_emulator/{name}", self.emulator.address())
    }

    async fn ask(&self, name: &str) -> Value {
        let answer = self.http.get(self.control(name)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    async fn tell(&self, name: &str, body: &Value) -> Response {
        let request = self.http.post(self.control(name)).json(body);
        request.send().await.unwrap()
    }

    async fn told(&self, name: &str, body: &Value) -> Value {
        let answer = self.tell(name, body).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }
}

#[tokio::test]
async fn the_state_shows_who_is_there_and_no_secret() {
    let world = World::new().await;
    let (client, socket) = world.joined_as(json!({"sub": "alice"})).await;
    let state = world.ask("state").await;
    let connection = &state["hubs"][0]["connections"][0];
    assert_eq!(connection["id"], client.sid.as_str());
    assert_eq!(connection["user"], "alice");
    assert_eq!(connection["transport"], "websocket");
    let expected = json!([{"id": socket, "namespace": "/", "live": true}]);
    assert_eq!(connection["sockets"], expected);
    assert_eq!(connection["groups"].as_array().unwrap().len(), 2);
    assert!(!state.to_string().contains(crate::world::KEY));
}

/// Strangers make no hubs, and so no memory is spent on them.
#[tokio::test]
async fn a_refused_client_leaves_no_hub_behind() {
    let world = World::new().await;
    for path in [
        "clients/socketio/hubs/h1/?EIO=4&transport=polling",
        "api/hubs/h2/groups/g",
    ] {
        let url = format!("{}/{path}", world.emulator.endpoint());
        assert_eq!(world.http.get(url).send().await.unwrap().status(), 401);
    }
    assert_eq!(world.ask("state").await["hubs"], json!([]));
}

#[tokio::test]
async fn the_steps_of_an_event_are_one_trace_that_its_webhook_names() {
    let world = World::new().await;
    world.ask("state").await;
    let (mut client, _) = world.joined().await;
    world
        .stub
        .on(|_| crate::stub::Answer::body(r#"42["back",2]"#));
    client.send(r#"42["chat",1]"#).await;
    client.text().await;
    let webhook = world.stub.event("chat").await;
    let parent = webhook.header("traceparent");
    let trace = sio_trace::TraceId::of_parent(&parent).unwrap();
    // What the function sends in the same trace belongs to it.
    let call = world.request(Method::POST, &world.api("/:send"));
    let call = call
        .header("content-type", "text/plain")
        .body(r#"42["more"]"#);
    let answer = call.header("traceparent", parent).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    client.text().await;
    // The recorder listens beside everything else, so it may be a moment behind.
    let recorded = async {
        loop {
            let whole = world.ask(&format!("trace?id={trace}")).await;
            if whole["steps"].as_array().unwrap().len() == 5 {
                break whole;
            }
        }
    };
    let whole = tokio::time::timeout(crate::PATIENCE, recorded)
        .await
        .unwrap();
    assert_eq!(whole["summary"]["name"], "chat");
    assert_eq!(whole["summary"]["sent"][1]["event"], "more");
    let found = whole["steps"].as_array().unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|hop| (hop["kind"].clone(), hop["body"].clone()))
        .collect();
    let expected = [
        (json!("event"), json!(r#"42["chat",1]"#)),
        (json!("webhook"), json!(r#"42["back",2]"#)),
        (json!("delivered"), json!(r#"42["back",2]"#)),
        (json!("delivered"), json!(r#"42["more"]"#)),
        (json!("rest"), Value::Null),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn clients_are_addressed_moved_kicked_and_dropped() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let (mut other, _) = world.joined().await;
    let sid = client.sid.clone();
    let of = |group: &str| json!({"hub": "hub", "connection": sid, "group": group});
    let room = group("/", "room");
    world.told("join", &of(&room)).await;
    let send = json!({"hub": "HUB", "group": room, "payload": "42[\"x\"]"});
    assert_eq!(world.told("send", &send).await["clients"], 1);
    assert_eq!(client.text().await, "42[\"x\"]");
    world.told("leave", &of(&room)).await;
    assert_eq!(
        world.status(Method::HEAD, &format!("/groups/{room}")).await,
        404
    );
    let kick = json!({"hub": "hub", "connection": client.sid, "reason": "bye"});
    world.told("kick", &kick).await;
    client.expect_closed().await;
    world
        .told("drop", &json!({"hub": "hub", "connection": other.sid}))
        .await;
    assert_eq!(other.next().await, Frame::End(None));
    assert!(world.stub.nth("disconnected", 1).await.body.contains("bye"));
    for (name, body, status) in [
        ("kick", kick, 404),
        ("send", json!({"hub": "none", "payload": "42[\"x\"]"}), 404),
        ("send", json!({"hub": "hub", "payload": "hello"}), 400),
        ("send", json!({"hub": "hub", "unknown": 1}), 400),
        (
            "send",
            json!({"hub": "hub", "group": room, "user": "ada", "payload": "42[\"x\"]"}),
            400,
        ),
        ("nothing", json!({}), 404),
    ] {
        assert_eq!(
            world.tell(name, &body).await.status(),
            status,
            "{name} {body}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_with_the_right_ones() {
    let world = World::new().await;
    for (path, method, allowed) in [
        ("", Method::POST, "GET, HEAD"),
        ("_emulator/page.js", Method::PUT, "GET, HEAD"),
        ("_emulator/state", Method::POST, "GET"),
        ("_emulator/faults", Method::GET, "POST, DELETE"),
        ("_emulator/reset", Method::GET, "POST"),
    ] {
        let url = format!("{}/{path}", world.emulator.endpoint());
        let request = reqwest::Client::new().request(method, url);
        let answer = request
            .header("content-type", "application/json")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
    }
}

#[tokio::test]
async fn rest_fails_so_many_times_and_then_no_more() {
    let world = World::new().await;
    let fault = json!({"rest": {"calls": 2, "status": 503, "retryAfter": 7}});
    world.told("faults", &fault).await;
    for _ in 0..2 {
        let answer = world.call(Method::HEAD, "/groups/g").await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"7".parse().unwrap())
        );
    }
    assert_eq!(world.status(Method::HEAD, "/groups/g").await, 404);
    assert_eq!(world.ask("state").await["faults"]["rest"], Value::Null);
    let wrong = json!({"rest": {"calls": 1, "status": 200}});
    assert_eq!(world.tell("faults", &wrong).await.status(), 400);
}

#[tokio::test]
async fn webhooks_come_twice_late_or_not_at_all() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    world.stub.event("connected").await;
    world
        .told(
            "faults",
            &json!({"webhook": {"calls": 1, "duplicate": true}}),
        )
        .await;
    client.send(r#"42["twice"]"#).await;
    let first = world.stub.event("twice").await;
    let second = world.stub.nth("twice", 2).await;
    assert_eq!(first.header("ce-id"), second.header("ce-id"));
    world
        .told("faults", &json!({"webhook": {"calls": 1, "fail": 0}}))
        .await;
    client.send(r#"42["never"]"#).await;
    client.send(r#"42["after"]"#).await;
    world.stub.event("after").await;
    assert!(world.stub.named("never").is_empty());
    world
        .told(
            "faults",
            &json!({"webhook": {"calls": 1, "delay": 100, "fail": 500}}),
        )
        .await;
    client.send(r#"42["late"]"#).await;
    client.send(r#"42["last"]"#).await;
    world.stub.event("last").await;
    assert!(world.stub.named("late").is_empty());
}

#[tokio::test]
async fn tokens_are_refused_or_expire_on_demand() {
    let world = World::new().await;
    let opens = async |claims: Value| {
        let token = world.token(claims);
        let url = world.client_url(&format!("&transport=polling&access_token={token}"));
        world.http.get(url).send().await.unwrap().status().as_u16()
    };
    world.told("faults", &json!({"tokens": {"calls": 1}})).await;
    assert_eq!(opens(json!({})).await, 401);
    world
        .told("faults", &json!({"tokens": {"issuedUntil": now()}}))
        .await;
    assert_eq!(opens(json!({"iat": now() - 10})).await, 401);
    assert_eq!(opens(json!({"iat": now() + 10})).await, 200);
    let cleared = world
        .http
        .delete(world.control("faults"))
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.status(), 200);
    assert_eq!(opens(json!({})).await, 200);
    // An hour and more passes at once, and the token's time with it.
    let change = json!({"advance": 4000, "speed": 2});
    assert_eq!(world.told("clock", &change).await["speed"], 2.0);
    assert_eq!(opens(json!({})).await, 401);
}

#[tokio::test]
async fn pages_of_other_origins_are_kept_out() {
    let world = World::new().await;
    let state = || world.http.get(world.control("state"));
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status();
    assert_eq!(status(state().header("host", "evil.example")).await, 403);
    assert_eq!(
        status(state().header("origin", "http://evil.example")).await,
        403
    );
    assert_eq!(status(state().header("origin", "null")).await, 403);
    let own = format!("http://{}", world.emulator.address());
    assert_eq!(status(state().header("origin", own)).await, 200);
    let form = world.http.post(world.control("clock")).body("{}");
    assert_eq!(status(form.header("content-type", "text/plain")).await, 403);
    let mut settings = crate::world::quick();
    settings.inspector = false;
    let without = World::with(settings).await;
    for path in ["", "_emulator/state"] {
        let url = format!("{}/{path}", without.emulator.endpoint());
        assert_eq!(without.http.get(url).send().await.unwrap().status(), 404);
    }
}

/// What comes through a tunnel or a proxy comes from this machine, and is not of this machine.
#[tokio::test]
async fn other_machines_need_an_access_key() {
    let world = World::new().await;
    let get = |path: &str| {
        let url = format!("http://{}/{path}", world.emulator.address());
        world.http.get(url).header("x-forwarded-for", "203.0.113.9")
    };
    for path in ["", "_emulator/state", "_emulator/inspector.js"] {
        let refused = get(path).send().await.unwrap();
        assert_eq!(refused.status(), 401, "{path}");
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Basic "), "{challenge}");
        for key in [crate::world::KEY, crate::world::SECOND_KEY] {
            let as_token = get(path).bearer_auth(key).send().await.unwrap();
            assert_eq!(as_token.status(), 200, "{path}");
            let as_password = get(path).basic_auth("me", Some(key)).send().await.unwrap();
            assert_eq!(as_password.status(), 200, "{path}");
        }
        let wrong = get(path).bearer_auth("wrong").send().await.unwrap();
        assert_eq!(wrong.status(), 401, "{path}");
    }
    let mut settings = crate::world::quick();
    settings.inspector_access = InspectorAccess::Open;
    let open = World::with(settings).await;
    let request = open.http.get(open.control("state"));
    let answer = request.header("x-forwarded-for", "203.0.113.9").send();
    assert_eq!(answer.await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_reset_closes_connections_and_takes_back_what_tests_have_set() {
    let world = World::new().await;
    let (mut client, _) = world.joined_as(json!({"sub": "alice"})).await;
    world
        .told("faults", &json!({"rest": {"calls": 3, "status": 429}}))
        .await;
    world
        .told("clock", &json!({"advance": 3600, "speed": 2}))
        .await;
    assert_eq!(world.told("reset", &json!({})).await, json!({"closed": 1}));
    client.expect_closed().await;
    let state = world.ask("state").await;
    assert_eq!(state["faults"]["rest"], Value::Null);
    assert_eq!(state["clock"]["speed"], json!(1.0));
    assert!(state["clock"]["now"].as_i64().unwrap() / 1000 < now() + 60);
    assert_eq!(
        world.ask("state").await["hubs"][0]["connections"],
        json!([])
    );
}

#[tokio::test]
async fn the_pages_files_can_be_asked_for_their_head() {
    let world = World::new().await;
    for path in ["", "_emulator/page.js"] {
        let url = format!("{}/{path}", world.emulator.endpoint());
        let answer = world.http.head(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.text().await.unwrap().is_empty());
    }
}
