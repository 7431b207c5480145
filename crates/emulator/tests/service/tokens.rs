//! Who may connect.

use std::time::Duration;

use serde_json::{Value, json};
use sio_protocol::token;

use crate::clients::Ws;
use crate::world::{KEY, SECOND_KEY, World, now, quick};

/// The status with which a polling client opens.
async fn status(world: &World, token: &str) -> u16 {
    let url = world.client_url(&format!("&transport=polling&access_token={token}"));
    let response = world.http.get(url).send().await.unwrap();
    let status = response.status().as_u16();
    if status == 401 {
        assert_eq!(response.text().await.unwrap(), "", "D9: an empty body");
    }
    status
}

fn signed(key: &str, claims: &Value) -> String {
    token::sign(key, claims).unwrap()
}

#[tokio::test]
async fn no_token_no_session() {
    let world = World::new().await;
    let url = world.client_url("&transport=polling");
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 401);
    let url = world.client_url("&transport=websocket");
    assert!(Ws::raw(&url).await.is_err());
}

#[tokio::test]
async fn anonymous_clients_connect_where_they_may() {
    let world = World::build(|builder, stub| {
        builder
            .settings(quick())
            .anonymous(true)
            .upstream(stub.url("/hook"))
    })
    .await;
    let mut client = Ws::open(&world.client_url("&transport=websocket")).await;
    client.join("/").await;
    let connect = world.stub.event("connect").await;
    assert!(!connect.headers.contains_key("ce-userid"));
}

#[tokio::test]
async fn what_a_token_must_and_need_not_say() {
    let world = World::new().await;
    let aud = world.audience();
    let port = world.emulator.address().port();
    let hour = now() + 3600;
    let good = json!({"aud": aud, "exp": hour});
    for (case, token, expected) in [
        ("k04 primary", signed(KEY, &good), 200),
        ("k05 secondary", signed(SECOND_KEY, &good), 200),
        (
            "k06 other key",
            signed("another-key-altogether-0123456789", &good),
            401,
        ),
        (
            "k07 none",
            "eyJhbGciOiJub25lIn0.eyJhdWQiOiJhIiwiZXhwIjo0MTAyNDQ0ODAwfQ.".to_owned(),
            401,
        ),
        ("malformed", "abc".to_owned(), 401),
        (
            "k09",
            signed(KEY, &json!({"aud": aud, "exp": now() - 600})),
            401,
        ),
        (
            "k10",
            signed(KEY, &json!({"aud": aud, "exp": now() - 120})),
            200,
        ),
        ("k11", signed(KEY, &json!({"aud": aud})), 401),
        (
            "k12",
            signed(KEY, &json!({"aud": aud, "exp": hour, "nbf": now() + 600})),
            401,
        ),
        (
            "k13",
            signed(KEY, &json!({"aud": format!("{aud}2"), "exp": hour})),
            401,
        ),
        (
            "k14",
            signed(
                KEY,
                &json!({"aud": aud.replace("clients/socketio", "client"), "exp": hour}),
            ),
            401,
        ),
        (
            "k15",
            signed(
                KEY,
                &json!({"aud": aud.to_uppercase().replace("HTTP", "https"), "exp": hour}),
            ),
            200,
        ),
        (
            "k16",
            signed(
                KEY,
                &json!({"aud": format!("http://127.0.0.1:{port}/clients/socketio/hubs/hub"), "exp": hour}),
            ),
            200,
        ),
        (
            "k17",
            signed(KEY, &json!({"aud": ["x", aud], "exp": hour})),
            200,
        ),
        (
            "k18",
            signed(KEY, &json!({"aud": aud, "exp": hour, "iss": "whoever"})),
            200,
        ),
        (
            "k18",
            token::sign_with_key_id(KEY, "unknown", &good).unwrap(),
            200,
        ),
    ] {
        assert_eq!(status(&world, &token).await, expected, "{case}");
    }
}

#[tokio::test]
async fn a_configured_endpoint_counts_besides_the_host() {
    let world = World::build(|builder, stub| {
        builder
            .settings(quick())
            .endpoint("https://chat.example")
            .upstream(stub.url("/hook"))
    })
    .await;
    let token = world.token(json!({}));
    assert_eq!(
        world.audience(),
        "https://chat.example/clients/socketio/hubs/hub"
    );
    assert_eq!(status(&world, &token).await, 200);
    let own = format!(
        "http://{}/clients/socketio/hubs/hub",
        world.emulator.address()
    );
    let token = signed(KEY, &json!({"aud": own, "exp": now() + 60}));
    assert_eq!(status(&world, &token).await, 200);
}

#[tokio::test]
async fn claims_reach_the_function_app() {
    let world = World::new().await;
    let (_client, _) = world
        .joined_as(json!({"sub": "Zoë", "role": ["a", "b"]}))
        .await;
    let connect = world.stub.event("connect").await;
    assert_eq!(connect.header("ce-userid"), "Zoë");
    let body: Value = serde_json::from_str(&connect.body).unwrap();
    assert_eq!(body["claims"]["sub"], json!(["Zoë"]));
    assert_eq!(body["claims"]["role"], json!(["a", "b"]));
}

#[tokio::test]
async fn the_query_wins_over_the_header() {
    let world = World::new().await;
    let good = world.token(json!({}));
    let open = async |query: &str, bearer: &str| {
        let url = world.client_url(&format!("&transport=polling{query}"));
        let request = world.http.get(url).bearer_auth(bearer);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(open("", &good).await, 200);
    assert_eq!(open(&format!("&access_token={good}"), "bad").await, 200);
    assert_eq!(open("&access_token=bad", &good).await, 401);
}

#[tokio::test]
async fn a_token_that_expires_ends_no_connection() {
    let world = World::new().await;
    let url = world.opening("websocket");
    let mut client = Ws::open(&url).await;
    client.join("/").await;
    let polling = world.polling().await;
    world.clock.advance(Duration::from_secs(2 * 3600));
    client.send(r#"42["on"]"#).await;
    world.stub.event("on").await;
    polling.join().await;
    assert!(
        Ws::raw(&url).await.is_err(),
        "a new session needs a new token"
    );
}

#[tokio::test]
async fn a_token_may_name_groups() {
    let world = World::new().await;
    let _client = world.ws_as(json!({"webpubsub.group": ["plain"]})).await;
    assert_eq!(
        world.status(reqwest::Method::HEAD, "/groups/plain").await,
        200
    );
}

/// D10.
#[tokio::test]
async fn a_known_session_needs_no_token_again() {
    let world = World::new().await;
    let client = world.polling().await;
    let url = world.client_url(&format!("&transport=polling&sid={}", client.sid));
    let response = world.http.post(url).body("40").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let url = world.client_url(&format!(
        "&transport=websocket&sid={}&access_token=bad",
        client.sid
    ));
    assert!(
        Ws::raw(&url).await.is_err(),
        "a bad one is not overlooked on an upgrade"
    );
}
