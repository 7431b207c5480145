//! Apps between both stand-ins, with clients of the bare protocol.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use socketio_functions::app::manifest::Bindings;
use socketio_functions::negotiate::Negotiation;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::{World, WorldError};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{PATIENCE, client};

#[derive(Clone)]
struct Name(&'static str);

async fn chat(
    socket: Socket,
    user: UserId,
    State(Name(name)): State<Name>,
    Args((text,)): Args<(String,)>,
    io: Io,
) -> Ack<(String, &'static str)> {
    io.except(&socket).emit("said", (&user, &text));
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

/// A client of Engine.IO and Socket.IO over a WebSocket.
struct Raw(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Raw {
    /// Connects and joins the main namespace.
    async fn join(at: &Negotiation) -> Self {
        let mut client = Self::open(at).await;
        client.send("40").await;
        assert!(client.text().await.starts_with("40{"));
        client
    }

    /// Connects.
    async fn open(at: &Negotiation) -> Self {
        let endpoint = at.endpoint.replacen("http", "ws", 1);
        let (path, token) = (&at.path, &at.token);
        let url = format!("{endpoint}{path}/?EIO=4&transport=websocket&access_token={token}");
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Self(socket);
        assert!(client.text().await.starts_with("0{"));
        client
    }

    async fn send(&mut self, text: &str) {
        self.0.send(Frame::text(text)).await.unwrap();
    }

    /// The next packet, but for pings.
    async fn text(&mut self) -> String {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap();
            let text = frame.unwrap().unwrap().into_text().unwrap().to_string();
            if text == "2" {
                self.send("3").await;
            } else {
                return text;
            }
        }
    }
}

async fn get(url: String) -> String {
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

async fn event_with_ack(bindings: Bindings) {
    let world = World::builder(app("app")).bindings(bindings);
    let world = world.start().await.unwrap();
    let mut ada = Raw::join(&world.negotiate("ada").unwrap()).await;
    let mut bob = Raw::join(&world.negotiate_for("HUB", "bob").unwrap()).await;
    ada.send(r#"427["chat","hi"]"#).await;
    assert_eq!(ada.text().await, r#"437["hi","app"]"#);
    assert_eq!(bob.text().await, r#"42["said","ada","hi"]"#);
    world.stop().await;
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
        assert_eq!(get(format!("{}/api/hello", world.url())).await, name);
        let asked = get(format!("{}/api/negotiate?user=ada", world.url())).await;
        let answer: Value = serde_json::from_str(&asked).unwrap();
        assert_eq!(answer["endpoint"], world.endpoint());
        let mut at = world.negotiate("").unwrap();
        at.token = answer["token"].as_str().unwrap().to_owned();
        let mut ada = Raw::join(&at).await;
        ada.send(r#"421["chat","x"]"#).await;
        assert_eq!(ada.text().await, format!(r#"431["x","{name}"]"#));
    }
    assert_ne!(one.endpoint(), two.endpoint());
    let address = one.host().address();
    drop(one);
    // What is dropped is gone, and the other one goes on.
    let gone = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert_eq!(get(format!("{}/api/hello", two.url())).await, "two");
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
    assert_eq!(get(format!("{}/v1/index", world.url())).await, "<p>hello");
    assert!(!world.script_root().join("old/function.json").exists());
    // The webhook has the prefix too.
    let mut ada = Raw::join(&world.negotiate("ada").unwrap()).await;
    ada.send(r#"420["chat","x"]"#).await;
    assert_eq!(ada.text().await, r#"430["x","app"]"#);
}

#[tokio::test]
async fn what_a_rule_grants_is_known_where_the_client_joins() {
    async fn admit(claims: Claims) -> Admit {
        if claims.has("role", "moderator") && claims.has("level", "7") {
            Admit::accept()
        } else {
            Admit::reject(403, "moderators only")
        }
    }
    let ada = Identity::user("ada").role("guest").role("moderator");
    let hub = Hub::new("hub").on_connect(admit).on("chat", chat);
    let app = App::new()
        .state(Name("app"))
        .hub(hub.negotiate("negotiate", ada.claim("level", 7)));
    let world = World::start(app).await.unwrap();
    let asked = get(format!("{}/api/negotiate", world.url())).await;
    let answer: Value = serde_json::from_str(&asked).unwrap();
    let mut at = world.negotiate("eve").unwrap();
    let mut eve = Raw::open(&at).await;
    eve.send("40").await;
    let refused = eve.text().await;
    assert!(refused.starts_with("44{"), "{refused}");
    at.token = answer["token"].as_str().unwrap().to_owned();
    let mut ada = Raw::join(&at).await;
    ada.send(r#"420["chat","x"]"#).await;
    assert_eq!(ada.text().await, r#"430["x","app"]"#);
    world.stop().await;
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
