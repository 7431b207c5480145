//! An app whose hubs are at different services.

use serde_json::json;
use sio_protocol::signature::Signer;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::service::Service;
use crate::support::{Answer, Event, Running};
use crate::tenant::{AUDIENCE, CALLER, Tenant};

/// The setting of the second service, and its key.
const OTHER: &str = "OTHER_SERVICE";
const OTHER_KEY: &str = "0123456789abcdef0123456789abcdef";

/// Two hubs with the same event, each at a service of its own, which each sends to both.
fn app() -> App {
    async fn chat(io: Io) -> Ack<bool> {
        io.emit("own", ());
        io.hub("first").emit("to first", ());
        io.hub("second").emit("to second", ());
        Ack(true)
    }
    async fn ping() -> Ack<bool> {
        Ack(true)
    }
    let second = Hub::new("second").connection(OTHER);
    App::new()
        .hub(Hub::new("first").on("chat", chat).on("ping", ping))
        .hub(second.on("chat", chat).on("ping", ping))
}

fn bodies(service: &Service) -> Vec<String> {
    service.calls().into_iter().map(|call| call.body).collect()
}

/// An event of a hub, signed with this key.
fn event(hub: &str, key: &str) -> Event {
    Event::user("chat", r#"421["chat"]"#)
        .with("ce-hub", hub)
        .with("ce-signature", &Signer::new(key).sign("conn1"))
}

#[tokio::test]
async fn each_hub_is_reached_at_its_own_service() {
    let other = Service::with_key(OTHER_KEY).await;
    let text = format!("Endpoint={};AccessKey={OTHER_KEY};", other.endpoint);
    let app = Running::with(app(), |settings| settings.with(OTHER, text)).await;

    let answer = app.event(&event("first", crate::support::KEY)).await;
    assert_eq!(answer.parts(), (200, "431[true]"));
    let first = [r#"42["own"]"#, r#"42["to first"]"#];
    assert_eq!(bodies(&app.service), first);
    assert_eq!(bodies(&other), [r#"42["to second"]"#]);

    let answer = app.event(&event("second", OTHER_KEY)).await;
    assert_eq!(answer.parts(), (200, "431[true]"));
    assert_eq!(bodies(&app.service)[2..], [r#"42["to first"]"#]);
    let second = [r#"42["own"]"#, r#"42["to second"]"#];
    assert_eq!(bodies(&other)[1..], second);
}

#[tokio::test]
async fn a_service_speaks_for_its_own_hubs_alone() {
    let other = Service::with_key(OTHER_KEY).await;
    let text = format!("Endpoint={};AccessKey={OTHER_KEY};", other.endpoint);
    let app = Running::with(app(), |settings| settings.with(OTHER, text)).await;
    for (hub, key) in [("second", crate::support::KEY), ("first", OTHER_KEY)] {
        // It is one of the app's services, so it learns what any client could: the app has no such hub for it.
        let answer = app.event(&event(hub, key)).await;
        assert_eq!(answer.parts(), (200, ""), "{hub}");
        let mut joining = Event::connect().with("ce-hub", hub);
        joining = joining.with("ce-signature", &Signer::new(key).sign("conn1"));
        assert_eq!(app.event(&joining).await.status, 404, "{hub}");
    }
    assert!(app.service.calls().is_empty() && other.calls().is_empty());
}

#[tokio::test]
async fn a_service_with_a_key_and_one_by_identity_stand_side_by_side() {
    let tenant = Tenant::start().await;
    let identity = |settings: Settings| {
        settings
            .with(format!("{OTHER}__endpoint"), &tenant.base)
            .with(format!("{OTHER}__tenantId"), "t")
            .with(format!("{OTHER}__clientId"), "c")
            .with(format!("{OTHER}__clientSecret"), "s")
            .with(Settings::WEBHOOK_CALLER, CALLER)
            .with(Settings::WEBHOOK_AUDIENCE, AUDIENCE)
            .with(Settings::WEBHOOK_ISSUER, &tenant.base)
    };
    let app = Running::with(app(), identity).await;
    let ping = |hub, key| {
        let event = Event::user("ping", r#"421["ping"]"#).with("ce-hub", hub);
        event.with("ce-signature", &Signer::new(key).sign("conn1"))
    };
    // The caller's token is good for the hub whose service has no key, and a signature for the other.
    for (hub, signed, by_token) in [("first", "431[true]", ""), ("second", "", "431[true]")] {
        let answer = app.event(&ping(hub, crate::support::KEY)).await;
        assert_eq!(answer.parts(), (200, signed), "{hub}");
        let event = ping(hub, OTHER_KEY).without("ce-signature");
        let sent = app
            .http
            .post(format!("{}/api/socketio", app.base))
            .headers(event.headers())
            .bearer_auth(tenant.token(&json!({})))
            .body(event.body);
        let answer = Answer::of(sent.send().await.unwrap()).await;
        assert_eq!(answer.parts(), (200, by_token), "{hub}");
    }
}
