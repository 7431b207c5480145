//! Proxying and forwarding to real web servers.

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::kit::{App, PATIENCE, Running, http};

fn proxying() -> Value {
    json!({"enableProxyingHttpRequest": true, "enableForwardingHttpRequest": true})
}

fn body(seen: &Value) -> String {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(seen["body"].as_str().unwrap())
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn in_chunks() -> reqwest::Body {
    reqwest::Body::wrap_stream(futures_util::stream::iter([
        Ok::<_, std::io::Error>("hel"),
        Ok("lo"),
    ]))
}

#[tokio::test]
async fn a_proxied_request_arrives_as_it_was_sent() {
    let app = App::node(proxying()).function("f", http("Orders/{*rest}", ""));
    let running = app.start().await;
    let seen: Value = running
        .request("PATCH", "/api/orders/a%2Fb/c%20d?x=1&x=2&y=%41+")
        .header("x-azure-functions-invocationid", "forged")
        .header("x-custom", "1")
        .header("user-agent", "me")
        .body(in_chunks())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(seen["method"], "PATCH");
    // The path is decoded but for slashes, and escaped again.
    assert_eq!(seen["url"], "/api/orders/a%252Fb/c%20d?x=1&x=2&y=%41+");
    assert_eq!(body(&seen), "hello");
    let headers = &seen["headers"];
    assert_eq!(headers["user-agent"], "me");
    assert_eq!(headers["x-custom"], "1");
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(
        headers["x-forwarded-host"],
        running.host.address().to_string()
    );
    assert!(headers["host"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(
        headers["x-azure-functions-invocationid"],
        headers["x-ms-invocation-id"]
    );
    assert_ne!(headers["x-ms-invocation-id"], "forged");
}

#[tokio::test]
async fn a_proxied_answer_is_streamed_piece_by_piece() {
    let app = App::node(proxying()).function("f", http("{*path}", ""));
    let running = app.start().await;
    let mut response = running.get("/api/slow").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    // The handler sends the second piece only when it is asked to, after the first has arrived here.
    assert_eq!(response.chunk().await.unwrap().unwrap(), "first\n");
    assert_eq!(running.status("GET", "/api/release").await, 200);
    assert_eq!(response.chunk().await.unwrap().unwrap(), "second\n");
}

#[tokio::test]
async fn a_proxied_body_is_streamed_piece_by_piece() {
    let app = App::node(proxying()).function("f", http("{*path}", ""));
    let running = app.start().await;
    let (sender, pieces) = by_hand();
    sender.send(Ok("first")).unwrap();
    let request = running
        .request("POST", "/api/first")
        .body(reqwest::Body::wrap_stream(pieces));
    // The body has no end yet, and still there is an answer.
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "first");
    drop(sender);
}

type Piece = std::io::Result<&'static str>;

/// A stream that is fed by hand.
fn by_hand() -> (
    tokio::sync::mpsc::UnboundedSender<Piece>,
    impl futures_util::Stream<Item = Piece>,
) {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    (sender, pieces)
}

#[tokio::test]
async fn a_caller_who_leaves_is_seen() {
    let app = App::node(proxying()).function("f", http("{*path}", ""));
    let mut running = app.start().await;
    let waiting = tokio::spawn(running.request("GET", "/api/silent").send());
    running.line("→ f GET /api/silent").await;
    waiting.abort();
    running.line("← 499 f GET /api/silent").await;
}

async fn statuses_and_redirects_pass(running: &Running) {
    let response = running.get("/api/status").await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["x-mine"], "1");
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(response.text().await.unwrap(), "no");
    let response = running.get("/api/redirect").await;
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "/elsewhere");
}

#[tokio::test]
async fn any_status_of_the_handler_reaches_the_caller() {
    let app = App::node(proxying()).function("f", http("{*path}", ""));
    statuses_and_redirects_pass(&app.start().await).await;
    let app =
        App::node(json!({"enableForwardingHttpRequest": true})).function("f", http("{*path}", ""));
    statuses_and_redirects_pass(&app.start().await).await;
}

/// Status and body of the host's answer to what the handler says, and how often the handler was asked.
async fn raw(running: &Running, answer: &str) -> (u16, String, u64) {
    let answer = percent_encoding::utf8_percent_encode(answer, percent_encoding::NON_ALPHANUMERIC);
    let response = running.get(&format!("/api/raw?answer={answer}")).await;
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    let asked = running.json("/api/asked").await.as_u64().unwrap();
    (status, body, asked)
}

/// .NET's client sends a request again only if the connection ends in an orderly way; the proxying host itself tries
/// again whatever the error is.
#[tokio::test]
async fn what_is_not_http_is_asked_for_once_when_forwarded_and_ten_times_when_proxied() {
    for (switches, times) in [
        (json!({"enableForwardingHttpRequest": true}), 1),
        (proxying(), 10),
    ] {
        let app = App::node(switches).function("f", http("{*path}", ""));
        let running = app.start().await;
        let wrong = [
            "",
            "no HTTP\r\n\r\n",
            "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 x00 Odd\r\nContent-Length: 0\r\n\r\n",
        ];
        for answer in wrong {
            let seen = raw(&running, answer).await;
            assert_eq!(seen, (500, String::new(), times), "{answer:?}");
        }
        // These are HTTP, and say that the handler closes the connection: a request that the host sent on it meanwhile
        // would run, and be sent again. The second has no reason behind its status.
        let answer = "HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(raw(&running, answer).await, (500, String::new(), 1));
        let answer = "HTTP/1.1 599\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
        assert_eq!(raw(&running, answer).await, (599, "no".to_owned(), 1));
    }
}

#[tokio::test]
async fn a_forwarded_request_is_a_copy() {
    let app =
        App::node(json!({"enableForwardingHttpRequest": true})).function("f", http("{*path}", ""));
    let mut running = app.start().await;
    let request = running
        .request("POST", "/api/Orders/7?tag=a&name=Ink+And%20Toner&tag=b")
        .header("user-agent", "me")
        .body("hello");
    let seen: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(seen["url"], "/api/Orders/7?tag=a,b&name=Ink%20And%20Toner");
    assert_eq!(body(&seen), "hello");
    assert_eq!(
        seen["headers"]["user-agent"],
        "me Azure-Functions-Host/4.1037.0.0"
    );
    assert_eq!(seen["headers"]["host"], running.host.address().to_string());
    assert!(seen["headers"]["x-forwarded-for"].is_null());

    let request = running.request("POST", "/api/x").body(in_chunks());
    assert_eq!(request.send().await.unwrap().status(), 500);
    running.line("body came in chunks").await;
}

#[tokio::test]
async fn the_older_section_forwards_to_the_functions_name() {
    let app = App::node(json!({})).function("HttpTrigger", http("", ""));
    let text = std::fs::read_to_string(app.path().join("host.json")).unwrap();
    app.write(
        "host.json",
        &text.replace(
            "\"customHandler\":{",
            "\"httpWorker\":{\"enableForwardingHttpRequest\":true,",
        ),
    );
    let mut running = app.start().await;
    assert_eq!(
        running.json("/api/HttpTrigger?name=Atlas").await["url"],
        "/HttpTrigger?name=Atlas"
    );
    running.line("deprecated section httpWorker").await;
}

#[tokio::test]
async fn a_handler_in_python_is_reached_all_ways() {
    for switches in [
        proxying(),
        json!({"enableForwardingHttpRequest": true}),
        json!({}),
    ] {
        let app = App::python(switches).function("f", http("", ""));
        let running = app.start().await;
        for _ in 0..3 {
            let response = running
                .request("POST", "/api/f")
                .body("hello")
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 200);
            assert!(response.text().await.unwrap().contains("hello"));
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    for switches in [
        proxying(),
        json!({"enableForwardingHttpRequest": true}),
        json!({}),
    ] {
        let app = App::node(switches).function("f", http("", ""));
        let running = app.start().await;
        // The default limit: only the head is sent, so only the head can have been read.
        let mut stream = tokio::net::TcpStream::connect(running.host.address())
            .await
            .unwrap();
        stream
            .write_all(
                b"POST /api/f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857601\r\n\r\n",
            )
            .await
            .unwrap();
        let mut answer = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413");
    }
}

#[tokio::test]
async fn the_body_limit_can_be_set_and_holds_for_streamed_bodies() {
    let app = App::node(proxying()).function("f", http("", ""));
    let running = app
        .start_with(|builder| builder.variable("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1024"))
        .await
        .unwrap();
    assert_eq!(
        running
            .request("POST", "/api/f")
            .body("x".repeat(1024))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let pieces = (0..10).map(|_| Ok::<_, std::io::Error>("x".repeat(400)));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    assert_eq!(
        running
            .request("POST", "/api/f")
            .body(body)
            .send()
            .await
            .unwrap()
            .status(),
        413
    );
}

#[tokio::test]
async fn names_of_headers_reach_the_handler_as_they_were_written() {
    for switches in [proxying(), json!({"enableForwardingHttpRequest": true})] {
        let app = App::node(switches).function("f", http("", ""));
        let running = app.start().await;
        let mut stream = tokio::net::TcpStream::connect(running.host.address())
            .await
            .unwrap();
        stream
            .write_all(b"GET /api/f HTTP/1.1\r\nHost: localhost\r\nX-OwN: 1\r\nx-other: 2\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let body = &answer[answer.find('{').unwrap()..=answer.rfind('}').unwrap()];
        let seen: Value = serde_json::from_str(body).unwrap();
        let raw = seen["rawHeaders"].as_array().unwrap();
        for name in ["X-OwN", "x-other"] {
            assert!(raw.contains(&json!(name)), "{name} is missing in {raw:?}");
        }
    }
}
