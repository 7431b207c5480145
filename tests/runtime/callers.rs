//! Who may post where no access key signs: the configured caller, proved by a token or by the platform.

use base64::Engine as _;
use serde_json::json;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::{Answer, Event, Running};
use crate::tenant::{AUDIENCE, CALLER, Tenant};

fn app() -> App {
    App::new().hub(Hub::new("hub").on("chat", || async { Ack(true) }))
}

/// An app whose service has no key, with these settings besides.
async fn running(tenant: &Tenant, settings: &[(&str, &str)]) -> Running {
    let by_identity = Settings::new()
        .with(format!("{}__endpoint", Settings::CONNECTION), &tenant.base)
        .with(Settings::WEBHOOK_CALLER, CALLER)
        .with(Settings::WEBHOOK_AUDIENCE, AUDIENCE);
    let settings = settings
        .iter()
        .fold(by_identity, |all, (name, value)| all.with(*name, *value));
    Running::with(app(), |_| settings).await
}

fn event() -> Event {
    Event::user("chat", r#"421["chat"]"#).without("ce-signature")
}

async fn post(app: &Running, headers: &[(&str, &str)]) -> Answer {
    let event = event();
    let mut sent = app
        .http
        .post(format!("{}/api/socketio", app.base))
        .headers(event.headers());
    for (name, value) in headers {
        sent = sent.header(*name, *value);
    }
    Answer::of(sent.body(event.body).send().await.unwrap()).await
}

#[tokio::test]
async fn a_token_of_the_caller_is_let_in() {
    let tenant = Tenant::start().await;
    let app = running(&tenant, &[(Settings::WEBHOOK_ISSUER, &tenant.base)]).await;
    let good = [
        tenant.token(&json!({})),
        tenant.token(&json!({ "appid": null, "azp": CALLER })),
        tenant.token(&json!({ "appid": "another", "oid": CALLER.to_uppercase() })),
        tenant.token(&json!({ "aud": ["api://other", AUDIENCE] })),
    ];
    for token in good {
        let bearer = format!("Bearer {token}");
        let answer = post(&app, &[("authorization", &bearer)]).await;
        assert_eq!(answer.parts(), (200, "431[true]"));
    }
    assert_eq!(tenant.seen("/keys").len(), 1, "the keys are kept");
}

#[tokio::test]
async fn every_other_token_is_a_strangers() {
    let tenant = Tenant::start().await;
    let other = Tenant::start().await;
    let app = running(&tenant, &[(Settings::WEBHOOK_ISSUER, &tenant.base)]).await;
    let header = json!({ "alg": "RS256", "kid": "k1" });
    let good = tenant.token(&json!({}));
    let (head, _) = good.rsplit_once('.').unwrap();
    let bad = [
        ("expired", tenant.token(&json!({ "exp": 1_700_000_000 }))),
        (
            "not yet",
            tenant.token(&json!({ "nbf": 4_000_000_000_u64 })),
        ),
        ("no expiry", tenant.token(&json!({ "exp": null }))),
        (
            "another audience",
            tenant.token(&json!({ "aud": "api://other" })),
        ),
        (
            "another issuer",
            tenant.token(&json!({ "iss": other.base })),
        ),
        (
            "another caller",
            tenant.token(&json!({ "appid": "another" })),
        ),
        ("no caller", tenant.token(&json!({ "appid": null }))),
        (
            "another's key",
            other.token_with(&header, &json!({ "iss": tenant.base })),
        ),
        (
            "an unknown key",
            tenant.token_with(&json!({ "alg": "RS256", "kid": "k2" }), &json!({})),
        ),
        (
            "no algorithm",
            tenant.token_with(&json!({ "alg": "none", "kid": "k1" }), &json!({})),
        ),
        (
            "a secret's algorithm",
            tenant.token_with(&json!({ "alg": "HS256", "kid": "k1" }), &json!({})),
        ),
        (
            "an extension",
            tenant.token_with(
                &json!({ "alg": "RS256", "kid": "k1", "crit": ["exp"] }),
                &json!({}),
            ),
        ),
        ("no signature", format!("{head}.")),
        ("garbage", "x".to_owned()),
    ];
    for (why, token) in bad {
        let bearer = format!("Bearer {token}");
        let answer = post(&app, &[("authorization", &bearer)]).await;
        assert_eq!(answer.parts(), (401, ""), "{why}");
    }
    assert_eq!(post(&app, &[]).await.status, 401);
    let bearer = format!("Bearer {good}");
    let twice = [
        ("authorization", bearer.as_str()),
        ("authorization", &bearer),
    ];
    assert_eq!(post(&app, &twice).await.status, 401);
    let origin = event().with("webhook-request-origin", "evil.example");
    let sent = app.http.post(format!("{}/api/socketio", app.base));
    let sent = sent.headers(origin.headers()).bearer_auth(&good).send();
    assert_eq!(sent.await.unwrap().status(), 401);
    assert!(
        tenant.seen("/keys").len() <= 2,
        "strangers do not make us ask again and again"
    );
}

#[tokio::test]
async fn the_platforms_word_counts_only_where_there_is_a_platform() {
    let tenant = Tenant::start().await;
    let principal = |id: &str| {
        let principal = json!({ "auth_typ": "aad", "claims": [
            { "typ": "aud", "val": AUDIENCE }, { "typ": "appid", "val": id },
        ] });
        base64::engine::general_purpose::STANDARD.encode(principal.to_string())
    };
    let (caller, another) = (principal(CALLER), principal("another"));
    let trusting = running(&tenant, &[(Settings::AUTH_ENABLED, "True")]).await;
    let of_caller = ("x-ms-client-principal", caller.as_str());
    assert_eq!(post(&trusting, &[of_caller]).await.status, 200);
    assert_eq!(
        post(&trusting, &[("x-ms-client-principal", &another)])
            .await
            .status,
        401
    );
    assert_eq!(post(&trusting, &[of_caller, of_caller]).await.status, 401);
    let forged = [("x-ms-client-principal-id", CALLER)];
    assert_eq!(post(&trusting, &forged).await.status, 401);

    let alone = running(&tenant, &[(Settings::WEBHOOK_ISSUER, &tenant.base)]).await;
    assert_eq!(post(&alone, &[of_caller]).await.status, 401);

    // With an issuer the header opens nothing, and shuts nothing either: another front might have let it through.
    let both = [
        (Settings::WEBHOOK_ISSUER, tenant.base.as_str()),
        (Settings::AUTH_ENABLED, "True"),
    ];
    let both = running(&tenant, &both).await;
    assert_eq!(post(&both, &[of_caller]).await.status, 401);
    let bearer = format!("Bearer {}", tenant.token(&json!({})));
    let of_another = ("x-ms-client-principal", another.as_str());
    let answer = post(&both, &[of_another, ("authorization", &bearer)]).await;
    assert_eq!(answer.status, 200);
}

/// Without a route prefix the host would invoke the webhook's function at the webhook's path.
#[tokio::test]
async fn nobody_writes_the_platforms_word_into_an_envelope_of_his_own() {
    let tenant = Tenant::start().await;
    let settings = [
        (Settings::AUTH_ENABLED, "True"),
        (Settings::ROUTE_PREFIX, ""),
        (Settings::PROXYING, "true"),
    ];
    let app = running(&tenant, &settings).await;
    let principal = json!({ "claims": [
        { "typ": "aud", "val": AUDIENCE }, { "typ": "appid", "val": CALLER },
    ] });
    let principal = base64::engine::general_purpose::STANDARD.encode(principal.to_string());
    let mut headers = event().wrapped_headers();
    headers["x-ms-client-principal"] = json!([principal]);
    let envelope = json!({ "Data": { "req": {
        "Url": "http://a/socketio", "Method": "POST", "Headers": headers, "Body": event().body,
    } } });
    let sent = app
        .http
        .post(format!("{}/socketio", app.base))
        .json(&envelope);
    assert_eq!(sent.send().await.unwrap().status(), 401);
    // Where it stands as the platform writes it, it counts.
    let sent = app
        .http
        .post(format!("{}/socketio", app.base))
        .headers(event().headers());
    let sent = sent
        .header("x-ms-client-principal", &principal)
        .body(event().body);
    assert_eq!(sent.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn headers_of_the_host_open_nothing() {
    let tenant = Tenant::start().await;
    let forged = [
        (
            "x-azure-functions-invocationid",
            "00000000-0000-0000-0000-000000000000",
        ),
        ("x-azure-functions-hostversion", "4.1037.0.0"),
        ("user-agent", "Azure-Functions-Host/4.1037.0.0"),
        ("x-ms-client-principal-id", CALLER),
        ("x-functions-key", "key"),
    ];
    let by_caller = running(&tenant, &[(Settings::WEBHOOK_ISSUER, &tenant.base)]).await;
    assert_eq!(post(&by_caller, &forged).await.status, 401);
    let by_key = Running::start(app()).await;
    assert_eq!(post(&by_key, &forged).await.status, 401);
    let bearer = format!("Bearer {}", tenant.token(&json!({})));
    assert_eq!(
        post(&by_key, &[("authorization", &bearer)]).await.status,
        401,
        "where there is a key, only a signature counts"
    );
}
