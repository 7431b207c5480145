//! The data plane: what each operation does.

use reqwest::Method;
use serde_json::{Value, json};
use sio_protocol::token;

use crate::disconnect::percent;
use crate::world::{KEY, World, group, now};

#[tokio::test]
async fn groups_of_many_change_together_or_not_at_all() {
    let world = World::new().await;
    let (_one, socket) = world.joined_as(json!({"sub": "u"})).await;
    let (_two, _) = world.joined_as(json!({"sub": "u"})).await;
    for body in [
        json!({"groups": []}),
        json!({}),
        json!({"groups": ["ok", " "]}),
        json!({"groups": ["ok"], "filter": "nonsense"}),
    ] {
        let response = world.post_json("/:addToGroups", &body).await;
        assert_eq!(response.status(), 400, "{body}");
    }
    assert_eq!(world.post("/:addToGroups", "{").await.status(), 400);
    assert_eq!(world.status(Method::HEAD, "/groups/ok").await, 404);

    let members = async |group: &str| {
        let list = world
            .call(Method::GET, &format!("/groups/{group}/connections"))
            .await;
        let list: Value = list.json().await.unwrap();
        list["value"].as_array().unwrap().len()
    };
    let filter = format!("'{}' in groups", group("/", &socket));
    let response = world
        .post_json(
            "/:addToGroups",
            &json!({"groups": ["a", "b"], "filter": filter}),
        )
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!((members("a").await, members("b").await), (1, 1));
    for filter in [json!(null), json!("")] {
        world
            .post_json(
                "/:addToGroups",
                &json!({"groups": ["all"], "filter": filter}),
            )
            .await;
        assert_eq!(members("all").await, 2);
        world
            .post_json("/:removeFromGroups", &json!({"groups": ["all"]}))
            .await;
        assert_eq!(members("all").await, 0);
    }
}

#[tokio::test]
async fn sends_reach_whom_they_name_once() {
    let world = World::new().await;
    let (mut alice, _) = world.joined_as(json!({"sub": "alice"})).await;
    let (mut second, _) = world.joined_as(json!({"sub": "alice"})).await;
    let (mut bob, _) = world.joined_as(json!({"sub": "bob"})).await;
    world
        .post_json("/:addToGroups", &json!({"groups": ["g", "h"]}))
        .await;
    let either = percent("'g' in groups or 'h' in groups");
    let not_alice = percent("userId ne 'alice'");
    for (path, to) in [
        ("/:send".to_owned(), "asb"),
        (
            format!("/:send?excluded={}&excluded={}", alice.sid, second.sid),
            "b",
        ),
        (
            format!("/:send?filter={}", percent("userId eq 'alice'")),
            "as",
        ),
        ("/:send?filter=".to_owned(), "asb"),
        (format!("/:send?filter={either}"), "asb"),
        (format!("/groups/g/:send?filter={not_alice}"), "b"),
        (format!("/groups/g/:send?excluded={}", bob.sid), "as"),
        (
            format!("/groups/g/:send?filter={either}&excluded={}", alice.sid),
            "sb",
        ),
        ("/users/alice/:send".to_owned(), "as"),
        (format!("/connections/{}/:send", bob.sid), "b"),
        ("/groups/unknown/:send".to_owned(), ""),
        ("/connections/unknown/:send".to_owned(), ""),
        ("/users/unknown/:send".to_owned(), ""),
    ] {
        let response = world.post(&path, "42[\"n\"]").await;
        assert_eq!(response.status(), 202, "{path}");
        for (client, letter) in [(&mut alice, 'a'), (&mut second, 's'), (&mut bob, 'b')] {
            if to.contains(letter) {
                assert_eq!(client.text().await, "42[\"n\"]", "{path} to {letter}");
            }
        }
        // Whatever came besides would come before the marker.
        world.post("/:send", "42[\"marker\"]").await;
        for client in [&mut alice, &mut second, &mut bob] {
            assert_eq!(client.text().await, "42[\"marker\"]", "{path}");
        }
    }
}

#[tokio::test]
async fn the_time_to_live_has_a_range() {
    let world = World::new().await;
    for (ttl, status) in [
        ("0", 202),
        ("300", 202),
        ("301", 400),
        ("-1", 400),
        ("x", 400),
    ] {
        let response = world
            .post(&format!("/:send?messageTtlSeconds={ttl}"), "6")
            .await;
        assert_eq!(response.status(), status, "{ttl}");
    }
}

#[tokio::test]
async fn members_come_and_go() {
    let world = World::new().await;
    let (client, socket) = world.joined_as(json!({"sub": "u"})).await;
    let sid = &client.sid;
    for (method, path, status) in [
        (Method::PUT, format!("/groups/g/connections/{sid}"), 200),
        (Method::HEAD, "/groups/g".to_owned(), 200),
        (Method::DELETE, format!("/groups/g/connections/{sid}"), 204),
        (Method::DELETE, format!("/groups/g/connections/{sid}"), 204),
        (Method::HEAD, "/groups/g".to_owned(), 404),
        (Method::HEAD, format!("/connections/{sid}"), 200),
        (Method::HEAD, "/connections/unknown".to_owned(), 404),
        (Method::HEAD, "/users/u".to_owned(), 200),
        (Method::HEAD, "/users/unknown".to_owned(), 404),
        (Method::PUT, "/users/unknown/groups/g".to_owned(), 404),
        (Method::PUT, "/users/u/groups/g".to_owned(), 200),
        (Method::HEAD, "/groups/g".to_owned(), 200),
        (Method::DELETE, "/users/u/groups/g".to_owned(), 204),
        (Method::HEAD, "/groups/g".to_owned(), 404),
        (Method::PUT, "/users/u/groups/g".to_owned(), 200),
        (Method::DELETE, "/users/u/groups".to_owned(), 204),
        (Method::HEAD, "/groups/g".to_owned(), 404),
        (
            Method::HEAD,
            format!("/groups/{}", group("/", &socket)),
            404,
        ),
        (Method::PUT, format!("/groups/g/connections/{sid}"), 200),
        (Method::DELETE, format!("/connections/{sid}/groups"), 204),
        (Method::HEAD, "/groups/g".to_owned(), 404),
    ] {
        assert_eq!(
            world.status(method.clone(), &path).await,
            status,
            "{method} {path}"
        );
    }
    for (path, code) in [
        ("/connections/x", "Warning.Connection.NotExisted"),
        ("/groups/x", "Warning.Group.NotExisted"),
        ("/users/x", "Warning.User.NotExisted"),
    ] {
        let response = world.call(Method::HEAD, path).await;
        assert_eq!(response.headers()["x-ms-error-code"], code);
    }
    let response = world.call(Method::PUT, "/groups/g/connections/x").await;
    assert_eq!(response.status(), 404);
    assert_eq!(
        response.headers()["x-ms-error-code"],
        "Error.Connection.NotExisted"
    );
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["message"], "Connection x is not found.");
    assert_eq!(
        (&body["target"], &body["innererror"]),
        (&json!("Connection"), &Value::Null)
    );
}

#[tokio::test]
async fn permissions_are_kept() {
    let world = World::new().await;
    let (client, _) = world.joined().await;
    let path = format!(
        "/permissions/sendToGroup/connections/{}?targetName=g",
        client.sid
    );
    for (method, status) in [
        (Method::HEAD, 404),
        (Method::PUT, 200),
        (Method::HEAD, 200),
        (Method::DELETE, 204),
        (Method::HEAD, 404),
    ] {
        assert_eq!(world.status(method, &path).await, status);
    }
    let response = world
        .call(Method::PUT, "/permissions/sendToGroup/connections/x")
        .await;
    assert_eq!(response.status(), 404);
    assert_eq!(
        response.headers()["x-ms-error-code"],
        "Info.Connection.NotExisted"
    );
}

#[tokio::test]
async fn tokens_can_be_had() {
    let world = World::new().await;
    let make = async |query: &str| {
        world
            .call(Method::POST, &format!("/:generateToken{query}"))
            .await
    };
    assert_eq!(make("?minutesToExpire=0").await.status(), 400);
    assert_eq!(make("?clientType=SocketIO").await.status(), 400);
    let response = make("?userId=alice&role=a&role=b&group=plain").await;
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    let made = body["token"].as_str().unwrap();
    let claims = token::verify(made, &[KEY], now(), |aud| aud == world.audience()).unwrap();
    assert_eq!(claims.user(), Some("alice"));
    assert_eq!(claims.values("iss"), ["https://webpubsub.azure.com"]);
    assert_eq!(claims.values("role"), ["a", "b"]);
    let expiry: i64 = claims.values("exp")[0].parse().unwrap();
    assert!((expiry - now() - 3600).abs() < 10);
    let url = world.client_url(&format!("&transport=websocket&access_token={made}"));
    crate::clients::Ws::open(&url).await.join("/").await;
    assert_eq!(
        world.stub.event("connect").await.header("ce-userid"),
        "alice"
    );
    assert_eq!(world.status(Method::HEAD, "/groups/plain").await, 200);
}

#[tokio::test]
async fn members_are_listed_by_the_page() {
    let world = World::new().await;
    let clients =
        futures_util::future::join_all((0..25).map(|_| world.joined_as(json!({"sub": "u"})))).await;
    world
        .post_json("/:addToGroups", &json!({"groups": ["g"]}))
        .await;
    let mut url = world.api("/groups/g/connections?maxpagesize=10&api-version=2024-12-01");
    let (mut sizes, mut ids) = (Vec::new(), std::collections::BTreeSet::new());
    loop {
        let response = world.request(Method::GET, &url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let page: Value = response.json().await.unwrap();
        let members = page["value"].as_array().unwrap();
        sizes.push(members.len());
        ids.extend(
            members
                .iter()
                .map(|member| member["connectionId"].as_str().unwrap().to_owned()),
        );
        assert_eq!(members[0]["userId"], "u");
        match page["nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(ids.len(), clients.len());
    let page: Value = world
        .call(Method::GET, "/groups/g/connections?top=5")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(page["value"].as_array().unwrap().len(), 5);
    assert_eq!(page["nextLink"], Value::Null);
    for query in ["maxpagesize=0", "maxpagesize=201", "top=x"] {
        let path = format!("/groups/g/connections?{query}");
        assert_eq!(world.status(Method::GET, &path).await, 400, "{query}");
    }
}

#[tokio::test]
async fn a_wrong_filter_is_a_problem() {
    let world = World::new().await;
    let response = world.post("/:send?filter=invalid%20filter", "6").await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["x-ms-error-code"], "Error.BadRequest");
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/problem+json"), "{kind}");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["target"], "filter");
    assert_eq!(
        body["message"],
        "Invalid syntax for 'invalid filter': Syntax error at position 14 in 'invalid filter'. (Parameter 'filter')"
    );
    assert_eq!(body["title"], "One or more validation errors occurred.");
    let response = world
        .post_json("/:addToGroups", &json!({"groups": ["g"], "filter": "x"}))
        .await;
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["target"], "Filter");
}

#[tokio::test]
async fn json_is_forwarded_as_text() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let request = world.request(Method::POST, &world.api("/:send"));
    let request = request
        .header("content-type", "application/json")
        .body("42[\"n\"]");
    assert_eq!(request.send().await.unwrap().status(), 202);
    assert_eq!(client.text().await, "42[\"n\"]");
}

#[tokio::test]
async fn rooms_are_apart_and_other_groups_are_groups() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let sid = client.sid.clone();
    for name in [group("/", "rm"), "lobby".to_owned(), "0~Lw".to_owned()] {
        let path = format!("/groups/{name}/connections/{sid}");
        assert_eq!(world.status(Method::PUT, &path).await, 200);
    }
    for name in [
        group("/ns", "rm"),
        group("/", "rm"),
        "lobby".to_owned(),
        "0~Lw".to_owned(),
    ] {
        let path = format!("/groups/{name}/:send");
        world.post(&path, &format!("42[\"{name}\"]")).await;
    }
    assert_eq!(client.text().await, format!("42[\"{}\"]", group("/", "rm")));
    assert_eq!(client.text().await, "42[\"lobby\"]");
    assert_eq!(client.text().await, "42[\"0~Lw\"]");
}
