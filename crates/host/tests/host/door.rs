//! Which web pages may use the host.

use serde_json::json;

use crate::kit::{App, Running, http};

const ELSEWHERE: &str = "http://evil.example";

fn app() -> App {
    App::node(json!({})).function("f", http("", ""))
}

/// The status of a request with these headers.
async fn status(running: &Running, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
    let request = running.request(method, path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_name_that_is_not_this_machines_is_refused_everywhere() {
    let app = app();
    let started = app.start_with(|builder| builder.allow_host("tunnel.example"));
    let running = started.await.unwrap();
    let port = running.host.address().port();
    let strange = format!("rebound.example:{port}");
    for path in [
        "/",
        "/api/f",
        "/admin/host/ping",
        "/admin/functions",
        "/nothing",
    ] {
        let found = status(&running, "GET", path, &[("host", &strange)]).await;
        assert_eq!(found, 403, "{path}");
    }
    for name in [
        "localhost",
        "127.0.0.1:1",
        "192.168.1.5:7071",
        "[::1]",
        "Tunnel.example:443",
    ] {
        let found = status(&running, "GET", "/api/f", &[("host", name)]).await;
        assert_eq!(found, 200, "{name}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_only_reads_from_functions() {
    let app = app();
    let mut running = app.start().await;
    let own = format!("http://{}", running.host.address());
    let page = [("origin", ELSEWHERE)];
    for (method, path, expected) in [
        ("GET", "/api/f", 200),
        ("OPTIONS", "/api/f", 200),
        ("POST", "/api/f", 403),
        ("DELETE", "/api/f", 403),
        ("POST", "/admin/functions/f", 403),
        ("GET", "/admin/functions", 403),
        ("GET", "/", 403),
        ("POST", "/nothing", 404),
    ] {
        assert_eq!(
            status(&running, method, path, &page).await,
            expected,
            "{method} {path}"
        );
    }
    running.line("is refused with 403").await;
    // Not from a page at all, or from one of the app's own.
    for headers in [
        &[][..],
        &[("origin", own.as_str())],
        &[("sec-fetch-site", "same-origin")],
    ] {
        assert_eq!(status(&running, "POST", "/api/f", headers).await, 200);
        let invoked = status(&running, "POST", "/admin/functions/f", headers).await;
        // Let in, and sent back for want of a body.
        assert_eq!(invoked, 415);
    }
    let cross_site = [("sec-fetch-site", "cross-site")];
    assert_eq!(status(&running, "POST", "/api/f", &cross_site).await, 403);
}

#[tokio::test]
async fn origins_of_cors_may_do_what_the_app_lets_them() {
    let app = app();
    let running = app
        .start_with(|builder| builder.cors(ELSEWHERE, false))
        .await;
    let running = running.unwrap();
    let found = status(&running, "POST", "/api/f", &[("origin", ELSEWHERE)]).await;
    assert_eq!(found, 200);
}
