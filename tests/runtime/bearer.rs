//! Negotiation by a token of an identity provider: whose it is, and what is refused.

use serde_json::{Value, json};
use socketio_functions::prelude::*;

use crate::support::Running;
use crate::tenant::{AUDIENCE, Tenant};

async fn negotiate(app: &Running, authorization: &[&str]) -> (u16, Value) {
    let mut request = app.http.get(format!("{}/api/negotiate", app.base));
    for value in authorization {
        request = request.header("authorization", *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&body).unwrap_or(Value::String(body)),
    )
}

async fn running(
    issuer: &str,
    rule: impl FnOnce(negotiate::Bearer) -> negotiate::Bearer,
) -> Running {
    let rule = rule(Identity::bearer(issuer, AUDIENCE));
    Running::start(App::new().hub(Hub::new("hub").negotiate("negotiate", rule))).await
}

use socketio_functions::negotiate;

fn user_of(negotiation: &Value) -> String {
    use base64::Engine as _;
    let token = negotiation["token"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims)
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["sub"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_valid_token_names_the_user() {
    let tenant = Tenant::start().await;
    let app = running(&tenant.base, |rule| rule).await;
    let token = format!("Bearer {}", tenant.token(&json!({ "sub": "ada" })));
    let (status, body) = negotiate(&app, &[&token]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(user_of(&body), "ada");
    let app = running(&tenant.base, |rule| rule.user_claim("email")).await;
    let token = format!(
        "bearer {}",
        tenant.token(&json!({ "sub": "1", "email": "ada@example.com" }))
    );
    let (_, body) = negotiate(&app, &[&token]).await;
    assert_eq!(user_of(&body), "ada@example.com");
}

#[tokio::test]
async fn what_is_not_a_valid_token_is_refused() {
    let tenant = Tenant::start().await;
    let other = Tenant::start().await;
    let app = running(&tenant.base, |rule| rule).await;
    let bad = [
        ("expired", tenant.token(&json!({ "exp": 1_700_000_000 }))),
        (
            "another audience",
            tenant.token(&json!({ "aud": "api://other" })),
        ),
        (
            "another issuer",
            tenant.token(&json!({ "iss": other.base })),
        ),
        ("no user", tenant.token(&json!({ "sub": null }))),
        ("an empty user", tenant.token(&json!({ "sub": "" }))),
        (
            "another's key",
            other.token_with(
                &json!({ "alg": "RS256", "kid": "k1" }),
                &json!({ "iss": tenant.base, "sub": "ada" }),
            ),
        ),
        (
            "an unknown key",
            tenant.token_with(
                &json!({ "alg": "RS256", "kid": "k2" }),
                &json!({ "sub": "ada" }),
            ),
        ),
        (
            "a secret's algorithm",
            tenant.token_with(
                &json!({ "alg": "HS256", "kid": "k1" }),
                &json!({ "sub": "ada" }),
            ),
        ),
        (
            "an extension",
            tenant.token_with(
                &json!({ "alg": "RS256", "kid": "k1", "crit": ["exp"] }),
                &json!({ "sub": "ada" }),
            ),
        ),
        ("garbage", "x".to_owned()),
    ];
    for (why, token) in bad {
        let (status, body) = negotiate(&app, &[&format!("Bearer {token}")]).await;
        assert_eq!((status, body), (401, json!("sign in first")), "{why}");
    }
    let good = format!("Bearer {}", tenant.token(&json!({ "sub": "ada" })));
    assert_eq!(negotiate(&app, &[]).await.0, 401);
    assert_eq!(negotiate(&app, &[&good, &good]).await.0, 401);
    assert_eq!(
        negotiate(&app, &[&good.replace("Bearer", "Basic")]).await.0,
        401
    );
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_a_failure_and_not_a_refusal() {
    let tenant = Tenant::start().await;
    let token = format!("Bearer {}", tenant.token(&json!({ "sub": "ada" })));
    let app = running("http://127.0.0.1:9", |rule| rule).await;
    assert_eq!(negotiate(&app, &[&token]).await.0, 500);
    // Plain http is for this machine alone.
    let app = running("http://login.example", |rule| rule).await;
    assert_eq!(negotiate(&app, &[&token]).await.0, 500);
}
