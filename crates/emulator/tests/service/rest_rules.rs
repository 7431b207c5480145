//! The data plane: who may call, and what holds for every call.

use reqwest::Method;
use serde_json::json;
use sio_protocol::token;

use crate::world::{KEY, SECOND_KEY, World, now};

#[tokio::test]
async fn health_needs_no_token() {
    let world = World::new().await;
    let url = format!("{}/api/health", world.emulator.endpoint());
    for method in [Method::HEAD, Method::GET] {
        assert_eq!(
            world
                .http
                .request(method, &url)
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
}

#[tokio::test]
async fn who_may_call() {
    let world = World::new().await;
    let url = world.api("/:send");
    let post = async |token: Option<String>| {
        let mut request = world.http.post(format!("{url}?filter=")).body("6");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let signed = |key: &str, aud: &str, exp: i64| {
        Some(token::sign(key, &json!({"aud": aud, "exp": exp})).unwrap())
    };
    let soon = now() + 60;
    assert_eq!(post(None).await, 401);
    for (token, status) in [
        (signed(KEY, &url, soon), 202),
        (signed(SECOND_KEY, &url, soon), 202),
        (signed("another-key-altogether-0123456789", &url, soon), 401),
        (signed(KEY, &format!("{url}?filter="), soon), 202),
        (signed(KEY, &format!("{url}/"), soon), 202),
        (signed(KEY, &format!("{url}Suffix"), soon), 401),
        (signed(KEY, &world.api("/groups/x/:send"), soon), 401),
        (signed(KEY, &url.replace("http", "https"), soon), 202),
        (
            signed(KEY, &url.replace("localhost", "127.0.0.1"), soon),
            202,
        ),
        (signed(KEY, &url, now() - 600), 401),
        (signed(KEY, &url, now() - 120), 202),
        (Some(world.token(json!({}))), 401),
    ] {
        assert_eq!(post(token).await, status);
    }
}

#[tokio::test]
async fn versions_names_and_paths() {
    let world = World::new().await;
    for version in [
        "2021-10-01",
        "2022-11-01",
        "2023-07-01",
        "2024-01-01",
        "2024-12-01",
    ] {
        let response = world
            .post(&format!("/:send?api-version={version}"), "6")
            .await;
        assert_eq!(response.status(), 202);
        assert!(
            response.headers()["api-supported-versions"]
                .to_str()
                .unwrap()
                .contains(version)
        );
    }
    for (path, status) in [
        ("/:send", 202),
        ("/:send?api-version=1999-01-01", 400),
        ("/:send?api-version=2024-01-01&api-version=2024-01-01", 400),
        ("/nothing", 404),
        ("/groups/x/nothing", 404),
        ("/groups/%20/:send", 400),
    ] {
        assert_eq!(world.post(path, "6").await.status(), status, "{path}");
    }
    let long = "a".repeat(1024);
    assert_eq!(
        world
            .post(&format!("/groups/{long}/:send"), "6")
            .await
            .status(),
        202
    );
    assert_eq!(
        world
            .post(&format!("/groups/{long}a/:send"), "6")
            .await
            .status(),
        400
    );
    assert_eq!(world.status(Method::GET, "/:send").await, 405);
    assert_eq!(world.status(Method::POST, "/groups/x").await, 405);
    let bad = world.api("/:send").replace("hubs/hub", "hubs/1bad");
    let response = world
        .request(Method::POST, &bad)
        .body("6")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn groups_are_decoded_once_and_keep_their_case() {
    let world = World::new().await;
    let (client, _) = world.joined().await;
    let put = async |name: &str| {
        world
            .status(
                Method::PUT,
                &format!("/groups/{name}/connections/{}", client.sid),
            )
            .await
    };
    assert_eq!(put("a%2Fb").await, 200);
    assert_eq!(put("%E6%97%A5%E6%9C%AC").await, 200);
    let head = async |name: &str| world.status(Method::HEAD, &format!("/groups/{name}")).await;
    assert_eq!(head("a%2fb").await, 200);
    assert_eq!(head("A%2Fb").await, 404);
    assert_eq!(head("日本").await, 200);
    assert_eq!(head("0%7ELw%7E").await, 200);
    assert_eq!(head("0~Lw~").await, 200);
}

#[tokio::test]
async fn bodies_have_a_length_a_limit_and_a_type() {
    let world = World::new().await;
    let post = async |body: reqwest::Body, kind: Option<&str>| {
        let mut request = world.request(Method::POST, &world.api("/:send")).body(body);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let bytes = |count: usize| reqwest::Body::from(vec![b'6'; count]);
    assert_eq!(post(bytes(1024 * 1024), Some("text/plain")).await.0, 202);
    let refused = (400, "Invalid Content-Length header.".to_owned());
    assert_eq!(
        post(bytes(1024 * 1024 + 1), Some("text/plain")).await,
        refused
    );
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("6")]);
    assert_eq!(
        post(reqwest::Body::wrap_stream(chunks), Some("text/plain")).await,
        refused
    );
    for (kind, status) in [
        (None, 202),
        (Some("text/plain; charset=utf-8"), 202),
        (Some("application/json"), 202),
        (Some("application/octet-stream"), 202),
        (Some("application/xml"), 415),
    ] {
        assert_eq!(post(bytes(1), kind).await.0, status, "{kind:?}");
    }
    assert_eq!(post(reqwest::Body::from(vec![0xff]), None).await.0, 400);
}
