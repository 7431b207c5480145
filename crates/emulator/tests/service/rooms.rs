//! Rooms as the Functions extension and the default-mode SDK address them.

use reqwest::Method;
use serde_json::json;

use crate::clients::Ws;
use crate::disconnect::percent;
use crate::world::{World, group};

async fn put(world: &World, name: &str, client: &Ws) {
    let path = format!("/groups/{name}/connections/{}", client.sid);
    assert_eq!(world.status(Method::PUT, &path).await, 200);
}

/// Who got a message: everybody reads until the marker that follows it.
async fn receivers(world: &World, path: &str, clients: &mut [&mut Ws]) -> Vec<usize> {
    assert_eq!(world.post(path, "42[\"n\"]").await.status(), 202);
    world.post("/:send", "42[\"marker\"]").await;
    let mut receivers = Vec::new();
    for (index, client) in clients.iter_mut().enumerate() {
        while client.text().await != "42[\"marker\"]" {
            receivers.push(index);
        }
    }
    receivers
}

#[tokio::test]
async fn a_socket_has_its_namespace_and_its_own_room() {
    let world = World::new().await;
    let mut client = world.ws().await;
    let socket = client.join("/ns").await;
    for room in ["", &socket] {
        let path = format!("/groups/{}", group("/ns", room));
        assert_eq!(world.status(Method::HEAD, &path).await, 200);
    }
    assert_eq!(
        world
            .status(Method::HEAD, &format!("/groups/{}", group("/", "")))
            .await,
        404
    );
}

/// Service contract, "What existing callers send".
#[tokio::test]
async fn the_filters_of_published_callers_mean_what_they_say() {
    let world = World::new().await;
    let (mut one, first) = world.joined().await;
    let (mut two, second) = world.joined().await;
    let (mut three, _) = world.joined().await;
    let (a, b) = (group("/", "a"), group("/", "b"));
    put(&world, &a, &one).await;
    put(&world, &b, &two).await;
    // The default-mode SDK joins by connection id.
    let body = json!({"groups": [b], "filter": format!("connectionId eq '{}'", three.sid)});
    assert_eq!(world.post_json("/:addToGroups", &body).await.status(), 200);

    let main = group("/", "");
    let except = percent(&format!("not ('{}' in groups)", group("/", &first)));
    let several = format!("'{a}' in groups or '{b}' in groups");
    // `and` binds tighter: the exception holds for the last room only, and is not repaired.
    let last_only = percent(&format!(
        "{several} and not ('{}' in groups)",
        group("/", &first)
    ));
    let excluded = percent(&format!(
        "{several} and not ('{}' in groups)",
        group("/", &second)
    ));
    for (path, expected) in [
        (format!("/groups/{main}/:send?filter={except}"), vec![1, 2]),
        (format!("/groups/{main}/:send?filter="), vec![0, 1, 2]),
        (
            format!("/:send?filter={}", percent(&several)),
            vec![0, 1, 2],
        ),
        (format!("/:send?filter={last_only}"), vec![0, 1, 2]),
        (format!("/:send?filter={excluded}"), vec![0, 2]),
    ] {
        let mut clients = [&mut one, &mut two, &mut three];
        assert_eq!(
            receivers(&world, &path, &mut clients).await,
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn names_of_any_script_are_rooms() {
    let world = World::new().await;
    let mut client = world.ws().await;
    client.join("/admin").await;
    for room in ["lobby 1", "日本語", "a/b?c", "room~1"] {
        let name = group("/admin", room);
        put(&world, &name, &client).await;
        world
            .post(&format!("/groups/{name}/:send"), "42/admin,[\"n\"]")
            .await;
        assert_eq!(client.text().await, "42/admin,[\"n\"]");
    }
}

#[tokio::test]
async fn sends_and_changes_at_once_disturb_nobody() {
    let world = World::new().await;
    let (mut stays, _) = world.joined().await;
    let comings = futures_util::future::join_all((0..50).map(|_| async {
        let (client, _) = world.joined().await;
        put(&world, "g", &client).await;
        drop(client);
    }));
    let sends = futures_util::future::join_all((0..50).map(|_| world.post("/:send", "42[\"n\"]")));
    let (_, sends) = tokio::join!(comings, sends);
    assert!(sends.iter().all(|response| response.status() == 202));
    for _ in 0..50 {
        assert_eq!(stays.text().await, "42[\"n\"]");
    }
    world.stub.nth("disconnected", 50).await;
    assert_eq!(world.status(Method::HEAD, "/groups/g").await, 404);
}
