//! Sign-in in front of the host, and the tenant behind an app's identity.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use sio_host::{SignIn, Tenant};

use crate::kit::{App, PATIENCE, Running, http};

async fn start(app: &App, sign_in: &SignIn) -> Running {
    app.start_with(|builder| builder.sign_in(sign_in.clone()))
        .await
        .unwrap()
}

fn mirror() -> App {
    App::node(json!({"enableProxyingHttpRequest": true, "enableForwardingHttpRequest": true}))
        .function("mirror", http("", ""))
}

/// Signs in; the cookie that comes back.
async fn sign_in(running: &Running, name: &str) -> String {
    let form = format!("name={name}&back=%2Fapi%2Fmirror");
    let sent = running.request("POST", "/.auth/login/aad").body(form);
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/api/mirror");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    cookie.split(';').next().unwrap().to_owned()
}

async fn seen(running: &Running, headers: &[(&str, &str)]) -> Value {
    let mut request = running.request("GET", "/api/mirror");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_app_sees_who_is_signed_in_and_nobody_can_pretend() {
    let app = mirror();
    let platform = SignIn::new("api://app");
    let running = start(&app, &platform).await;
    let forged = [
        ("X-MS-CLIENT-PRINCIPAL", "e30="),
        ("x-ms-client-principal-id", "eve"),
        ("x-ms-client-principal-name", "eve"),
        ("x-ms-client-principal-idp", "aad"),
        ("x-ms-token-aad-access-token", "eve"),
    ];
    let nobody = seen(&running, &forged).await;
    let own = |name: &String| name.starts_with("x-ms-client") || name.starts_with("x-ms-token");
    let headers = nobody["headers"].as_object().unwrap();
    assert!(!headers.keys().any(own), "{headers:?}");
    assert_eq!(nobody["env"]["WEBSITE_AUTH_ENABLED"], "True");

    let cookie = sign_in(&running, "Zo%C3%AB").await;
    let with_cookie = [&forged[..], &[("cookie", cookie.as_str())]].concat();
    let zoe = seen(&running, &with_cookie).await;
    let headers = &zoe["headers"];
    assert_eq!(headers["x-ms-client-principal-idp"], "aad");
    assert!(headers["x-ms-token-aad-access-token"].is_null());
    let id = headers["x-ms-client-principal-id"].as_str().unwrap();
    assert_eq!(id.len(), 36, "{id}");
    let principal = headers["x-ms-client-principal"].as_str().unwrap();
    let principal: Value = serde_json::from_slice(&STANDARD.decode(principal).unwrap()).unwrap();
    let claims = principal["claims"].as_array().unwrap();
    for (kind, value) in [("aud", "api://app"), ("preferred_username", "Zoë")] {
        assert!(claims.contains(&json!({"typ": kind, "val": value})));
    }

    // Who starts again knows its users; another platform does not.
    drop(running);
    let again = start(&app, &platform).await;
    let known = seen(&again, &[("cookie", &cookie)]).await;
    assert_eq!(known["headers"]["x-ms-client-principal-id"], id);
    let other = start(&app, &SignIn::new("api://app")).await;
    let unknown = seen(&other, &[("cookie", &cookie)]).await;
    assert!(unknown["headers"]["x-ms-client-principal-id"].is_null());
}

#[tokio::test]
async fn a_session_begins_with_a_form_and_ends() {
    let app = mirror();
    let running = start(&app, &SignIn::new("a")).await;
    let page = running
        .get("/.auth/login/aad?post_login_redirect_uri=/x%22%3E")
        .await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains(r#"value="/x&quot;>""#), "{page}");

    assert_eq!(running.status("GET", "/.auth/me").await, 401);
    let cookie = sign_in(&running, "ada").await;
    let me = || {
        running
            .request("GET", "/.auth/me")
            .header("cookie", &cookie)
    };
    let told: Value = me().send().await.unwrap().json().await.unwrap();
    assert_eq!(told[0]["user_id"], "ada");

    let away = "/.auth/logout?post_logout_redirect_uri=https://evil.example";
    let away = running.request("GET", away).header("cookie", &cookie);
    let away = away.send().await.unwrap();
    assert_eq!(away.headers()["location"], "/");
    assert_eq!(me().send().await.unwrap().status(), 401);

    let elsewhere = running.request("POST", "/.auth/login/aad").body("name=eve");
    let elsewhere = elsewhere.header("origin", "https://evil.example");
    assert_eq!(elsewhere.send().await.unwrap().status(), 403);
    for wrong in ["/.auth/login/other", "/.AUTH/x", "/.auth/refresh"] {
        assert_eq!(running.status("GET", wrong).await, 404, "{wrong}");
    }
}

#[tokio::test]
async fn without_sign_in_these_paths_and_headers_are_the_apps() {
    let app = mirror();
    let running = app.start().await;
    assert_eq!(running.status("GET", "/.auth/me").await, 404);
    let seen = seen(&running, &[("x-ms-client-principal-id", "eve")]).await;
    assert_eq!(seen["headers"]["x-ms-client-principal-id"], "eve");
    assert!(seen["env"]["WEBSITE_AUTH_ENABLED"].is_null());
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[tokio::test]
async fn an_identity_is_for_who_knows_the_header() {
    let tenant = Tenant::start().await.unwrap();
    let [(_, endpoint), (_, header)] = tenant.variables();
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let http = http.build().unwrap();
    let ask = async |query: &str, headers: &[&str]| {
        let mut request = http.get(format!("{endpoint}?{query}"));
        for header in headers {
            request = request.header("x-identity-header", *header);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap_or_default())
    };
    let good = "api-version=2019-08-01&resource=https://webpubsub.azure.com";
    let (status, answer) = ask(good, &[&header]).await;
    assert_eq!((status, &answer["token_type"]), (200, &json!("Bearer")));
    let token = claims(answer["access_token"].as_str().unwrap());
    assert_eq!(token["aud"], "https://webpubsub.azure.com");
    assert_eq!(token["appid"], Tenant::APP);

    assert_eq!(ask(good, &[]).await.0, 401);
    assert_eq!(ask(good, &["guess"]).await.0, 401);
    assert_eq!(ask(good, &[&header, &header]).await.0, 401);
    for wrong in [
        "",
        "resource=x",
        "api-version=2017-09-01&resource=x",
        "api-version=2019-08-01",
    ] {
        assert_eq!(ask(wrong, &[&header]).await.0, 400, "{wrong}");
    }
    let posted = http.request(Method::POST, &endpoint).send().await.unwrap();
    assert_eq!(posted.status(), 405);
}

#[tokio::test]
async fn a_tenant_issues_in_its_own_name() {
    let tenant = Tenant::start().await.unwrap();
    let token = claims(&tenant.token("a", &json!({"oid": "o", "exp": 5})).unwrap());
    assert_eq!(
        (&token["iss"], &token["exp"]),
        (&json!(tenant.issuer()), &json!(5))
    );
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let http = http.build().unwrap();
    let get = async |url: &str| {
        http.get(url)
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    let found = get(&format!(
        "{}/.well-known/openid-configuration",
        tenant.issuer()
    ))
    .await;
    assert_eq!(found["issuer"], tenant.issuer());
    let keys = get(found["jwks_uri"].as_str().unwrap()).await;
    let other = Tenant::start().await.unwrap();
    let others = get(&format!("{}/keys", other.issuer())).await;
    assert_ne!(
        keys["keys"][0]["n"], others["keys"][0]["n"],
        "every tenant has keys of its own"
    );
}
