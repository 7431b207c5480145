//! The client against the emulator, with an app behind it.

use std::time::Duration;

use serde_json::json;
use sio_protocol::names::Namespace;
use socketio_functions::prelude::*;
use socketio_functions::testing::World;

use super::{Client, ClientError, Heard, Negotiation};

const PATIENCE: Duration = Duration::from_secs(30);

async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("Please choose a name.")
            .status(400)
            .data("final")),
    }
}

async fn echo(Data(text): Data<String>) -> Ack<String> {
    Ack(text)
}

async fn news(socket: Socket, io: Io) {
    io.socket(&socket).emit("news", (1, "two"));
}

fn app() -> App {
    App::new().hub(
        Hub::new("hub")
            .negotiate("negotiate", Identity::query("name"))
            .on_connect(admit)
            .on("echo", echo)
            .on("news", news),
    )
}

async fn world() -> World {
    World::start(app()).await.unwrap()
}

fn negotiation(world: &World, user: &str) -> Negotiation {
    let given = world.negotiate(user).unwrap();
    Negotiation {
        endpoint: given.endpoint,
        path: given.path,
        token: given.token,
    }
}

async fn within<T>(future: impl Future<Output = Result<T, ClientError>>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, future).await.unwrap();
    outcome.unwrap()
}

async fn heard(client: &mut Client) -> Heard {
    within(client.next()).await.unwrap()
}

#[tokio::test]
async fn a_client_joins_emits_and_hears() {
    let world = world().await;
    let root = Namespace::default();
    let mut client = within(Client::open(&negotiation(&world, "Ada"))).await;
    within(client.join(&root, None)).await;
    let joined = heard(&mut client).await;
    assert!(
        matches!(&joined, Heard::Joined { namespace, id } if namespace == "/" && !id.is_empty()),
        "{joined:?}"
    );
    let arguments = [json!("hello")];
    let id = within(client.emit(&root, "echo", &arguments, true)).await;
    assert_eq!(
        heard(&mut client).await,
        Heard::Ack {
            namespace: "/".to_owned(),
            id: id.unwrap(),
            arguments: vec![json!("hello")],
            attachments: Vec::new(),
        }
    );
    within(client.emit(&root, "news", &[], false)).await;
    assert_eq!(
        heard(&mut client).await,
        Heard::Event {
            namespace: "/".to_owned(),
            name: "news".to_owned(),
            arguments: vec![json!(1), json!("two")],
            attachments: Vec::new(),
        }
    );
    world.stop().await;
}

#[tokio::test]
async fn a_refusal_has_the_words_of_the_app() {
    let world = world().await;
    let mut client = within(Client::open(&negotiation(&world, ""))).await;
    within(client.join(&Namespace::default(), None)).await;
    assert_eq!(
        heard(&mut client).await,
        Heard::Refused {
            namespace: "/".to_owned(),
            message: "Please choose a name.".to_owned(),
            data: Some(json!("final")),
        }
    );
    world.stop().await;
}

#[tokio::test]
async fn a_wrong_token_is_named_by_its_status_and_never_shown() {
    let world = world().await;
    let mut wrong = negotiation(&world, "Ada");
    wrong.token.push_str("s3cret");
    let error = Client::open(&wrong).await.unwrap_err();
    assert!(
        matches!(&error, ClientError::Refused { status, .. } if status.as_u16() == 401),
        "{error}"
    );
    for text in [format!("{error} {error:?}"), format!("{wrong:?}")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    world.stop().await;
}
