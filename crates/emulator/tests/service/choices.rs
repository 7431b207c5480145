//! The points that the published documents leave open: what else than the default can be chosen.

use reqwest::Method;
use serde_json::{Value, json};
use sio_emulator::settings::{
    BinaryEvents, ClaimNames, ClientAcks, ConnectAnswer, Cors, EventIds, NonAsciiEventNames,
    RefusalBodies, RestAuth, TokenCheck, UserEventType, WithoutConnectHandler,
};
use sio_emulator::{EventHandler, HubPolicy, OnEventFailure, Settings};
use sio_protocol::names::HubName;
use sio_protocol::token;

use crate::clients::Ws;
use crate::stub::{Answer, Event};
use crate::world::{KEY, World, now, quick};

async fn chosen(choose: impl FnOnce(&mut Settings)) -> World {
    let mut settings = quick();
    choose(&mut settings);
    World::with(settings).await
}

/// A world with this one handler.
async fn handled(
    choose: impl FnOnce(&mut Settings),
    handler: impl FnOnce(EventHandler) -> EventHandler,
) -> World {
    let mut settings = quick();
    choose(&mut settings);
    World::build(|builder, stub| {
        let handler = handler(EventHandler::new(stub.url("/hook")));
        builder.settings(settings).handlers(vec![handler])
    })
    .await
}

/// D7.
#[tokio::test]
async fn an_event_without_handler_closes_only_when_told() {
    let world = handled(
        |settings| settings.webhook.on_unmatched_event = OnEventFailure::Close,
        |handler| handler.user_events("a"),
    )
    .await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["a"]"#).await;
    world.stub.event("a").await;
    client.send(r#"42["b"]"#).await;
    client.expect_closed().await;
}

/// D8.
#[tokio::test]
async fn without_a_connect_handler_clients_can_be_refused() {
    let world = handled(
        |settings| settings.webhook.without_connect_handler = WithoutConnectHandler::Reject,
        |handler| handler.system_events([]),
    )
    .await;
    let mut client = world.ws().await;
    client.send("40").await;
    let answer = client.text().await;
    assert!(
        answer.contains("no event handler takes connect"),
        "{answer}"
    );
}

/// D9.
#[tokio::test]
async fn refusals_say_why_only_when_told() {
    for (choice, says) in [
        (RefusalBodies::Empty, ""),
        (RefusalBodies::Reason, "no access token"),
    ] {
        let world = chosen(|settings| settings.refusal_bodies = choice).await;
        let url = world.client_url("&transport=polling");
        let answer = world.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let body = answer.text().await.unwrap();
        assert_eq!(body.is_empty(), says.is_empty());
        assert!(body.contains(says), "{body}");
        let rest = world.http.post(world.api("/:send")).send().await.unwrap();
        assert_eq!(rest.text().await.unwrap().is_empty(), says.is_empty());
    }
}

/// D10.
#[tokio::test]
async fn every_request_can_be_made_to_bear_a_token() {
    for (choice, status) in [(TokenCheck::Every, 401), (TokenCheck::Upgrade, 200)] {
        let world = chosen(|settings| settings.token_check = choice).await;
        let client = world.polling().await;
        client.send("40").await;
        let bare = world.client_url("&transport=polling");
        let bare = world.http.get(format!("{bare}&sid={}", client.sid));
        assert_eq!(bare.send().await.unwrap().status(), status);
    }
}

/// D11.
#[tokio::test]
async fn other_origins_can_be_kept_out() {
    let world = chosen(|settings| settings.cors = Cors::Off).await;
    let request = world.http.get(world.opening("polling"));
    let answer = request.header("origin", "http://a").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers();
    assert!(!headers.contains_key("access-control-allow-origin"));
}

/// D12.
#[tokio::test]
async fn the_answer_to_connect_can_name_user_and_groups() {
    for (choice, found) in [(ConnectAnswer::Honour, 200), (ConnectAnswer::Ignore, 404)] {
        let world = chosen(|settings| settings.webhook.connect_answer = choice).await;
        world.stub.on(|event| match event.name().as_str() {
            "connect" => Answer::body(r#"{"userId":"alice","groups":["g"]}"#),
            _ => Answer::default(),
        });
        let (mut client, _) = world.joined().await;
        assert_eq!(world.status(Method::HEAD, "/users/alice").await, found);
        assert_eq!(world.status(Method::HEAD, "/groups/g").await, found);
        client.send("41").await;
        let left = world.stub.event("disconnected").await;
        let expected = if found == 200 { "alice" } else { "" };
        assert_eq!(left.header_or_empty("ce-userid"), expected);
    }
}

/// D13, D14, D15.
#[tokio::test]
async fn webhooks_can_be_named_and_counted_otherwise() {
    let world = chosen(|settings| {
        settings.webhook.claim_names = ClaimNames::Long;
        settings.webhook.event_ids = EventIds::Socket;
        settings.webhook.user_event_type = UserEventType::Message;
    })
    .await;
    let (mut client, _) = world.joined_as(json!({"sub": "alice"})).await;
    client.join("/ns").await;
    client.send(r#"42/ns,["chat"]"#).await;
    let body: Value = serde_json::from_str(&world.stub.event("connect").await.body).unwrap();
    let user = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
    assert_eq!(body["claims"][user], json!(["alice"]));
    assert_eq!(world.stub.nth("connect", 2).await.header("ce-id"), "0");
    let chat = world.stub.event("chat").await;
    assert_eq!(chat.header("ce-type"), "azure.webpubsub.user.message");
}

/// D16, D18.
#[tokio::test]
async fn names_beyond_ascii_and_attachments_can_be_dropped() {
    let world = chosen(|settings| {
        settings.webhook.non_ascii_event_names = NonAsciiEventNames::Drop;
        settings.webhook.binary_events = BinaryEvents::Drop;
    })
    .await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["消息"]"#).await;
    let up = r#"451-["up",{"_placeholder":true,"num":0}]"#;
    client.send(up).await;
    client.send_binary(&[1]).await;
    client.send(r#"42["last"]"#).await;
    world.stub.event("last").await;
    let mut names: Vec<_> = world.stub.all().iter().map(Event::name).collect();
    names.retain(|name| !["", "connect", "connected"].contains(&name.as_str()));
    assert_eq!(names, ["last"]);
}

/// D19.
#[tokio::test]
async fn stray_acknowledgements_can_be_a_violation() {
    let world = chosen(|settings| settings.client_acks = ClientAcks::Close).await;
    let (mut client, _) = world.joined().await;
    client.send("431[]").await;
    client.expect_closed().await;
}

#[tokio::test]
async fn a_managed_identity_accompanies_every_call() {
    for (bearer, expected) in [
        (None, "Bearer ey"),
        (Some("given"), "Bearer given"),
        (Some(""), ""),
    ] {
        let world = handled(
            |settings| settings.webhook.bearer = bearer.map(str::to_owned),
            |handler| handler.managed_identity("api://app"),
        )
        .await;
        world.joined().await;
        world.stub.event("connected").await;
        assert_eq!(world.stub.validations(), 1);
        for event in world.stub.all() {
            let found = event.header_or_empty("authorization");
            assert!(found.starts_with(expected), "{found}");
            assert_eq!(found.is_empty(), expected.is_empty());
        }
        if bearer.is_none() {
            let connect = world.stub.event("connect").await;
            let found = connect.header("authorization");
            let token = found.strip_prefix("Bearer ").unwrap();
            let claims = token::verify(token, &[KEY], now(), |aud| aud == "api://app").unwrap();
            assert!(claims.values("iss")[0].starts_with("https://sts.windows.net/"));
        }
    }
}

#[tokio::test]
async fn the_origin_can_be_withheld() {
    let world = chosen(|settings| settings.webhook.send_origin = false).await;
    world.joined().await;
    world.stub.event("connected").await;
    for event in world.stub.all() {
        assert_eq!(event.header_or_empty("webhook-request-origin"), "");
    }
}

#[tokio::test]
async fn a_hub_may_have_handlers_and_rules_of_its_own() {
    let world = World::build(|builder, stub| {
        let handler = EventHandler::new(stub.url("/special"));
        let policy = HubPolicy::default().handlers(vec![handler]).anonymous(true);
        builder
            .settings(quick())
            .upstream(stub.url("/general"))
            .hub(HubName::new("special").unwrap(), policy)
    })
    .await;
    let url = world.client_url("&transport=websocket");
    assert!(Ws::raw(&url).await.is_err(), "the other hubs want a token");
    let mut client = Ws::open(&url.replace("/hubs/hub/", "/hubs/Special/")).await;
    client.join("/").await;
    assert_eq!(world.stub.event("connect").await.path, "/special");
    world.joined().await;
    assert_eq!(world.stub.nth("connect", 2).await.path, "/general");
}

#[tokio::test]
async fn calls_beyond_the_limit_are_asked_to_come_back() {
    let world = chosen(|settings| settings.rest_calls_per_second = Some(2)).await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(world.call(Method::HEAD, "/groups/g").await);
    }
    let mut late = answers.iter().filter(|answer| answer.status() == 429);
    assert_eq!(late.next().unwrap().headers()["retry-after"], "1");
    assert_eq!(answers[0].status(), 404);
}

#[tokio::test]
async fn tokens_of_microsoft_entra_are_taken_where_told() {
    use base64::Engine as _;
    let encode =
        |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let token = |claims: Value| {
        let mut all = json!({
            "aud": "https://webpubsub.azure.com",
            "iss": "https://sts.windows.net/tenant/",
            "exp": now() + 300,
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let head = json!({"alg": "RS256", "typ": "JWT", "kid": "k"});
        format!("{}.{}.{}", encode(&head), encode(&all), "c2ln")
    };
    for (on, claims, status) in [
        (false, json!({}), 401),
        (true, json!({}), 404),
        (true, json!({"aud": "https://vault.azure.net"}), 401),
        (true, json!({"iss": "https://evil.example/"}), 401),
        (true, json!({"exp": now() - 600}), 401),
    ] {
        let world = chosen(|settings| settings.entra_tokens = on).await;
        let request = world.http.head(world.api("/groups/g"));
        let answer = request.bearer_auth(token(claims)).send().await.unwrap();
        assert_eq!(answer.status(), status);
        // What Azure's SDK for JavaScript asks for when it has such a token, and only then.
        let path = "/:generateToken?clientType=socketio";
        let expected = if on { 200 } else { 400 };
        assert_eq!(world.status(Method::POST, path).await, expected);
    }
}

#[tokio::test]
async fn rest_can_be_opened() {
    for (choice, with_token, status) in [
        (RestAuth::Strict, true, 401),
        (RestAuth::AnyToken, true, 404),
        (RestAuth::AnyToken, false, 401),
        (RestAuth::Off, false, 404),
    ] {
        let world = chosen(|settings| settings.rest_auth = choice).await;
        let mut request = world.http.head(world.api("/groups/g"));
        if with_token {
            request = request.bearer_auth("anything");
        }
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}
