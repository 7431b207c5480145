//! Apps between both stand-ins, with clients of the bare protocol.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use socketio_functions::app::Bindings;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::{ClientError, Received, World, WorldError, WorldSocket};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::PATIENCE;

#[derive(Clone)]
struct Name(&'static str);

async fn chat(
    socket: Socket,
    user: UserId,
    State(Name(name)): State<Name>,
    Data(text): Data<String>,
) -> Ack<(String, &'static str)> {
    socket.broadcast().emit("said", (&user, &text));
    Ack((text, name))
}

fn app(name: &'static str) -> App {
    App::new()
        .state(Name(name))
        .hub(
            Hub::new("hub")
                .negotiate("negotiate", Identity::query("user"))
                .on("chat", chat),
        )
        .get("hello", move || async move { name })
        .get("index", Page::file("public/index.html"))
}

/// A client that asks the app's rule for its token.
async fn negotiated(world: &World, path: &str) -> Result<WorldSocket, ClientError> {
    let answer = world.get(path).await.unwrap();
    let at = serde_json::from_slice(&answer.body).unwrap();
    WorldSocket::connect(&at, "/").await
}

/// An event without bytes, for comparison.
fn parts(heard: &Received) -> (&str, String) {
    assert!(heard.attachments.is_empty());
    (&heard.event, heard.arguments.to_string())
}

async fn event_with_ack(bindings: Bindings) {
    let world = World::builder(app("app")).bindings(bindings);
    let world = world.start().await.unwrap();
    let mut ada = world.connect("ada").await.unwrap();
    let bob = world.negotiate_for("HUB", "bob").unwrap();
    let mut bob = WorldSocket::connect(&bob, "/").await.unwrap();
    let ack = ada.emit_with_ack("chat", "hi").await.unwrap();
    assert_eq!(parts(&ack), ("chat", r#"["hi","app"]"#.to_owned()));
    let heard = bob.next().await.unwrap();
    assert_eq!(parts(&heard), ("said", r#"["ada","hi"]"#.to_owned()));
    world.stop().await;
    let ended = bob.next().await.unwrap_err();
    assert!(matches!(ended, ClientError::Closed), "{ended}");
}

#[tokio::test]
async fn an_event_is_acknowledged_through_the_whole_stack_in_direct_mode() {
    event_with_ack(Bindings::Direct).await;
}

#[tokio::test]
async fn an_event_is_acknowledged_through_the_whole_stack_in_extension_mode() {
    event_with_ack(Bindings::Extension).await;
}

#[tokio::test]
async fn two_worlds_know_nothing_of_each_other() {
    let (one, two) = tokio::join!(World::start(app("one")), World::start(app("two")));
    let (one, two) = (one.unwrap(), two.unwrap());
    for (world, name) in [(&one, "one"), (&two, "two")] {
        assert_eq!(world.get("hello").await.unwrap().body, name);
        let mut ada = negotiated(world, "negotiate?user=ada").await.unwrap();
        let ack = ada.emit_with_ack("chat", "x").await.unwrap();
        assert_eq!(ack.arguments, json!(["x", name]));
    }
    assert_ne!(one.endpoint(), two.endpoint());
    let address = one.host().address();
    drop(one);
    // What is dropped is gone, and the other one goes on.
    let gone = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert_eq!(two.get("hello").await.unwrap().body, "two");
    two.stop().await;
}

#[tokio::test]
async fn pages_and_the_route_prefix_come_from_the_projects_script_root() {
    let project = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = project.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("public/index.html", "<p>hello");
    write("old/function.json", "left behind");
    write(
        "host.json",
        r#"{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"handler"}},
            "extensions":{"http":{"routePrefix":"v1"}}}"#,
    );
    let world = World::builder(app("app")).script_root(project.path());
    let world = world.start().await.unwrap();
    assert!(world.url().starts_with("http://127.0.0.1:"));
    assert_eq!(world.get("index").await.unwrap().body, "<p>hello");
    assert!(!world.script_root().join("old/function.json").exists());
    // The webhook has the prefix too.
    let mut ada = world.connect("ada").await.unwrap();
    let ack = ada.emit_with_ack("chat", "x").await.unwrap();
    assert_eq!(ack.arguments, json!(["x", "app"]));
}

#[tokio::test]
async fn what_a_rule_grants_is_known_where_the_client_joins() {
    async fn admit(claims: Claims) -> Result<(), Refusal> {
        if claims.has("role", "moderator") && claims.has("level", "7") {
            Ok(())
        } else {
            Err(Refusal::new("moderators only"))
        }
    }
    let ada = Identity::user("ada").role("guest").role("moderator");
    let hub = Hub::new("hub").on_connect(admit).on("chat", chat);
    let app = App::new()
        .state(Name("app"))
        .hub(hub.negotiate("negotiate", ada.claim("level", 7)));
    let world = World::start(app).await.unwrap();
    let refused = world.connect("eve").await.unwrap_err().to_string();
    assert_eq!(refused, "rejected: moderators only");
    let mut ada = negotiated(&world, "negotiate").await.unwrap();
    let ack = ada.emit_with_ack("chat", "x").await.unwrap();
    assert_eq!(ack.arguments, json!(["x", "app"]));
    world.stop().await;
}

#[tokio::test]
async fn a_client_has_a_socket_in_each_namespace_and_bytes_go_both_ways() {
    async fn draw(socket: Socket, Data(picture): Data<Bytes>) -> Ack<(Bytes, u8)> {
        socket.broadcast().emit("drawn", (&picture, "!", &picture));
        Ack((picture, 7))
    }
    async fn out(Data(socket): Data<String>, io: Io) -> Ack<()> {
        io.namespace("/").socket(socket).disconnect();
        Ack(())
    }
    let hub = Hub::new("hub").on("draw", draw);
    let hub = hub.namespace("/admin", |scope| scope.on("out", out));
    let world = World::start(App::new().hub(hub)).await.unwrap();
    let mut ada = world.connect("ada").await.unwrap();
    let mut bob = world.connect("bob").await.unwrap();
    let mut admin = ada.join("/admin").await.unwrap();

    let bytes = Bytes::from_static(&[0, 255, 30, 4]);
    let placeholder = |num: u8| json!({ "_placeholder": true, "num": num });
    let ack = ada.emit_with_ack("draw", &bytes).await.unwrap();
    assert_eq!(ack.arguments, json!([placeholder(0), 7]));
    assert_eq!(ack.attachments, std::slice::from_ref(&bytes));
    let drawn = bob.next().await.unwrap();
    let arguments = json!([placeholder(0), "!", placeholder(1)]);
    assert_eq!(
        (drawn.event.as_str(), drawn.arguments),
        ("drawn", arguments)
    );
    assert_eq!(drawn.attachments, [bytes.clone(), bytes]);

    let ack = admin.emit_with_ack("out", bob.id()).await.unwrap();
    assert_eq!(ack.arguments, json!([]));
    let ended = bob.next().await.unwrap_err();
    assert!(matches!(ended, ClientError::Disconnected), "{ended}");
    let nowhere = ada.join("/elsewhere").await.unwrap_err();
    assert_eq!(nowhere.to_string(), "rejected: Invalid namespace");
    assert!(ada.emit("connect", ()).is_err(), "a reserved name");
    world.stop().await;
}

#[tokio::test]
async fn a_users_event_reaches_no_connection_outside_its_namespace() {
    async fn tell(io: Io) -> Ack<()> {
        io.user("ada").emit("told", ());
        io.namespace("/").emit("after", ());
        Ack(())
    }
    let hub = Hub::new("hub").on("chat", chat);
    let hub = hub.namespace("/admin", |scope| scope.on("tell", tell));
    let world = World::start(App::new().state(Name("app")).hub(hub));
    let world = world.await.unwrap();
    // A client drops what is for a namespace it is not in, so this one is looked at frame by frame.
    let at = world.negotiate("ada").unwrap();
    let url = format!("{}{}/?EIO=4&transport=websocket", at.endpoint, at.path);
    let url = format!(
        "{}&access_token={}",
        url.replacen("http", "ws", 1),
        at.token
    );
    let (mut outside, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    outside.send(Message::text("40")).await.unwrap();
    let mut heard = async || loop {
        let next = tokio::time::timeout(PATIENCE, outside.next()).await;
        let text = next.unwrap().unwrap().unwrap().into_text().unwrap();
        if text.starts_with('4') {
            return text;
        }
    };
    assert!(heard().await.starts_with("40"));

    let ada = world.connect("ada").await.unwrap();
    let mut ada = ada.join("/admin").await.unwrap();
    ada.emit_with_ack("tell", ()).await.unwrap();
    assert_eq!(ada.next().await.unwrap().event, "told");
    assert_eq!(heard().await, r#"42["after"]"#);
    world.stop().await;
}

#[tokio::test]
async fn what_is_sent_while_a_world_ends_is_still_taken() {
    type Results = Arc<Mutex<Vec<Result<(), String>>>>;
    async fn gone(State(results): State<Results>, user: UserId, client: Client) {
        let sent = client.emit("gone", user).await;
        let sent = sent.map_err(|error| error.to_string());
        results.lock().unwrap().push(sent);
    }
    let results = Results::default();
    let app = App::new().state(results.clone());
    let app = app.hub(Hub::new("hub").on_disconnected(gone));
    let world = World::start(app).await.unwrap();
    let ada = world.connect("ada").await.unwrap();
    let bob = world.connect("bob").await.unwrap();
    world.stop().await;
    drop((ada, bob));
    assert_eq!(*results.lock().unwrap(), [Ok(()), Ok(())]);
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let mistaken = App::new().hub(Hub::new("1hub"));
    let error = World::start(mistaken).await.unwrap_err();
    assert!(matches!(error, WorldError::Build(_)), "{error}");

    let failing =
        app("app").state_with(|| async { Err::<u8, _>(std::io::Error::other("no database")) });
    let error = World::start(failing).await.unwrap_err();
    assert!(matches!(error, WorldError::App(_)), "{error}");

    let settings = Settings::new().with("SOCKETIO_FUNCTIONS_EVENT_DEADLINE", "x");
    let error = World::builder(app("app")).settings(settings).start().await;
    assert!(matches!(error, Err(WorldError::App(_))), "{error:?}");

    let world = World::start(App::new().get("hello", || async { "hello" }))
        .await
        .unwrap();
    assert!(world.negotiate("ada").is_err());
}

#[tokio::test]
async fn a_hub_is_named_by_its_setting_in_either_mode() {
    let app = || {
        let hub = Hub::new("").on_connect(|| async {});
        App::new().hub(hub.on("chat", |io: Io| async move {
            io.emit("said", ());
            Ack(1)
        }))
    };
    for bindings in [Bindings::Direct, Bindings::Extension] {
        let settings = Settings::new().with(Settings::HUB, "chat_of_today");
        let world = World::builder(app()).settings(settings).bindings(bindings);
        let world = world.start().await.unwrap();
        let at = world.negotiate_for("chat_of_today", "ada").unwrap();
        assert!(at.path.ends_with("/chat_of_today"));
        let mut ada = WorldSocket::connect(&at, "/").await.unwrap();
        let ack = ada.emit_with_ack("chat", ()).await.unwrap();
        assert_eq!(ack.arguments, json!([1]));
        assert_eq!(ada.next().await.unwrap().event, "said");
        world.stop().await;
    }
    let settings = Settings::new().with(
        Settings::CONNECTION,
        "Endpoint=http://localhost;AccessKey=k;",
    );
    let registry = app().build(settings).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = socketio_functions::serve(registry, listener, std::future::pending()).await;
    assert!(served.unwrap_err().to_string().contains(Settings::HUB));
}
