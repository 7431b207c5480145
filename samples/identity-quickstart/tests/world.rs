//! The app between both stand-ins, with people who sign in.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use socketio_functions::testing::{SignIn, World};

/// What a browser gets, with the status.
async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let mut request = http.get(format!("{}/api/{path}", world.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_session_is_what_makes_a_user() {
    let users = SignIn::new("api://chat");
    let world = World::builder(identity_quickstart::app())
        .script_root("function-app")
        .sign_in(users.clone())
        .start()
        .await
        .unwrap();
    let forged = ("x-ms-client-principal-name", "eve@example.org");
    let forged = [forged, ("x-ms-client-principal-id", "u-2")];
    for path in ["negotiate", "me", "negotiate?user=eve@example.org"] {
        assert_eq!(get(&world, path, &[]).await.0, 401, "{path}");
        assert_eq!(get(&world, path, &forged).await.0, 401, "{path}");
    }
    let (status, page) = get(&world, "index", &[]).await;
    assert!(
        status == 200 && page.contains("Sign in to chat"),
        "{status}"
    );

    let cookie = users.session("ada@example.org").unwrap();
    let both = [forged[0], forged[1], ("cookie", cookie.as_str())];
    assert_eq!(
        get(&world, "me", &both).await,
        (200, r#""ada@example.org""#.to_owned())
    );
    let (status, told) = get(&world, "negotiate?user=eve@example.org", &both).await;
    assert_eq!(status, 200);
    let told: Value = serde_json::from_str(&told).unwrap();
    let claims = told["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["sub"], "ada@example.org");
    assert_eq!(told["path"], "/clients/socketio/hubs/chat");
    world.stop().await;
}
